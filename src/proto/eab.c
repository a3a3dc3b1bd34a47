#include "proto/eab.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "jose/base64url.h"
#include "jose/jws.h"

/* The payload is the account's public key; no nonce, the url of the outer request. */
struct err *eab_sign(char **out, const struct eab *e, const struct signer *account,
		     const char *new_account_url)
{
	struct jws_header header = { .kid = e->kid, .url = new_account_url };

	TRY_WRAP(jws_sign_mac(out, e->alg, e->key, &header, account->jwk),
		 "external account binding");
	return NULL;
}

struct err *eab_key_parse(struct secret *out, const char *text)
{
	struct buf key = BUF_INIT(LIMIT_KIB(4));
	size_t len = strlen(text);

	while (len > 0 && text[len - 1] == '=')
		len--;
	AUTO(err_free) struct err *why = base64url_decode(&key, text, len);
	bool good = why == NULL && key.len > 0;

	if (good)
		secret_set(out, key.data, key.len);
	if (key.data != NULL)
		OPENSSL_cleanse(key.data, key.cap);
	buf_release(&key);
	return good ? NULL
		    : err_new(ERR_USAGE,
			      "the key of the external account binding is not base64url text");
}
