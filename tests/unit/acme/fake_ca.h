/*
 * A small CA in the test's own process, behind struct transport: it checks each request as a CA does (signature, nonce, url,
 * kid or jwk), keeps accounts and orders, and lives on a virtual clock with a round-trip time. Tests script what goes wrong.
 */
#pragma once

#include "acme/session.h"
#include "base/str.h"
#include "net/transport.h"

#define FAKE_ORDERS 8
#define FAKE_NAMES 128
#define FAKE_RULES 8
#define FAKE "https://ca.test"

struct fake_authz {
	char *name; /* may start with "*." */
	bool ip;
	bool told, valid_already, refused, deactivated;
	int64_t told_ms;
};

struct fake_order {
	struct fake_authz authz[FAKE_NAMES];
	size_t count;
	bool finalized;
	int64_t finalized_ms;
	char *profile, *replaces;
};

/* The next `times` requests to a path that starts with `path` get this answer instead. */
struct fake_rule {
	const char *path;
	unsigned times;
	int status;       /* 0: the connection breaks */
	const char *type; /* of a problem document; NULL: body as it is */
	const char *body; /* or the detail */
	const char *header, *value;
};

struct fake_ca {
	struct transport transport;
	struct world world;
	struct clock clock;

	/* the network */
	int64_t now_ms;
	int64_t rtt_ms;
	size_t open;   /* connections */
	size_t spares; /* being opened */
	size_t widest;
	struct strlist log; /* "POST /new-order", ... */

	/* the CA */
	struct strlist nonces;
	unsigned nonce_serial;
	unsigned bad_nonces; /* so many good ones will be refused */
	EVP_PKEY *account_key;
	unsigned new_accounts;
	struct strlist contacts;
	bool deactivated, no_orders_list, no_ari, finalize_at_once, eab_seen, revoked_by_key;
	int revoked_reason; /* -1: none */
	bool revoked;
	struct fake_order orders[FAKE_ORDERS];
	size_t order_count;
	size_t page_size; /* of the list of orders */
	int64_t validate_ms, issue_ms;
	const char *bad_name;   /* its validation fails */
	const char *poll_retry; /* Retry-After of pending and processing orders */
	bool issue_fails;
	char *chain, *alternate; /* PEM */
	struct fake_rule rules[FAKE_RULES];
	/* Changes an answer before it is sent. */
	void (*tamper)(struct fake_ca *ca, const char *path, json_t *body);
	void *tamper_arg;
};

void fake_ca_init(struct fake_ca *ca);
void fake_ca_release(struct fake_ca *ca);
/* How many requests of the log start with this. */
size_t fake_ca_count(const struct fake_ca *ca, const char *prefix);
/* A self-signed certificate with this CN, PEM. */
char *fake_certificate(const char *cn);

/* A session of the fake CA with a key of its own and an account there. */
struct fake_client {
	struct fake_ca ca;
	struct acme_session *session;
	struct acme_key *key;
};

void fake_client_init(struct fake_client *c);
/* The same for cmocka's setup and teardown: *state is the fake_client, with an account and a chain. */
int fake_setup(void **state);
int fake_teardown(void **state);
/* An error with this code whose text has all these words; frees it. */
void assert_err(struct err *e, enum err_code code, const char *words);
/* Order of these names (at most FAKE_NAMES), its http-01 challenges told to the CA. */
struct acme_order *fake_order_new(struct fake_client *c, const char *const *names, size_t count);
void fake_order_prove(struct fake_client *c, struct acme_order *o);
/* The whole way to a chain, which is the CA's. */
void fake_issue(struct fake_client *c, const char *const *names, size_t count);
