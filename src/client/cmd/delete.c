#include <stdlib.h>

#include "base/limits.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/install/mentions.h"
#include "client/lineage/pick.h"
#include "client/order/discard.h"
#include "client/ui/prompt.h"

/* Of the servers here; of others nobody knows. */
struct uses {
	struct strlist *places; /* of each name */
	size_t count;
};

static void uses_release(struct uses *u)
{
	for (size_t i = 0; i < u->count; i++)
		strlist_release(&u->places[i]);
	free(u->places);
}

AUTO_RELEASE(struct uses, uses_release)

static struct err *find_uses(struct uses *out, struct client *c, const struct strlist *names)
{
	AUTO(readers_close) struct readers servers = { 0 };

	TRY(readers_open(&servers, c));
	out->places = xcalloc(names->count + 1, sizeof(*out->places));
	for (; out->count < names->count; out->count++)
		readers_find(&out->places[out->count], &servers, c, names->items[out->count]);
	return NULL;
}

static struct err *confirm(bool *yes, struct client *c, const struct strlist *names,
			   const struct uses *uses)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_MIB(16));

	buf_adds(&text, "The following certificate(s) are selected for deletion:\n\n");
	for (size_t i = 0; i < names->count; i++) {
		AUTO(free) char *shown = str_printable(names->items[i], LIMIT_KIB(1));

		buf_addf(&text, "  * %s\n", shown);
		for (size_t n = 0; n < uses->places[i].count; n++)
			buf_addf(&text, "    NAMED BY A SERVER: %s\n", uses->places[i].items[n]);
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
	AUTO(uses_release) struct uses uses = { 0 };
	bool yes = false;

	TRY(lineage_pick_some(&names, c, "Which certificate(s) would you like to delete?"));
	TRY(find_uses(&uses, c, &names));
	TRY(confirm(&yes, c, &names, &uses));
	if (!yes) {
		ui_emit(c->ui, EVENT_INFO_TEXT, NO_FIELDS, "Deletion of certificate(s) canceled.");
		return NULL;
	}
	for (size_t i = 0; i < names.count; i++) {
		mentions_warn(c, names.items[i], &uses.places[i]);
		TRY(discard_certificate(c, names.items[i]));
	}
	return NULL;
}

const struct subcommand subcommand_delete = {
	.name = "delete",
	.summary = "Delete a certificate and all its files",
	.needs_tree = true,
	.run = delete_certificates,
};
