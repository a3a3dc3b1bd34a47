/* Where all runners listen: the addresses of [server] listen. */
#pragma once

#include <openssl/ssl.h>

#include "base/str.h"
#include "ca/service/runner.h"

/* *urls: "https://127.0.0.1:14000" each, with the port that the system picked. ERR_BUSY, ERR_PERMISSION. */
MUST_CHECK struct err *listeners_open(struct strlist *urls, const struct strlist *endpoints,
				      struct runner *const *runners, size_t count, SSL_CTX *tls);
