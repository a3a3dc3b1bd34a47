/* A certificate request, PEM or DER; one that is accepted must have OpenSSL's consent. */
#include <openssl/x509.h>
#include <stdint.h>

#include "pki/csr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(csr_free) struct csr *c = NULL;
	AUTO(err_free) struct err *e = csr_parse(&c, data, size);

	if (e != NULL)
		return 0;
	const unsigned char *at = (const unsigned char *)c->der.data;
	X509_REQ *req = d2i_X509_REQ(NULL, &at, (long)c->der.len);

	if (req == NULL || X509_REQ_verify(req, c->key) != 1)
		abort();
	X509_REQ_free(req);
	return 0;
}
