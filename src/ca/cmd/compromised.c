#include "ca/cmd/compromised.h"

#include <inttypes.h>
#include <openssl/sha.h>

#include "base/limits.h"
#include "jose/jwk.h"
#include "pki/cert.h"

enum { KEY_COMPROMISE = 1 }; /* RFC 5280 §5.3.1 */

struct search {
	const struct command_run *run;
	struct desk *desk;
	const char *serial; /* whose key it is */
	unsigned char spki_sha256[SHA256_DIGEST_LENGTH];
	char *after;
};

static struct err *block(const struct search *s)
{
	AUTO(desk_answer_release) struct store_answer answer = { 0 };

	store_key_block(desk_store(s->desk), desk_asker(s->desk), s->spki_sha256,
			world_now(s->run->world));
	TRY(desk_wait(s->desk, &answer));
	(void)fprintf(s->run->out, "its key is blocked\n");
	return NULL;
}

static struct err *end_account(const struct search *s, int64_t id)
{
	AUTO(desk_answer_release) struct store_answer answer = { 0 };

	store_account_end(desk_store(s->desk), desk_asker(s->desk), id, ACCOUNT_REVOKED);
	TRY(desk_wait(s->desk, &answer));
	if (answer.outcome == STORE_DONE)
		(void)fprintf(s->run->out, "account %" PRId64 " of the same key is revoked\n", id);
	return NULL;
}

static struct err *end_account_of(const struct search *s, const struct cert *c)
{
	AUTO(desk_answer_release) struct store_answer answer = { 0 };
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	AUTO(free) char *thumbprint = NULL;

	TRY(cert_key(&key, c));
	TRY(jwk_thumbprint(&thumbprint, key));
	store_account_by_thumbprint(desk_store(s->desk), desk_asker(s->desk), thumbprint);
	TRY(desk_wait(s->desk, &answer));
	return answer.outcome == STORE_DONE ? end_account(s, answer.accounts[0].id) : NULL;
}

static struct err *revoke_other(const struct search *s, const char *serial)
{
	AUTO(desk_answer_release) struct store_answer answer = { 0 };

	store_cert_revoke(desk_store(s->desk), desk_asker(s->desk), serial,
			  world_now(s->run->world), KEY_COMPROMISE, true);
	TRY(desk_wait(s->desk, &answer));
	if (answer.outcome == STORE_DONE)
		(void)fprintf(s->run->out, "certificate %s of the same key is revoked\n", serial);
	return NULL;
}

static struct err *revoke_some(struct search *s, size_t *count)
{
	AUTO(desk_answer_release) struct store_answer answer = { 0 };

	store_certs_by_key(desk_store(s->desk), desk_asker(s->desk), s->spki_sha256, s->after,
			   world_now(s->run->world), LIMIT_CERTS_PER_STEP);
	TRY(desk_wait(s->desk, &answer));
	for (size_t i = 0; i < answer.cert_count; i++)
		if (!streq(answer.certs[i].serial, s->serial))
			TRY(revoke_other(s, answer.certs[i].serial));
	*count = answer.cert_count;
	if (*count > 0) {
		free(s->after);
		s->after = xstrdup(answer.certs[*count - 1].serial);
	}
	return NULL;
}

static struct err *revoke_others(struct search *s)
{
	size_t count = 0;

	do
		TRY(revoke_some(s, &count));
	while (count > 0);
	return NULL;
}

struct err *compromised(const struct command_run *r, struct desk *d, const struct store_cert *c)
{
	AUTO(cert_free) struct cert *cert = NULL;
	struct search s = { .run = r, .desk = d, .serial = c->serial };

	TRY(cert_from_der(&cert, c->der, c->der_len));
	SHA256((const unsigned char *)cert->spki.data, cert->spki.len, s.spki_sha256);
	TRY(block(&s));
	TRY(end_account_of(&s, cert));
	struct err *e = revoke_others(&s);

	free(s.after);
	return e;
}
