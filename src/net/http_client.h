/*
 * HTTPS by our codec on OpenSSL: keep-alive, several connections, deadlines, ceilings, the system's trust store, proxies.
 *
 * Trust: the hashed directory /etc/ssl/certs (a bundle file costs 18 ms to load), replaced by the first set of
 * REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE (file or directory), SSL_CERT_FILE, SSL_CERT_DIR. Proxies: https_proxy, http_proxy, all_proxy, no_proxy
 * (also in capitals, but not HTTP_PROXY), CONNECT for https.
 */
#pragma once

#include "net/resolver.h"
#include "net/transport.h"

struct clock;

struct http_client_options {
	const char *user_agent;      /* copied; NULL: none sent */
	const char *ca_file, *ca_dir; /* NULL: environment, then the system's */
	bool no_verify;              /* --no-verify-ssl */
	int connect_timeout_ms;      /* 0: LIMIT_CONNECT_MS */
	int request_timeout_ms;      /* 0: LIMIT_REQUEST_MS; the whole exchange, however slowly bytes drip */
	struct resolver *resolver;   /* NULL: the system's */
	const struct clock *clock;   /* NULL: the system's */
	/* Called with each message for the debug log; may be NULL. */
	void (*trace)(void *ctx, const char *line);
	void *trace_ctx;
};

/* Opens nothing until the first exchange: TLS is not even initialised. */
MUST_CHECK struct err *http_client_new(struct transport **out, const struct http_client_options *o);
void transport_free(struct transport *t);

AUTO_FREE(struct transport, transport_free)
