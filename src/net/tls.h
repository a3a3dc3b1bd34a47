/*
 * The client's side of TLS on OpenSSL: 1.2 at least, verified by the system's trust store, sessions resumed, ALPN http/1.1.
 * Reads and writes by send(MSG_NOSIGNAL) and recv, so that a closed peer is an error and never a SIGPIPE.
 */
#pragma once

#include <openssl/ssl.h>

#include "base/err.h"

struct tls_client;

struct tls_trust {
	const char *file, *dir; /* both NULL: the environment, then the system's store */
	bool no_verify;
};

/* Initialises OpenSSL and reads the trust store's directory: call it when it is needed. */
MUST_CHECK struct err *tls_client_new(struct tls_client **out, const struct tls_trust *trust);
void tls_client_free(struct tls_client *c);

/*
 * A connection to host over the connected fd (lent). *session: the last session with that host, offered, and replaced
 * when the peer gives a new one; it must outlive the connection.
 */
MUST_CHECK struct err *tls_open(SSL **out, const struct tls_client *c, int fd, const char *host, SSL_SESSION **session);

/* Why the last call failed, with what can be done about it. */
MUST_CHECK struct err *tls_error(const SSL *ssl);

AUTO_FREE(struct tls_client, tls_client_free)
