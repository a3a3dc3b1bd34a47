/*
 * A resource of the CA: one file of ca/res/ with one `const struct resource resource_<name>`, named in ca/res/meson.build.
 * Routes, the directory, 405 and Allow are made of these rows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ca_config;
struct ca_request;

/* Paths that others than their resource speak of. */
#define DIRECTORY_PATH "/directory"
#define ACCOUNT_PATH "/acme/acct"

/* Whose signature a POST carries (RFC 8555 §6.2). */
enum signed_by {
	SIGNED_BY_ACCOUNT, /* kid */
	SIGNED_BY_NEW_KEY, /* jwk, which has to follow the key policy: newAccount */
	SIGNED_BY_EITHER,  /* revokeCert: the account's kid or the certificate's own jwk */
	SIGNED_BY_COUNT,
};

struct resource {
	const char *field; /* in the directory ("newOrder"); NULL: not named there */
	const char *path;  /* "/acme/order"; behind it come its ids, "/acme/order/<id>/<id>" */
	size_t min_ids, max_ids;
	enum signed_by signed_by;
	/*
	 * Each must lead to one ca_answer_...(), now or later. NULL: 405. With HEAD the answer's body is not sent.
	 * post comes with r->jws; its payload NULL is POST-as-GET. get and post may be the same function.
	 */
	void (*get)(struct ca_request *r);
	void (*post)(struct ca_request *r);
	bool needs_no_host; /* answers also who names no host (HTTP/1.0): it speaks of no URLs, and r->base may be NULL */
	bool get_by_quirk; /* get only as Let's Encrypt does (quirks = letsencrypt), else 405 */
	bool plain;        /* may be asked at [server] http_listen, where all others are 404 */
	/* Not there for this configuration (404, and not in the directory). NULL: always there. */
	bool (*is_off)(const struct ca_config *c);
};

extern const struct resource *const resources[]; /* generated */
extern const size_t resource_count;
