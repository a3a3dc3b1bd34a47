#include "client/install/auto_hsts.h"

#include "client/cmd/ahead.h"
#include "client/install/installer.h"

static struct err *raise_by(struct client *c, struct options *opt)
{
	static const struct strlist none = { 0 };
	static const struct deployment no_files = { 0 };
	AUTO(installer_free) struct installer *i = NULL;

	TRY(installer_for(&i, c, opt));
	TRY(i->ops->auto_hsts->update(i->open->state));
	return installer_commit(i, c, &(struct installation){ .names = &none, .files = &no_files },
				"Increased HSTS max-age values");
}

/* The first lineage that this plugin has installed; none of this run: left to another one. */
static struct err *raise_in(struct client *c, const struct plugin *p, const struct strlist *names)
{
	for (size_t i = 0; i < names->count; i++) {
		AUTO(ahead_release) struct ahead a = { 0 };

		ahead_read(&a, c, NULL, names->items[i]);
		if (a.broken == NULL && a.opt->installer != NULL &&
		    streq(a.opt->installer, p->name) && !a.opt->disable_renew_updates)
			return raise_by(c, a.opt);
	}
	return NULL;
}

struct err *auto_hsts_raise(struct client *c, const struct strlist *names)
{
	for (size_t i = 0; i < plugin_count; i++) {
		const struct installer_ops *ops = plugins[i]->installer;
		bool owed = false;

		if (ops == NULL || ops->auto_hsts == NULL || c->opt->dry_run)
			continue;
		TRY(ops->auto_hsts->owed(&owed, c->opt, world_now(c->world)));
		if (owed)
			TRY(raise_in(c, plugins[i], names));
	}
	return NULL;
}
