/*
 * A TLS context that answers challenges: to whoever asks for a task's server name, and speaks its protocol, it shows that
 * task's certificate. Everybody else is refused within the handshake.
 */
#pragma once

#include <openssl/ssl.h>

#include "client/plugin.h"

struct tls_responder;

/* For the tasks of MEDIUM_TLS among n. The tasks, and the responder, outlive the context's connections. */
MUST_CHECK struct err *tls_responder_new(struct tls_responder **out, const struct task *tasks,
					 size_t n, time_t now);
SSL_CTX *tls_responder_context(const struct tls_responder *r);
void tls_responder_free(struct tls_responder *r);

AUTO_FREE(struct tls_responder, tls_responder_free)
