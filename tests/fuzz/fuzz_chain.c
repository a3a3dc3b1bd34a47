/* A CA's answer to the download: parsed, judged, written, and read again to the same bytes. */
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "pki/chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_again(const struct chain *c)
{
	AUTO(buf_release) struct buf once = BUF_INIT(LIMIT_MIB(1));
	AUTO(buf_release) struct buf twice = BUF_INIT(LIMIT_MIB(1));
	AUTO(chain_free) struct chain *again = NULL;

	chain_pem_full(c, &once);
	if (once.len > LIMIT_CHAIN_BYTES)
		return;
	AUTO(err_free) struct err *e = chain_parse(&again, once.data, once.len);

	if (e != NULL || again->count != c->count)
		abort();
	chain_pem_leaf(again, &twice);
	chain_pem_rest(again, &twice);
	if (once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(chain_free) struct chain *c = NULL;
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	AUTO(err_free) struct err *e = chain_parse(&c, (const char *)data, size);

	if (e != NULL)
		return 0;
	read_again(c);
	(void)chain_top_issuer(c);
	AUTO(err_free) struct err *no_key = cert_key(&key, c->certs[0]);

	if (no_key == NULL)
		err_ignore(chain_check(c, key, &c->certs[0]->names, c->certs[0]->not_before));
	return 0;
}
