/* TLS where both sides show a certificate of a CA that both were told: between the parts of one operator. */
#pragma once

#include <openssl/ssl.h>

#include "base/err.h"

/* Paths of PEM files: our chain, its key, whom the other side must be certified by. */
struct mutual_tls {
	const char *certificate, *key, *ca;
};

/* The caller's. 1.3 only. ERR_CONFIG names the file. */
MUST_CHECK struct err *mutual_tls_client(SSL_CTX **out, const struct mutual_tls *m);
MUST_CHECK struct err *mutual_tls_server(SSL_CTX **out, const struct mutual_tls *m);
