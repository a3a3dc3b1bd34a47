#include "client/auth/offer.h"

#include "client/ui/prompt.h"

struct offer {
	const struct plugin *plugin;
	struct authenticator *ready; /* NULL: it cannot work here */
	struct err *wrong;           /* why */
};

struct offers {
	struct offer *items;
	size_t count;
};

static void offers_release(struct offers *l)
{
	for (size_t i = 0; i < l->count; i++) {
		authenticator_free(l->items[i].ready);
		err_free(l->items[i].wrong);
	}
	free(l->items);
}

AUTO_RELEASE(struct offers, offers_release)

static void make_offers(struct offers *out, struct client *c, struct options *opt)
{
	out->items = xcalloc(plugin_count, sizeof(*out->items));
	for (size_t i = 0; i < plugin_count; i++) {
		struct offer *o = &out->items[out->count];

		if (plugins[i]->hidden || plugins[i]->authenticator == NULL)
			continue;
		o->plugin = plugins[i];
		o->wrong = authenticator_open(&o->ready, c, opt, o->plugin);
		out->count++;
	}
}

static struct err *settle(struct authenticator **out, struct options *opt, struct offer *o)
{
	options_set_runtime(opt, &opt->authenticator, o->plugin->name);
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

static struct err *ask_which(struct authenticator **out, struct client *c, struct options *opt,
			     struct offers *l)
{
	static const struct question q = {
		.text = "How would you like to authenticate with the ACME CA?",
		.flag = "--authenticator",
		.safe = true,
	};
	AUTO(strlist_release) struct strlist items = { 0 };
	size_t choice = 0;

	describe(&items, l);
	for (;;) {
		TRY(prompt_menu(c->ui, &choice, &q, &items, -1));
		if (choice == PROMPT_CANCELLED)
			return err_new(ERR_CONFIG, "no authenticator was chosen; name one with -a");
		if (l->items[choice].wrong == NULL)
			return settle(out, opt, &l->items[choice]);
		explain(c->ui, &l->items[choice]);
	}
}

struct err *offer_authenticators(struct authenticator **out, struct client *c, struct options *opt)
{
	AUTO(offers_release) struct offers l = { 0 };

	make_offers(&l, c, opt);
	if (l.count == 1 && l.items[0].wrong == NULL)
		return settle(out, opt, &l.items[0]);
	return ask_which(out, c, opt, &l);
}
