#include "client/install/mentions.h"

#include "client/lineage/lineage.h"
#include "client/lineage/place.h"
#include "srv/mention.h"

struct err *readers_open(struct readers *out, struct client *c)
{
	for (size_t i = 0; i < plugin_count; i++) {
		const struct plugin *p = plugins[i];
		struct opened *o = NULL;

		if (p->installer == NULL || p->installer->mentions == NULL)
			continue;
		struct err *e = opened_get(&o, c, c->opt, p);

		if (e != NULL && err_is(e, ERR_INTERRUPTED))
			return e;
		err_ignore(e);
		if (o == NULL)
			continue;
		out->items = xrealloc(out->items, out->count + 1, sizeof(struct opened *));
		out->items[out->count++] = o;
	}
	return NULL;
}

/* A broken one has the usual places. */
static void add_directories(struct strlist *out, const struct client *c, const char *lineage)
{
	AUTO(lineage_free) struct lineage *l = NULL, *usual = place_of(c->tree, lineage);

	err_ignore(lineage_load(&l, c->tree, lineage));
	const struct lineage *of = l != NULL ? l : usual;

	strlist_add(out, of->live_dir);
	strlist_add(out, of->archive_dir);
}

void readers_find(struct strlist *out, const struct readers *r, const struct client *c,
		  const char *lineage)
{
	AUTO(strlist_release) struct strlist dirs = { 0 };
	const struct mentions m = { &dirs, out };

	add_directories(&dirs, c, lineage);
	for (size_t i = 0; i < r->count; i++)
		err_ignore(r->items[i]->plugin->installer->mentions(r->items[i]->state, &m));
}

void mentions_warn(struct client *c, const char *lineage, const struct strlist *places)
{
	AUTO(free) char *list = strlist_join(places, ", ");

	if (places->count > 0)
		ui_emit(c->ui, EVENT_WARNING_TEXT,
			FIELDS(STR("lineage", lineage), LIST("files", places)),
			"%s is named by a server's configuration, which cannot be loaded without its files: %s. Take these lines "
			"out, or have them name another certificate.",
			lineage, list);
}

void readers_close(struct readers *r)
{
	for (size_t i = 0; i < r->count; i++)
		opened_put(r->items[i]);
	free(r->items);
	*r = (struct readers){ 0 };
}
