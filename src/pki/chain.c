#include "pki/chain.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "pki/pem.h"

static void add(struct chain *c, struct cert *cert)
{
	c->certs = xrealloc(c->certs, c->count + 1, sizeof(*c->certs));
	c->certs[c->count++] = cert;
}

static struct err *add_block(struct chain *c, const struct pem_block *block)
{
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CHAIN_BYTES);
	struct cert *cert = NULL;

	if (c->count == LIMIT_CHAIN_CERTIFICATES)
		return err_new(ERR_LIMIT, "more than %d certificates", LIMIT_CHAIN_CERTIFICATES);
	TRY(pem_decode(&der, block));
	TRY(cert_from_der(&cert, der.data, der.len));
	add(c, cert);
	return NULL;
}

static struct err *take_block(struct chain *c, const struct pem_block *block,
			      enum pem_between between)
{
	if (pem_is(block, "CERTIFICATE"))
		return add_block(c, block);
	return between == PEM_ANY_TEXT ? NULL
				       : err_new(ERR_PARSE, "a PEM block that is no certificate");
}

static struct err *parse(struct chain *c, const char *pem, size_t len, enum pem_between between)
{
	struct pem text = PEM_OF(pem, len, between);
	struct pem_block block;
	bool found = true;

	if (len > LIMIT_CHAIN_BYTES)
		return err_new(ERR_LIMIT, "more than %zu bytes", LIMIT_CHAIN_BYTES);
	for (;;) {
		TRY(pem_next(&text, &block, &found));
		if (!found)
			return c->count > 0 ? NULL : err_new(ERR_PARSE, "no certificate in it");
		TRY_WRAP(take_block(c, &block, between), "certificate %zu", c->count + 1);
	}
}

static struct err *parse_new(struct chain **out, const char *pem, size_t len,
			     enum pem_between between)
{
	AUTO(chain_free) struct chain *c = xcalloc(1, sizeof(*c));

	TRY_WRAP(parse(c, pem, len, between), "certificate chain");
	*out = MOVE(c);
	return NULL;
}

struct err *chain_parse(struct chain **out, const char *pem, size_t len)
{
	return parse_new(out, pem, len, PEM_ONLY_SPACE); /* RFC 8555 §9.1 */
}

struct err *chain_parse_file(struct chain **out, const char *pem, size_t len)
{
	return parse_new(out, pem, len, PEM_ANY_TEXT);
}

void chain_free(struct chain *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->count; i++)
		cert_free(c->certs[i]);
	free(c->certs);
	free(c);
}

static struct err *check_key(const struct cert *leaf, const EVP_PKEY *key)
{
	bool yes = false;

	TRY(cert_has_key(&yes, leaf, key));
	return yes ? NULL : err_new(ERR_CRYPTO, "the certificate is for another key than ours");
}

static struct err *check_names(const struct cert *leaf, const struct cert_names *names)
{
	AUTO(free) char *have = NULL;
	AUTO(free) char *want = NULL;

	if (cert_covers(leaf, names))
		return NULL;
	have = cert_names_text(&leaf->names);
	want = cert_names_text(names);
	return err_new(ERR_CRYPTO, "the certificate is for %s but %s was asked for", have, want);
}

#define CLOCK_SKEW_S (60 * 60)

static struct err *check_dates(const struct cert *leaf, time_t now)
{
	AUTO(free) char *from = time_utc_long(leaf->not_before);
	AUTO(free) char *until = time_utc_long(leaf->not_after);
	AUTO(free) char *clock = time_utc_long(now);

	if (leaf->not_before > now + CLOCK_SKEW_S)
		return err_new(ERR_CRYPTO,
			       "the certificate is not valid before %s, and it is %s here", from,
			       clock);
	if (leaf->not_after < now - CLOCK_SKEW_S)
		return err_new(ERR_CRYPTO, "the certificate expired on %s, and it is %s here",
			       until, clock);
	if (leaf->not_after <= leaf->not_before)
		return err_new(ERR_CRYPTO, "the certificate ends on %s before it begins on %s",
			       until, from);
	return NULL;
}

static const char *cn(const char *name)
{
	return name != NULL ? name : "without a common name";
}

static struct err *check_link(const struct chain *c, size_t i)
{
	const struct cert *cert = c->certs[i];
	const struct cert *issuer = c->certs[i + 1];
	bool yes = false;

	if (!cert_names_issuer(cert, issuer))
		return err_new(
			ERR_CRYPTO,
			"certificate %zu of the chain was issued by \"%s\" but certificate %zu is \"%s\"",
			i + 1, cn(cert->issuer_cn), i + 2, cn(issuer->subject_cn));
	TRY_WRAP(cert_signed_by(&yes, cert, issuer), "certificate %zu of the chain", i + 1);
	if (yes)
		return NULL;
	return err_new(ERR_CRYPTO,
		       "certificate %zu of the chain is not signed by certificate %zu (\"%s\")",
		       i + 1, i + 2, cn(issuer->subject_cn));
}

struct err *chain_check(const struct chain *c, const EVP_PKEY *key, const struct cert_names *names,
			time_t now)
{
	const struct cert *leaf = c->certs[0];

	TRY(check_key(leaf, key));
	TRY(check_names(leaf, names));
	TRY(check_dates(leaf, now));
	if (c->count < 2)
		return err_new(ERR_CRYPTO, "the certificate came without its issuer's (\"%s\")",
			       cn(leaf->issuer_cn));
	for (size_t i = 0; i + 1 < c->count; i++)
		TRY(check_link(c, i));
	return NULL;
}

static void add_pem(const struct chain *c, size_t from, size_t to, struct buf *out)
{
	for (size_t i = from; i < to; i++)
		pem_add(out, "CERTIFICATE", c->certs[i]->der.data, c->certs[i]->der.len);
}

void chain_pem_leaf(const struct chain *c, struct buf *out)
{
	add_pem(c, 0, 1, out);
}

void chain_pem_rest(const struct chain *c, struct buf *out)
{
	add_pem(c, 1, c->count, out);
}

void chain_pem_full(const struct chain *c, struct buf *out)
{
	add_pem(c, 0, c->count, out);
}

const char *chain_top_issuer(const struct chain *c)
{
	return c->certs[c->count - 1]->issuer_cn;
}
