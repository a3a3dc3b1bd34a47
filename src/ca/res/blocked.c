#include "ca/res/blocked.h"

#include <openssl/sha.h>

#include "pki/spki.h"

struct err *blocked_ask(struct ca_request *r, const EVP_PKEY *key, res_step *next)
{
	AUTO(buf_release) struct buf spki = BUF_INIT(SPKI_BYTES_MAX);
	unsigned char digest[SHA256_DIGEST_LENGTH];

	TRY(spki_of_key(&spki, key));
	SHA256((const unsigned char *)spki.data, spki.len, digest);
	store_key_blocked(r->ca->store, res_then(r, next), digest);
	return NULL;
}
