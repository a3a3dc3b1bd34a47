#include "client/install/shown.h"

#include "srv/keep.h"
#include "srv/vouch.h"

static struct err *look(struct bystander *one, const struct installer *i, const struct client *c)
{
	AUTO(endpoints_release) struct endpoints at = { 0 };
	AUTO(free) bool *good = NULL;

	TRY(i->ops->endpoints(i->open->state, one->name, &at));
	TRY(keep_note(&good, c->world, &at));
	for (size_t n = 0; n < at.count; n++)
		one->served |= good[n];
	one->unknown = false;
	return NULL;
}

struct err *shown_find(struct bystanders *b, const struct installer *i, const struct client *c,
		       const struct installation *what)
{
	for (size_t n = 0; n < b->count; n++) {
		struct bystander *one = &b->items[n];

		if (one->unknown && !one->served && one->displaced &&
		    !names_hold(what->files->names, one->name))
			TRY(look(one, i, c));
	}
	return NULL;
}
