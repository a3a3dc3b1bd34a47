#include "acme/account.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/order/account.h"
#include "client/order/ca.h"

static struct err *contacts_text(char **out, struct strlist *mails, struct acme_session *s)
{
	static const char scheme[] = "mailto:";
	char **contacts = NULL;
	size_t count = 0;

	TRY(acme_account_contacts(s, &contacts, &count));
	for (size_t i = 0; i < count; i++) {
		if (str_starts(contacts[i], scheme))
			strlist_take(mails, str_printable(contacts[i] + sizeof(scheme) - 1, 256));
		free(contacts[i]);
	}
	free(contacts);
	AUTO(free) char *joined = strlist_join(mails, ", ");

	*out = mails->count == 0 ? xstrdup("Email contact: none")
				 : str_fmt("Email contact%s: %s", mails->count > 1 ? "s" : "", joined);
	return NULL;
}

static struct err *show(struct client *c)
{
	AUTO(strlist_release) struct strlist mails = { 0 };
	AUTO(free) char *mail_line = NULL;
	struct ca *ca = NULL;

	TRY(ca_open_existing(&ca, c, c->opt));
	TRY(contacts_text(&mail_line, &mails, ca->session));
	ui_emit(c->ui, EVENT_ACCOUNT_SHOWN,
		FIELDS(STR("server", ca->server), STR("id", ca->account->id), STR("url", ca->account->url),
		       STR("thumbprint", ca->account->signer->thumbprint), LIST("contacts", &mails)),
		"Account details for server %s:\n  Account URL: %s\n  Account Thumbprint: %s\n  %s", ca->server, ca->account->url,
		ca->account->signer->thumbprint, mail_line);
	return NULL;
}

const struct subcommand subcommand_show_account = {
	.name = "show_account",
	.summary = "Display the account's details",
	.needs_tree = true,
	.run = show,
};
