#include "ca/jws/binding.h"

#include <string.h>

#include "base/secret.h"
#include "ca/jws/form.h"
#include "proto/eab.h"
#include "proto/problem.h"

static struct err *malformed(const char *text)
{
	return problem_new("malformed", "externalAccountBinding: %s", text);
}

static struct err *unauthorized(const char *text)
{
	return problem_new("unauthorized", "externalAccountBinding: %s", text);
}

static struct err *check_header(const struct jws *j, const char *outer_url)
{
	if (j->type != NULL)
		return malformed("the algorithm is none of HS256, HS384 and HS512");
	if (j->kid == NULL || *j->kid == '\0')
		return malformed("the key identifier \"kid\" is missing");
	if (j->nonce != NULL)
		return malformed("there must be no \"nonce\"");
	if (j->url == NULL || !streq(j->url, outer_url))
		return malformed("\"url\" is not that of the request");
	return NULL;
}

struct err *binding_parse(struct jws **out, const json_t *field, const char *outer_url)
{
	AUTO(jws_free) struct jws *j = NULL;
	AUTO(free) char *text = json_compact(field);
	AUTO(err_free) struct err *e = jws_parse(&j, text, strlen(text));

	if (e != NULL) {
		AUTO(free) char *why = err_text(e);

		return malformed(why);
	}
	TRY(check_header(j, outer_url));
	*out = MOVE(j);
	return NULL;
}

static struct err *check_usable(const struct binding_facts *f)
{
	const struct store_eab *e = f->eab;

	if (e == NULL)
		return unauthorized("the key identifier is not known");
	if (e->revoked)
		return unauthorized("the key was revoked");
	if (e->expires != 0 && e->expires <= f->now)
		return unauthorized("the key has expired");
	if (f->single_use && e->account_id != 0)
		return unauthorized("the key was used for another account");
	return NULL;
}

static struct err *check_mac(const struct jws *j, const struct store_eab *e)
{
	AUTO(secret_release) struct secret key = { 0 };

	TRY_WRAP(eab_key_parse(&key, e->mac_key), "external account key %s", e->kid);
	AUTO(err_free) struct err *wrong = jws_verify_mac(j, &key);

	return wrong != NULL ? unauthorized("the MAC is not that of the key") : NULL;
}

static struct err *thumbprint_of(char **out, const struct buf *payload)
{
	AUTO(json_release) json_t *jwk = NULL;

	TRY(json_parse(&jwk, buf_str(payload), payload->len, "payload"));
	return form_thumbprint(out, jwk);
}

static struct err *check_bound_key(const struct jws *j, const char *thumbprint)
{
	AUTO(free) char *bound = NULL;
	AUTO(err_free) struct err *e = thumbprint_of(&bound, &j->payload);

	if (e != NULL)
		return malformed("the payload is no public key");
	if (!streq(bound, thumbprint))
		return problem_new("badPublicKey",
				   "externalAccountBinding: the payload is not the account's key");
	return NULL;
}

struct err *binding_check(const struct jws *j, const struct binding_facts *f)
{
	TRY(check_usable(f));
	TRY(check_mac(j, f->eab));
	return check_bound_key(j, f->thumbprint);
}
