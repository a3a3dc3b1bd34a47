#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/install/installer.h"

static struct err *rollback(struct client *c)
{
	AUTO(installer_free) struct installer *installer = NULL;

	TRY(installer_for(&installer, c, c->opt));
	return installer_rollback(installer, c, c->opt->checkpoints);
}

const struct subcommand subcommand_rollback = {
	.name = "rollback",
	.summary = "Undo changes to a server's configuration",
	.needs_tree = true,
	.run = rollback,
};
