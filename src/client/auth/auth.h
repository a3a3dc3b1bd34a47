/* Proving control: choose the authenticator and a challenge for each authorization, publish, and always withdraw. */
#pragma once

#include "acme/session.h"
#include "client/install/opened.h"

struct authenticator {
	const struct plugin *plugin;
	void *state;
	struct opened *open;
};

/* The one the options name. None named: ERR_USAGE when non-interactive, else a menu (certbot.md 6.1). */
MUST_CHECK struct err *authenticator_for(struct authenticator **out, struct client *c, struct options *opt);
void authenticator_free(struct authenticator *a);

/*
 * For each authorization that is not valid yet: choose ONE challenge (medium by the plugin's preference, filtered and ordered
 * by --preferred-challenges, wildcards only where the type may), publish all, tell the CA, wait until the order is ready.
 * What was published is withdrawn on success, error and interruption. ERR_CHALLENGE carries a subproblem per failed name and has been
 * reported to people (certbot.md 20) by EVENT_CHALLENGES_FAILED.
 */
MUST_CHECK struct err *prove_control(struct authenticator *a, struct client *c, const struct options *opt,
				     struct acme_session *s, struct acme_order *order);

/* What it left to a reload (plugin_env) that does not come now. */
void authenticator_settle(struct authenticator *a, struct client *c);

AUTO_FREE(struct authenticator, authenticator_free)
