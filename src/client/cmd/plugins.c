/* plugins: what can prove control and install, and whether it can work here (certbot.md 13.8). */
#include "base/limits.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/install/opened.h"

static bool is_wanted(const struct options *opt, const struct plugin *p)
{
	if (p->hidden)
		return false;
	if (opt->plugins_authenticators || opt->plugins_installers)
		return (opt->plugins_authenticators && p->authenticator != NULL) ||
		       (opt->plugins_installers && p->installer != NULL);
	return true;
}

static void interfaces_of(struct strlist *out, const struct plugin *p)
{
	if (p->authenticator != NULL)
		strlist_add(out, "Authenticator");
	if (p->installer != NULL)
		strlist_add(out, "Installer");
	strlist_add(out, "Plugin");
}

/* Why it cannot work here; NULL: it can. Whoever opens it asks no questions: there is nothing to prove yet. */
static struct err *try_out(struct client *c, const struct plugin *p)
{
	AUTO(opened_put) struct opened *o = NULL;

	return opened_get(&o, c, c->opt, p);
}

static void add_state(struct buf *out, const struct options *opt, const struct err *failure)
{
	AUTO(free) char *why = failure != NULL ? err_text(failure) : NULL;

	if (opt->plugins_init || opt->plugins_prepare)
		buf_adds(out, "Initialized: True\n");
	if (opt->plugins_prepare)
		buf_addf(out, "Prep: %s\n", why != NULL ? why : "True");
}

static void add_plugin(struct buf *out, struct client *c, const struct plugin *p)
{
	AUTO(err_free) struct err *failure = c->opt->plugins_prepare ? try_out(c, p) : NULL;
	AUTO(strlist_release) struct strlist interfaces = { 0 };

	interfaces_of(&interfaces, p);
	AUTO(free) char *joined = strlist_join(&interfaces, ", ");

	buf_addf(out, "%s* %s\nDescription: %s\nInterfaces: %s\nEntry point: built in\n",
		 out->len > 0 ? "\n" : "", p->name, p->description, joined);
	add_state(out, c->opt, failure);
	ui_emit(c->ui, EVENT_PLUGIN_LISTED,
		FIELDS(STR("name", p->name), STR("description", p->description),
		       LIST("interfaces", &interfaces), BOOL("usable", failure == NULL),
		       ERROR("error", failure)),
		NULL);
}

static struct err *list_plugins(struct client *c)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_MIB(1));
	static const char nothing[] = "No plugins";
	int64_t count = 0;

	for (size_t i = 0; i < plugin_count; i++) {
		if (!is_wanted(c->opt, plugins[i]))
			continue;
		add_plugin(&text, c, plugins[i]);
		count++;
	}
	int shown = text.len > 0 ? (int)text.len - 1 : 0; /* without the last line end */

	ui_emit(c->ui, EVENT_PLUGINS_LISTED, FIELDS(INT("count", count)), "%.*s",
		count > 0 ? shown : (int)sizeof(nothing) - 1, count > 0 ? buf_str(&text) : nothing);
	return NULL;
}

const struct subcommand subcommand_plugins = {
	.name = "plugins",
	.summary = "List the plugins",
	.needs_tree = true,
	.may_run_unlocked = true,
	.run = list_plugins,
};
