#include "base/limits.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/lineage/pick.h"
#include "client/order/discard.h"
#include "client/ui/prompt.h"

static struct err *confirm(bool *yes, struct client *c, const struct strlist *names)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_MIB(16));

	buf_adds(&text, "The following certificate(s) are selected for deletion:\n\n");
	for (size_t i = 0; i < names->count; i++) {
		AUTO(free) char *shown = str_printable(names->items[i], LIMIT_KIB(1));

		buf_addf(&text, "  * %s\n", shown);
	}
	buf_adds(
		&text,
		"\nA server that is still using one of them will not start again without its files. Make sure\n"
		"that none does before you go on.\n\n"
		"Are you sure you want to delete the above certificate(s)?");
	TRY(buf_check(&text, "list of certificates"));
	return prompt_yes_no(c->ui, yes, &(struct question){ .text = buf_str(&text) }, PROMPT_YES);
}

static struct err *delete_certificates(struct client *c)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	bool yes = false;

	TRY(lineage_pick_some(&names, c, "Which certificate(s) would you like to delete?"));
	TRY(confirm(&yes, c, &names));
	if (!yes) {
		ui_emit(c->ui, EVENT_INFO_TEXT, NO_FIELDS, "Deletion of certificate(s) canceled.");
		return NULL;
	}
	for (size_t i = 0; i < names.count; i++)
		TRY(discard_certificate(c, names.items[i]));
	return NULL;
}

const struct subcommand subcommand_delete = {
	.name = "delete",
	.summary = "Delete a certificate and all its files",
	.needs_tree = true,
	.run = delete_certificates,
};
