/*
 * One resource of the CA at its desk: the test is the store, the signer, the limits and whoever validates; it scripts what they
 * say and sees what they were asked and what the client is answered.
 */
#pragma once

#include "check.h"

#include "ca/config/config.h"
#include "ca/http/request.h"
#include "ca/policy/policy.h"
#include "ca/sign/sign.h"
#include "ca/store/store.h"

#define DESK_NOW 1800000000 /* 2027-01-15 */
#define DESK_ACCOUNT 7
#define DESK_ANSWERS 8

struct desk {
	struct clock clock;
	struct rand_source random;
	struct world world;
	struct ca_config *config;
	struct policy *policy;
	struct ca ca;
	struct ca_loop loop;
	struct ca_request r;
	struct signed_request jws;
	struct http_message http;

	/* what the store will say, in this order */
	struct store_answer script[DESK_ANSWERS];
	size_t scripted, said;
	struct store_asker who; /* that waits */
	bool waits;

	bool limits_are_on;
	struct err *limit;     /* what the limits say to a new order */
	struct err *no_issuer; /* what the signer says to a new order */
	bool issuer_is_ours;
	bool issuance_lasts; /* CAA has to be asked first */

	struct strlist asked; /* "order 3", "limit", "judge http-01" */
	int status;           /* 0: not answered */
	char *type;           /* of a problem; NULL: none */
	json_t *body;
	struct buf bytes;
	struct http_headers headers;
};

/* extra: lines of the configuration behind the usual ones; NULL: none. */
void desk_open(struct desk *d, const char *extra);
void desk_close(struct desk *d);

/* Taken from the test's hands. */
void desk_says(struct desk *d, enum store_outcome outcome);
void desk_says_order(struct desk *d, enum store_outcome outcome, const struct store_order *o);
void desk_says_authz(struct desk *d, enum store_outcome outcome, const struct store_authz *a);
void desk_says_account(struct desk *d, enum store_outcome outcome, int64_t id);
void desk_says_cert(struct desk *d, enum store_outcome outcome, const struct store_cert *c);
void desk_fails(struct desk *d); /* the storage */

/* An order of example.org, and its authorization, as a new one has them; whatever is heap of it is the caller's to hand on. */
struct store_order desk_order(void);
struct store_authz desk_authz(void);
struct store_cert desk_cert(void);

/* Sends a POST with this payload (JSON; NULL: POST-as-GET) to "a/b/c" behind the resource's path; the client is answered after. */
void desk_post(struct desk *d, const struct resource *resource, const char *ids,
	       const char *payload);
void desk_get(struct desk *d, const struct resource *resource, const char *ids);

/* The answer: its status, and the type of its problem ("malformed"; NULL: none). */
void desk_expect(const struct desk *d, int status, const char *type);
void desk_expect_text(const struct desk *d, const char *key, const char *value);
void desk_expect_header(const struct desk *d, const char *name, const char *value);
/* Was it asked? */
void desk_expect_asked(const struct desk *d, const char *what);
