/* TLS of a public HTTPS server: 1.2 at least, HTTP/1.1 by ALPN, sessions resumed by tickets. */
#pragma once

#include <openssl/ssl.h>

#include "base/err.h"

/* Paths of PEM files: certificate with its chain, key. The caller's. ERR_CONFIG names the file. */
MUST_CHECK struct err *server_tls_new(SSL_CTX **out, const char *certificate, const char *key);

static inline void ssl_ctx_free(SSL_CTX *c)
{
	SSL_CTX_free(c);
}

AUTO_FREE(SSL_CTX, ssl_ctx_free)
