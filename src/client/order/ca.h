/*
 * The CAs of this run: one session for each server and account, with its kept connection and nonces, and the account that signs.
 */
#pragma once

#include "acme/session.h"
#include "client/client.h"
#include "client/store/accounts.h"

struct ca {
	char *server;
	struct stored_account *account; /* NULL: not chosen (unsigned requests only) */
	struct acme_session *session;
	bool silent; /* did not answer in this run: not worth a timeout for each of many lineages */
	bool adviceless; /* has no renewal information (RFC 9773) */
};

struct ca_pool *ca_pool_new(void);
/* For a thread of its own, one of so many lanes: sessions with the same accounts, and a share of the connections. */
struct ca_pool *ca_pool_new_beside(struct ca_pool *main, unsigned lanes);
void ca_pool_free(struct ca_pool *p);

/* For unsigned requests: directory, renewal information. A loan of the pool. */
MUST_CHECK struct err *ca_open(struct ca **out, struct client *c, const struct options *opt);
/* What this run knows of the server; NULL: nothing yet. */
const struct ca *ca_known(const struct client *c, const char *server);
/* With the account of certbot.md 9.3: --account, the only one, a menu, or a new registration. */
MUST_CHECK struct err *ca_open_with_account(struct ca **out, struct client *c, struct options *opt);
/* The same for work on an account that must be there: registers none. */
MUST_CHECK struct err *ca_open_existing(struct ca **out, struct client *c, struct options *opt);

AUTO_FREE(struct ca_pool, ca_pool_free)
