#include "client/auth/auth.h"

#include "base/buf.h"
#include "base/limits.h"
#include "client/ui/prompt.h"

/* A plugin that is ready, or why it is not. */
static struct err *open_plugin(struct authenticator **out, struct client *c, struct options *opt, const struct plugin *p)
{
	AUTO(authenticator_free) struct authenticator *a = xcalloc(1, sizeof(*a));

	a->world = *c->world;
	a->env = (struct plugin_env){ .world = &a->world, .ui = c->ui, .opt = opt, .tree = c->tree };
	TRY_WRAP(p->open(&a->state, &a->env), "The %s plugin is not working; there may be problems with your existing configuration",
		 p->name);
	a->plugin = p;
	*out = MOVE(a);
	return NULL;
}

static struct err *open_named(struct authenticator **out, struct client *c, struct options *opt)
{
	const struct plugin *p = plugin_by_name(opt->authenticator);

	if (p == NULL)
		return err_new(ERR_CONFIG, "The requested %s plugin does not appear to be installed; `signet plugins` lists those that are",
			       opt->authenticator);
	if (p->authenticator == NULL)
		return err_new(ERR_CONFIG, "the %s plugin installs certificates, but cannot prove control of names", p->name);
	return open_plugin(out, c, opt, p);
}

static struct err *ask_which(struct client *c, struct options *opt)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	AUTO(strlist_release) struct strlist items = { 0 };
	bool cancelled = false;
	size_t choice = 0;

	for (size_t i = 0; i < plugin_count; i++) {
		if (plugins[i]->hidden || plugins[i]->authenticator == NULL)
			continue;
		strlist_add(&names, plugins[i]->name);
		strlist_take(&items, str_fmt("%s (%s)", plugins[i]->description, plugins[i]->name));
	}
	TRY(prompt_menu(c->ui, &choice, &cancelled, "How would you like to authenticate with the ACME CA?", &items, -1,
			"--authenticator"));
	if (cancelled || choice >= names.count)
		return err_new(ERR_CONFIG, "no authenticator was chosen; name one with -a");
	options_set_runtime(opt, &opt->authenticator, names.items[choice]);
	return NULL;
}

struct err *authenticator_for(struct authenticator **out, struct client *c, struct options *opt)
{
	if (opt->authenticator == NULL && !prompt_possible(c->ui))
		return err_new(ERR_CONFIG, "no authenticator was named: use --standalone, --webroot, --manual or -a PLUGIN");
	if (opt->authenticator == NULL)
		TRY(ask_which(c, opt));
	return open_named(out, c, opt);
}

void authenticator_free(struct authenticator *a)
{
	if (a == NULL)
		return;
	if (a->plugin != NULL)
		a->plugin->close(a->state);
	free(a);
}
