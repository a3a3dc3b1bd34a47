#include "net/own_certificate.h"

#include <openssl/err.h>
#include <string.h>

/* A file that cannot be read: the system's reason comes first, and OpenSSL adds "system lib" to it. */
static const char *reason_of_failure(char *text, size_t size)
{
	unsigned long first = ERR_peek_error();
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	if (ERR_SYSTEM_ERROR(first))
		return strerror_r(ERR_GET_REASON(first), text, size);
	return reason != NULL ? reason : "unknown reason";
}

struct err *tls_file_unusable(const char *what, const char *path)
{
	char text[128];
	struct err *e = err_new(ERR_CONFIG, "the %s %s cannot be used: %s", what, path,
				reason_of_failure(text, sizeof(text)));

	ERR_clear_error();
	return e;
}

struct err *own_certificate_use(SSL_CTX *ctx, const char *certificate, const char *key)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1)
		return tls_file_unusable("certificate", certificate);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return tls_file_unusable("key", key);
	return SSL_CTX_check_private_key(ctx) == 1 ? NULL : tls_file_unusable("key", key);
}
