/*
 * Inside of a session, for our own client: the world it runs in, signers, and the parsed objects
 * behind the public handles.
 */
#pragma once

#include "acme/acme.h"
#include "base/world.h"
#include "jose/signer.h"
#include "proto/authz.h"
#include "proto/directory.h"
#include "proto/order.h"

/* A session in a given world: world->transport must be set. Both lent. */
MUST_CHECK struct err *session_new(struct acme_session **out, const char *directory_url,
				   const struct world *w);
/* signer lent */
void session_set_signer(struct acme_session *s, const struct signer *signer,
			const char *account_url);

/* How many connections it may have at once, 1 .. LIMIT_CONNECTIONS, which is where it starts. */
void session_set_width(struct acme_session *s, size_t connections);

/* Told of what is going on, for progress: waiting for what, since when. May be NULL. */
typedef void session_progress_fn(void *ctx, const char *activity, const char *subject,
				 int64_t waited_ms);
void session_set_progress(struct acme_session *s, session_progress_fn *fn, void *ctx);

/*
 * What outlives this process of the challenges that the CA was told of, so that a run after a killed one does not begin a
 * validation anew that is under way. Lent; NULL: nothing does.
 */
struct session_memory {
	/* The CA is about to be told of this one. May fail in silence: giving up here would take proofs away that the CA is looking for. */
	void (*telling)(void *ctx, const char *challenge_url);
	/* It was, or was about to be, by an earlier run. */
	bool (*was_told)(void *ctx, const char *challenge_url);
	void *ctx;
};
void session_set_memory(struct acme_session *s, const struct session_memory *m);

MUST_CHECK struct err *session_directory(struct acme_session *s, const struct directory **out);

const struct authz *authz_of(const struct acme_authz *a);
const struct challenge *challenge_of(const struct acme_challenge *c);
/* WHERE and WHAT for any known type. */
MUST_CHECK struct err *session_prove(struct proof *out, struct acme_session *s,
				     const struct acme_challenge *c);

AUTO_FREE(struct acme_session, acme_session_free)
AUTO_FREE(struct acme_order, acme_order_free)
AUTO_FREE(struct acme_key, acme_key_free)
AUTO_RELEASE(struct acme_tls_proof, acme_tls_proof_release)
