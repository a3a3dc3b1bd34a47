/* What the files of acme/ share about a session, an order and a key. Nobody else includes this. */
#pragma once

#include "acme/nonce.h"
#include "acme/session.h"
#include "base/json.h"
#include "net/transport.h"
#include "proto/account.h"

/* From here on, even one name is worth a second connection: a look at the order need not wait for the answer before it. */
#define FAR_ROUND_TRIP_MS 50

struct acme_key {
	struct signer *signer;
	EVP_PKEY *pkey; /* NULL: the private part lives elsewhere */
};

struct acme_session {
	const struct world *world;
	struct world own_world;          /* of a session made by acme_session_new() */
	struct transport *own_transport; /* made for the first request */
	char *user_agent;
	char *ca_file;

	char *directory_url;
	struct directory *directory; /* NULL: not fetched */
	struct nonce_pool nonces;
	int64_t rtt_ms; /* shortest exchange so far; -1: none */
	int64_t recent; /* moving average of exchanges, 1/16 ms */
	size_t spares;  /* connections the next requests could use besides the first */
	int spare_from_ms;
	size_t spares_open;
	bool warm;    /* connections and nonces for requests side by side */
	size_t width; /* so many at most */

	const struct signer *signer; /* lent */
	char *account_url;

	session_progress_fn *progress;
	void *progress_ctx;
	const struct session_memory *memory; /* lent; NULL: none */
};

struct acme_challenge {
	struct acme_authz *authz;
	const struct challenge *data;
};

/* Handles of challenges stay good as long as the order: they are of what was fetched first. */
struct acme_authz {
	struct authz *first;
	struct authz *data; /* as last seen; may be `first` */
	struct acme_challenge *challenges;
	struct acme_order *order;
	bool told;           /* the CA was told that a proof is there */
	struct err *failure; /* it did not want to hear */
};

struct acme_order {
	struct order *data;
	struct acme_authz *authzs; /* NULL: not fetched; else one for each of data->authz_urls */
	size_t authz_count;
};

/*
 * The account that signs: its key, and its URL when asked for. ERR_USAGE when there is no key; looks
 * the URL up at the CA by the key when it is not known (RFC 8555 §7.3.1).
 */
MUST_CHECK struct err *session_need_key(const struct acme_session *s);
MUST_CHECK struct err *session_need_account(struct acme_session *s);
MUST_CHECK struct err *session_transport(struct acme_session *s, struct transport **out);
/* *out NULL: the CA keeps no list (RFC 8555 §7.1.2.1). */
MUST_CHECK struct err *session_orders_url(struct acme_session *s, char **out);
/* How long an exchange took of late, ms. */
int64_t session_recent_ms(const struct acme_session *s);
void session_report(const struct acme_session *s, const char *activity, const char *subject,
		    int64_t waited_ms);
