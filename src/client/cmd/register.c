#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/order/ca.h"

static struct err *register_account(struct client *c)
{
	AUTO(strlist_release) struct strlist ids = { 0 };
	struct ca *ca = NULL;

	TRY(accounts_list(&ids, c->tree, c->opt->server));
	if (ids.count > 0)
		return err_new(ERR_CONFIG, "There is an existing account; registration of a duplicate account with this command is "
			       "currently unsupported. `signet show_account` shows it.");
	return ca_open_with_account(&ca, c, c->opt);
}

const struct subcommand subcommand_register = {
	.name = "register",
	.summary = "Create an ACME account",
	.needs_tree = true,
	.run = register_account,
};
