/*
 * A plugin in use. One that is asked for twice with the same options, to prove control and to install, is opened once: it has
 * one view of its server's configuration, and one lock on it.
 */
#pragma once

#include "client/client.h"
#include "client/plugin.h"

struct opened {
	const struct plugin *plugin;
	void *state;
	struct world world; /* of the plugin: cannot be interrupted while it withdraws */
	struct plugin_env env;
	bool started; /* its server, by the plugin, for challenges alone */
	unsigned users;
	struct opened_list *list;
	struct opened *next;
};

struct opened_list *opened_list_new(void);
void opened_list_free(struct opened_list *l); /* empty by now */

/* Ready for use, or why it cannot work: ERR_MISSING when what it is for is not installed. */
MUST_CHECK struct err *opened_get(struct opened **out, struct client *c, struct options *opt,
				  const struct plugin *p);
void opened_put(struct opened *o); /* NULL: fine */
/* The reload that followed (plugin_env) does not come: its server is told now that the challenges are over. A failure is told. */
void opened_settle(struct opened *o, struct client *c);

/* What a killed run left of a change is undone; told to people. A server that knows of it is to be reloaded by whoever opens it. */
MUST_CHECK struct err *recover_configuration(struct client *c);
/* Files that were put back, and what went wrong on the way. */
void tell_restored(struct client *c, const struct checkpoint_report *r, const char *why);
/* A server that ended by what it was to take back, or did not run. */
void tell_revived(struct client *c, const struct webserver *s, enum webserver_outcome outcome);

AUTO_FREE(struct opened, opened_put)
