#include "jose/openssl.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/str.h"

void openssl_start(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
}

struct err *openssl_err(const char *fmt, ...)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	va_list args;

	va_start(args, fmt);
	AUTO(free) char *text = str_vfmt(fmt, args);
	va_end(args);
	struct err *e = reason != NULL ? err_new(ERR_CRYPTO, "%s (%s)", text, reason)
				       : err_new(ERR_CRYPTO, "%s", text);
	ERR_clear_error();
	return e;
}
