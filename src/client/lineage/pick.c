#include "client/lineage/pick.h"

#include "client/lineage/lineage.h"
#include "client/ui/prompt.h"

static struct err *those_there(struct strlist *names, const struct client *c)
{
	TRY(lineage_names(names, c->tree));
	return names->count > 0 ? NULL : err_new(ERR_CONFIG, "No existing certificates found.");
}

static struct err *cancelled(void)
{
	return err_new(ERR_CONFIG, "User ended interaction.");
}

struct err *lineage_pick_one(char **name, struct client *c, const char *text)
{
	AUTO(strlist_release) struct strlist there = { 0 };
	const struct question q = { .text = text, .flag = "--cert-name", .safe = true };
	size_t choice = 0;

	if (c->opt->cert_name != NULL) {
		*name = xstrdup(c->opt->cert_name);
		return NULL;
	}
	TRY(those_there(&there, c));
	TRY(prompt_menu(c->ui, &choice, &q, &there, -1));
	if (choice == PROMPT_CANCELLED)
		return cancelled();
	*name = xstrdup(there.items[choice]);
	return NULL;
}

struct err *lineage_pick_some(struct strlist *names, struct client *c, const char *text)
{
	AUTO(strlist_release) struct strlist there = { 0 };
	const struct question q = { .text = text, .flag = "--cert-name", .safe = true };

	if (c->opt->cert_name != NULL) {
		strlist_add(names, c->opt->cert_name);
		return NULL;
	}
	TRY(those_there(&there, c));
	TRY(prompt_checklist(c->ui, names, &q, &there));
	return names->count > 0 ? NULL : cancelled();
}
