/* The certificate that a TLS context shows, from PEM files. */
#pragma once

#include <openssl/ssl.h>

#include "base/err.h"

/* ERR_CONFIG names the file. */
MUST_CHECK struct err *own_certificate_use(SSL_CTX *ctx, const char *certificate, const char *key);
/* ERR_CONFIG: this file cannot be used, with OpenSSL's reason. */
MUST_CHECK NEVER_NULL struct err *tls_file_unusable(const char *what, const char *path);
