#include "acme/account.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/order/ca.h"
#include "client/ui/prompt.h"

static struct err *confirm(struct client *c)
{
	static const char *const labels[2] = { "Deactivate", "Abort" };
	static const struct question q = {
		.text = "Are you sure you would like to irrevocably deactivate your account?",
	};
	bool yes = false;

	TRY(prompt_either(c->ui, &yes, &q, labels, PROMPT_YES));
	return yes ? NULL : err_new(ERR_CONFIG, "Deactivation aborted.");
}

/* A run that was killed may have deactivated it: then the CA takes nothing signed by it, and says so again when it is looked up. */
static struct err *deactivate(struct acme_session *s)
{
	struct err *e = acme_account_deactivate(s);
	bool found = true;

	if (e == NULL || !err_has_type(e, "unauthorized"))
		return e;
	AUTO(err_free) struct err *lookup = acme_account_find(s, &found);

	if (lookup != NULL ? !err_has_type(lookup, "unauthorized") : found)
		return e;
	err_ignore(e);
	return NULL;
}

static struct err *unregister(struct client *c)
{
	AUTO(strlist_release) struct strlist ids = { 0 };
	struct ca *ca = NULL;

	TRY(accounts_settle(c->tree, c->opt->server));
	TRY(accounts_list(&ids, c->tree, c->opt->server));
	if (ids.count > 0)
		TRY(confirm(c));
	TRY(ca_open_existing(&ca, c, c->opt));
	TRY(deactivate(ca->session));
	TRY(account_remove(c->tree, ca->server, ca->account->id));
	ui_emit(c->ui, EVENT_ACCOUNT_DEACTIVATED,
		FIELDS(STR("server", ca->server), STR("id", ca->account->id),
		       STR("url", ca->account->url)),
		"Account deactivated.");
	return NULL;
}

const struct subcommand subcommand_unregister = {
	.name = "unregister",
	.summary = "Deactivate the account, for ever",
	.needs_tree = true,
	.run = unregister,
};
