#include <openssl/crypto.h>
#include <string.h>

#include "client/lineage/issuers.h"
#include "client/lineage/lineage.h"

static struct err *check_signature(struct issuers *i, const struct lineage *l, const char *chain,
				   size_t len)
{
	EVP_PKEY *issuer = NULL;
	bool good = false;

	TRY_WRAP(issuers_key(&issuer, i, chain, len), "%s", l->live[KIND_CHAIN]);
	TRY(cert_signed_by_key(&good, l->cert, issuer));
	if (!good)
		return err_new(ERR_CRYPTO, "%s is not signed by the first certificate of %s",
			       l->live[KIND_CERT], l->live[KIND_CHAIN]);
	return NULL;
}

static struct err *check_fullchain(const struct lineage *l, const char *chain, size_t chain_len)
{
	AUTO(free) char *full = NULL;
	size_t full_len = 0, cert_len = strlen(l->cert_pem);

	TRY(lineage_read(&full, &full_len, l, KIND_FULLCHAIN));
	if (full_len != cert_len + chain_len || memcmp(full, l->cert_pem, cert_len) != 0 ||
	    memcmp(full + cert_len, chain, chain_len) != 0)
		return err_new(ERR_CONFIG, "%s is not %s and %s in one", l->live[KIND_FULLCHAIN],
			       l->live[KIND_CERT], l->live[KIND_CHAIN]);
	return NULL;
}

static struct err *check_key(const struct lineage *l)
{
	char *pem = NULL;
	size_t len = 0;
	bool match = false;

	TRY(lineage_read(&pem, &len, l, KIND_PRIVKEY));
	struct err *e = cert_has_key_file(&match, l->cert, pem, len);

	OPENSSL_cleanse(pem, len);
	free(pem);
	TRY_WRAP(e, "%s", l->live[KIND_PRIVKEY]);
	if (!match)
		return err_new(ERR_CRYPTO, "%s is not the key of %s", l->live[KIND_PRIVKEY],
			       l->live[KIND_CERT]);
	return NULL;
}

struct err *lineage_verify_with(struct issuers *i, const struct lineage *l)
{
	AUTO(free) char *chain = NULL;
	size_t len = 0;

	TRY(lineage_read(&chain, &len, l, KIND_CHAIN));
	TRY(check_signature(i, l, chain, len));
	TRY(check_fullchain(l, chain, len));
	return check_key(l);
}

struct err *lineage_verify(const struct lineage *l)
{
	AUTO(issuers_free) struct issuers *i = issuers_new();

	return lineage_verify_with(i, l);
}
