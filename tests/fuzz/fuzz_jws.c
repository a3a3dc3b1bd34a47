/* A request body as a CA gets it: parsed, its key built, its signature judged. */
#include <stdint.h>
#include <string.h>

#include "jose/jwk.h"
#include "jose/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const struct jws *j)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	AUTO(free) char *thumbprint = NULL;

	if (j->jwk == NULL)
		return;
	AUTO(err_free) struct err *e = jwk_parse(&key, j->jwk, false);

	if (e != NULL)
		return;
	err_ignore(jws_verify(j, key));
	AUTO(err_free) struct err *no_thumbprint = jwk_thumbprint(&thumbprint, key);

	if (no_thumbprint != NULL) /* a key that was taken has one */
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(jws_free) struct jws *j = NULL;
	AUTO(secret_release) struct secret mac = { 0 };
	AUTO(err_free) struct err *e = jws_parse(&j, (const char *)data, size);

	if (e != NULL)
		return 0;
	secret_set(&mac, "key", 3);
	err_ignore(jws_verify_mac(j, &mac));
	judge(j);
	return 0;
}
