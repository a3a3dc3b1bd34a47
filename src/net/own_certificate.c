#include "net/own_certificate.h"

#include <openssl/err.h>

struct err *tls_file_unusable(const char *what, const char *path)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	struct err *e = err_new(ERR_CONFIG, "the %s %s cannot be used: %s", what, path,
				reason != NULL ? reason : "unknown reason");

	ERR_clear_error();
	return e;
}

struct err *own_certificate_use(SSL_CTX *ctx, const char *certificate, const char *key)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1)
		return tls_file_unusable("certificate", certificate);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return tls_file_unusable("key", key);
	return SSL_CTX_check_private_key(ctx) == 1 ? NULL : tls_file_unusable("key", key);
}
