/*
 * After certificates were renewed: the servers that have them are told, and show them (certbot.md 12.1). A server is reloaded
 * once, however many of its certificates are new.
 */
#pragma once

#include "client/client.h"
#include "client/lineage/lineage.h"

/* opt names an installer that Signet has. */
bool reload_is_owed(const struct options *opt);
/* For one certificate, now; a first one needs not be in use. Not owed: nothing happens. */
MUST_CHECK struct err *reload_for(struct client *c, struct options *opt, const struct lineage *l,
				  bool renewed);
/* --dry-run: tells what would be changed. existing: the certificate that is to be renewed; NULL: it would be a first one. */
MUST_CHECK struct err *reload_rehearse(struct client *c, struct options *opt,
				       const struct lineage *existing);

/* What is owed for several. */
struct reload {
	struct lineage *lineage;
	struct options *opt;
	bool settled;
};

struct reloads {
	struct reload *items;
	size_t count;
};

/* Takes l; opt is copied. */
void reloads_add(struct reloads *r, struct lineage *l, const struct options *opt);
void reloads_release(struct reloads *r);

/* why NULL: the server shows the certificate. ERR_INTERRUPTED: it was reloaded, but nobody waited for the proof. */
typedef void reload_outcome_fn(void *ctx, const struct lineage *l, const struct err *why);

/*
 * Server by server; outcome is told of each lineage. Who asked to stop waits for the reload, but for no proof. --dry-run: what would be
 * changed is told, and nothing is reloaded.
 */
void reloads_run(struct reloads *r, struct client *c, reload_outcome_fn *outcome, void *ctx);

AUTO_RELEASE(struct reloads, reloads_release)
