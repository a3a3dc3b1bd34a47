/* Orders (RFC 8555 §7.1.3). */
#pragma once

#include <time.h>

#include "proto/ident.h"
#include "proto/status.h"

struct order {
	char *url;
	enum order_status status;
	time_t expires; /* 0: not said */
	struct idents idents;
	struct strlist authz_urls;
	char *finalize_url;
	char *certificate_url; /* NULL unless valid */
	struct err *error;     /* of an invalid order; NULL */
	char *profile;         /* NULL if none */
	char *replaces;        /* NULL if none */
	time_t not_before, not_after; /* 0: not said; rendered only */
};

/* What a client asks for (newOrder payload, RFC 8555 §7.4, RFC 9773 §5, draft-ietf-acme-profiles). */
struct order_request {
	struct idents idents;
	const char *profile;  /* NULL: none */
	const char *replaces; /* NULL: none */
	time_t not_before, not_after; /* 0: none */
};

char *order_request_render(const struct order_request *r);
/* Checks that a valid order has a certificate URL, that there are authorizations, that identifiers were kept. */
MUST_CHECK struct err *order_parse(struct order **out, const char *url, const json_t *obj);
/* As a CA shows it; the caller's. */
json_t *order_render(const struct order *o);
void order_free(struct order *o);

AUTO_FREE(struct order, order_free)
