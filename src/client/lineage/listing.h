/* Certificates as `certificates` shows them (certbot.md 13.1): verified, and with what there is to say about each. */
#pragma once

#include "base/clock.h"
#include "client/lineage/lineage.h"
#include "proto/ari.h"

struct listing {
	char *name;
	char *conf_path;
	struct err *misfit; /* of its links; NULL: they fit */
	struct err *broken; /* why it cannot be shown; then nothing below is set */

	char *serial;
	char *key_type; /* "RSA", "ECDSA" */
	struct strlist identifiers;
	time_t not_after;
	struct ari_window
		window; /* in which the CA wants it to be renewed; {0, 0}: none is known */
	bool is_test, is_expired;
	bool may_be_revoked; /* there is somebody to ask */
	bool is_revoked; /* false until that was asked */
	char *fullchain_path, *privkey_path;
};

struct listings {
	struct listing *items; /* in the order of the renewal files */
	size_t count;
};

/* Every lineage of the tree. Those that have not changed since they were found whole are not read again. */
MUST_CHECK struct err *listings_make(struct listings *out, const struct tree *t,
				     const struct clock *clock);
void listings_release(struct listings *l);

/* "VALID: 89 days", "INVALID: TEST_CERT, EXPIRED" */
char *listing_status(const struct listing *l, time_t now);
/* The seven lines. */
void listing_add_text(struct buf *out, const struct listing *l, time_t now);

AUTO_RELEASE(struct listings, listings_release)
