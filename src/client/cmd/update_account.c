#include "acme/account.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/order/ca.h"
#include "client/order/contact.h"

static struct err *set_contacts(struct acme_session *s, const struct options *opt)
{
	AUTO(strlist_release) struct strlist contacts = { 0 };

	contacts_of(&contacts, opt);
	return acme_account_set_contacts(s, (const char *const *)contacts.items, contacts.count);
}

static struct err *update_account(struct client *c)
{
	struct options *opt = c->opt;
	struct ca *ca = NULL;

	TRY(ca_open_existing(&ca, c, opt));
	if (opt->email == NULL && !opt->register_without_email)
		TRY(contact_demand(c, opt, NULL));
	struct err *refused = set_contacts(ca->session, opt);

	while (refused != NULL && contact_is_refused(c, refused)) {
		AUTO(err_free) struct err *why = MOVE(refused);

		TRY(contact_demand(c, opt, why));
		refused = set_contacts(ca->session, opt);
	}
	TRY(refused);
	AUTO(free)
	char *said =
		opt->email != NULL && *opt->email != '\0'
			? str_fmt("Your e-mail address was updated to %s.", opt->email)
			: xstrdup("Any contact information associated with this account has been removed.");

	ui_emit(c->ui, EVENT_ACCOUNT_UPDATED,
		FIELDS(STR("id", ca->account->id), STR("url", ca->account->url),
		       STR("email", opt->email)),
		"%s", said);
	return NULL;
}

const struct subcommand subcommand_update_account = {
	.name = "update_account",
	.summary = "Change the account's e-mail addresses",
	.needs_tree = true,
	.run = update_account,
};
