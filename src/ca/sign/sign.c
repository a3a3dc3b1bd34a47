#include "ca/sign/sign.h"

#include "ca/sign/crl.h"
#include "ca/sign/proof.h"
#include "ca/sign/state.h"
#include "pki/pem.h"

/* --- issuers */

struct err *sign_new(struct sign **out, const struct ca_config *config, const struct world *world)
{
	AUTO(sign_free) struct sign *s = xcalloc(1, sizeof(*s));

	s->config = config;
	s->world = world;
	if (config->issuer_count == 0)
		return err_new(ERR_CONFIG, "%s has no [issuer NAME]: nothing could be signed",
			       config->path);
	s->issuers = xcalloc(config->issuer_count, sizeof(struct issuer *));
	for (size_t i = 0; i < config->issuer_count; i++) {
		TRY(issuer_load(&s->issuers[i], &config->issuers[i], world_now(world)));
		s->count++;
	}
	*out = MOVE(s);
	return NULL;
}

void sign_free(struct sign *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		issuer_free(s->issuers[i]);
	free(s->issuers);
	free(s);
}

const struct issuer *sign_issuer(const struct sign *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (streq(s->issuers[i]->config->name, name))
			return s->issuers[i];
	return NULL;
}

/* --- chains and look-ups */

bool sign_chain(struct buf *pem, const struct sign *s, const char *issuer, size_t n,
		const void *der, size_t len)
{
	const struct issuer *i = sign_issuer(s, issuer);

	if (i == NULL || n >= i->chain_count)
		return false;
	pem_add(pem, "CERTIFICATE", der, len);
	buf_add(pem, i->chains[n].pem.data, i->chains[n].pem.len);
	return true;
}

size_t sign_chain_count(const struct sign *s, const char *issuer)
{
	const struct issuer *i = sign_issuer(s, issuer);

	return i != NULL ? i->chain_count : 0;
}

static const struct issuer *issuer_by_key_id(const struct sign *s, const void *key_id, size_t len)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct buf *id = &s->issuers[i]->key_id;

		if (der_same(DER_OF(id->data, id->len), DER_OF(key_id, len)))
			return s->issuers[i];
	}
	return NULL;
}

const char *sign_issuer_by_key_id(const struct sign *s, const void *key_id, size_t len)
{
	const struct issuer *i = issuer_by_key_id(s, key_id, len);

	return i != NULL ? i->config->name : NULL;
}

const char *sign_issuer_of(const struct sign *s, const void *der, size_t len)
{
	AUTO(cert_free) struct cert *c = NULL;
	AUTO(err_free) struct err *e = cert_from_der(&c, der, len);
	bool yes = false;

	if (e != NULL)
		return NULL;
	const struct issuer *i = issuer_by_key_id(s, c->authority_key_id.data,
						  c->authority_key_id.len);

	if (i == NULL)
		return NULL;
	e = cert_signed_by_key(&yes, c, i->key);
	return yes ? i->config->name : NULL;
}

/* The URL stands in it as it is: whose shards' URLs are no parts of one another. */
int64_t sign_shard_of(const struct sign *s, const char *issuer, const void *der, size_t len)
{
	const struct issuer *i = sign_issuer(s, issuer);

	for (int64_t n = 0; i != NULL && n < i->config->crl_shards; n++) {
		AUTO(free) char *url = issuer_crl_url(i->config, n);

		if (url != NULL && memmem(der, len, url, strlen(url)) != NULL)
			return n;
	}
	return 0;
}

const struct buf *sign_issuer_certificate(const struct sign *s, const char *issuer)
{
	const struct issuer *i = sign_issuer(s, issuer);

	return i != NULL ? &i->cert->der : NULL;
}

/* --- CRLs */

static struct err *make_crl(struct buf *der, const struct issuer *i, const struct sign_crl_ask *ask)
{
	size_t from = der->len;

	TRY(crl_write(der, i, ask));
	return proof_crl(i, der->data + from, der->len - from);
}

struct err *sign_crl(struct buf *der, const struct sign *s, const struct sign_crl_ask *ask)
{
	const struct issuer *i = sign_issuer(s, ask->issuer);
	size_t from = der->len;

	if (i == NULL || i->config->crl_url == NULL || ask->shard >= i->config->crl_shards)
		return err_new(ERR_INTERNAL, "issuer %s has no CRL %lld", ask->issuer,
			       (long long)ask->shard);
	struct err *e = make_crl(der, i, ask);

	if (e != NULL)
		der->len = from;
	return err_wrap(e, "CRL %lld of %s", (long long)ask->shard, ask->issuer);
}
