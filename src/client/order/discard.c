#include "client/order/discard.h"

#include "client/lineage/remove.h"
#include "client/order/journal.h"
#include "client/order/setback.h"

static struct err *remove_journal(struct client *c, const char *name)
{
	AUTO(journal_free) struct journal *j = NULL;

	TRY(journal_open(&j, c, name));
	return j != NULL ? journal_remove(j) : NULL;
}

static void warn_of_sharing(struct client *c, const char *name, const char *other)
{
	ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(STR("lineage", name)),
		"The archive directory of %s is that of %s too, and stays.", name, other);
}

struct err *discard_certificate(struct client *c, const char *name)
{
	AUTO(free) char *shared_with = NULL;

	TRY(lineage_check_name(name));
	TRY(remove_journal(c, name));
	TRY(setback_forget(c->tree, name));
	TRY(lineage_remove(&shared_with, c->tree, name));
	if (shared_with != NULL)
		warn_of_sharing(c, name, shared_with);
	ui_emit(c->ui, EVENT_CERTIFICATE_DELETED, FIELDS(STR("lineage", name)),
		"Deleted all files relating to certificate %s.", name);
	return NULL;
}
