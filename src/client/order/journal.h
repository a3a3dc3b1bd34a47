/*
 * The journal of one lineage's order: <work_dir>/signet/orders/<lineage>.journal, 0600, one JSON object a line.
 *
 * Line 1 is written before newOrder is sent and has the request and the certificate's private key; the order's URL is
 * appended when the CA has answered. It is synced before newOrder is sent, and again before finalize: from then on the CA may
 * hand out a certificate for this key. Before the CA is told of a challenge, that is noted too. It is removed when everything is done, deploy hooks included, so whoever finds one goes on with it.
 * A torn last line is what a killed run leaves and is ignored.
 */
#pragma once

#include "client/client.h"
#include "client/store/tree.h"
#include "pki/key.h"
#include "pki/names.h"

/* What an order must have in common with today's request to be resumed. */
struct journal_request {
	const char *server, *account_id, *profile; /* profile NULL: none */
	const struct cert_names *names;
	const char *key_spec; /* "secp256r1", "rsa2048", ..., "same:<spki digest>" for a reused key */
	bool must_staple;
};

struct journal {
	char *path;
	char *request;   /* canonical text of the journal_request */
	char *order_url; /* NULL: not known */
	struct strlist told; /* URLs of the challenges that the CA was told of, or was about to be */
	EVP_PKEY *key;
	char *key_pem;
	bool saved;       /* the lineage was committed; only the deploy hooks are owed */
	bool hook_failed; /* ... and have run once without success */
	bool listed;      /* its directory was synced since it was made or found */
};

/* *out NULL: none there, or one that cannot be used (then it is renamed, and people are told). */
MUST_CHECK struct err *journal_open(struct journal **out, const struct client *c, const char *lineage);
/* Lineages with a journal, sorted. */
MUST_CHECK struct err *journal_names(struct strlist *out, const struct tree *t);
/* Starts anew with this key. */
MUST_CHECK struct err *journal_begin(struct journal **out, const struct tree *t, const char *lineage,
				     const struct journal_request *r, EVP_PKEY *key);
bool journal_matches(const struct journal *j, const struct journal_request *r);
/* Was the order placed for a key that the lineage had already? */
bool journal_keeps_key(const struct journal *j);
MUST_CHECK struct err *journal_set_order(struct journal *j, const char *url);
MUST_CHECK struct err *journal_add_told(struct journal *j, const char *challenge_url);
MUST_CHECK struct err *journal_set_saved(struct journal *j);
MUST_CHECK struct err *journal_set_hook_failed(struct journal *j);
MUST_CHECK struct err *journal_sync(struct journal *j);
MUST_CHECK struct err *journal_remove(struct journal *j);
void journal_free(struct journal *j);

AUTO_FREE(struct journal, journal_free)
