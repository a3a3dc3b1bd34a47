#include "client/install/offer.h"

#include "client/ui/prompt.h"

struct offer {
	const struct plugin *plugin;
	struct opened *ready; /* NULL: it cannot work here */
	struct err *wrong;    /* why */
};

struct offers {
	struct offer *items;
	size_t count;
};

static void offers_release(struct offers *l)
{
	for (size_t i = 0; i < l->count; i++) {
		opened_put(l->items[i].ready);
		err_free(l->items[i].wrong);
	}
	free(l->items);
}

AUTO_RELEASE(struct offers, offers_release)

static void make_offers(struct offers *out, struct client *c, struct options *opt,
			const struct offer_role *role)
{
	out->items = xcalloc(plugin_count, sizeof(*out->items));
	for (size_t i = 0; i < plugin_count; i++) {
		struct offer o = { .plugin = plugins[i] };

		if (o.plugin->hidden || !role->fits(o.plugin))
			continue;
		o.wrong = opened_get(&o.ready, c, opt, o.plugin);
		if (o.wrong != NULL && err_is(o.wrong, ERR_MISSING)) {
			err_free(o.wrong);
			continue;
		}
		out->items[out->count++] = o;
	}
}

static struct err *settle(struct opened **out, struct offer *o)
{
	*out = MOVE(o->ready);
	return NULL;
}

static void describe(struct strlist *out, const struct offers *l)
{
	for (size_t i = 0; i < l->count; i++)
		strlist_take(out, str_fmt("%s (%s)%s", l->items[i].plugin->description,
					  l->items[i].plugin->name,
					  l->items[i].wrong != NULL ? " [Misconfigured]" : ""));
}

static void explain(struct ui *ui, const struct offer *o)
{
	AUTO(free) char *why = err_text(o->wrong);

	ui_emit(ui, EVENT_WARNING_TEXT,
		FIELDS(STR("plugin", o->plugin->name), ERROR("error", o->wrong)), "%s", why);
}

static struct err *ask_which(struct opened **out, struct client *c, const struct offer_role *role,
			     struct offers *l)
{
	const struct question q = {
		.text = role->question,
		.flag = role->flag,
		.safe = true,
	};
	AUTO(strlist_release) struct strlist items = { 0 };
	size_t choice = 0;

	describe(&items, l);
	for (;;) {
		TRY(prompt_menu(c->ui, &choice, &q, &items, -1));
		if (choice == PROMPT_CANCELLED)
			return err_new(ERR_CONFIG, "%s", role->cancelled);
		if (l->items[choice].wrong == NULL)
			return settle(out, &l->items[choice]);
		explain(c->ui, &l->items[choice]);
	}
}

struct err *offer_plugins(struct opened **out, struct client *c, struct options *opt,
			  const struct offer_role *role)
{
	AUTO(offers_release) struct offers l = { 0 };

	make_offers(&l, c, opt, role);
	if (l.count == 0)
		return err_new(ERR_CONFIG, "%s", role->none);
	if (l.count == 1 && l.items[0].wrong == NULL)
		return settle(out, &l.items[0]);
	return ask_which(out, c, role, &l);
}
