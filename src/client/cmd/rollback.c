#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/install/installer.h"

/* A server that is here, but does not load its configuration: that may be what is to be taken back. */
static bool is_unloadable(const struct client *c, const struct err *e)
{
	const struct plugin *p = c->opt->installer != NULL ? plugin_by_name(c->opt->installer)
							   : NULL;

	return err_is(e, ERR_CONFIG) && p != NULL && p->installer != NULL && p->server != NULL;
}

static struct err *rollback(struct client *c)
{
	AUTO(installer_free) struct installer *installer = NULL;
	struct err *e = installer_for(&installer, c, c->opt);

	if (is_unloadable(c, e))
		return rollback_unloadable(c, c->opt->checkpoints, e);
	TRY(e);
	return installer_rollback(installer, c, c->opt->checkpoints);
}

const struct subcommand subcommand_rollback = {
	.name = "rollback",
	.summary = "Undo changes to a server's configuration",
	.needs_tree = true,
	.run = rollback,
};
