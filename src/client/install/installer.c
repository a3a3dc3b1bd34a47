#include "client/install/installer.h"

#include "client/auth/commons.h"
#include "client/ui/prompt.h"

static struct err *open_installer(struct installer **out, struct client *c, struct options *opt,
				  const struct plugin *p)
{
	AUTO(installer_free) struct installer *i = xcalloc(1, sizeof(*i));

	i->env = (struct plugin_env){ .world = c->world, .ui = c->ui, .opt = opt, .tree = c->tree, .checkpoints = { c->world, c->opt->work_dir }, .common = commons_of(c->commons, p) };
	TRY_WRAP(
		p->open(&i->state, &i->env),
		"The %s plugin is not working; there may be problems with your existing configuration",
		p->name);
	i->plugin = p;
	*out = MOVE(i);
	return NULL;
}

/* Of the visible plugins none installs: there is nothing to offer. */
static struct err *none_named(const struct client *c)
{
	if (!prompt_possible(c->ui, true))
		return err_new(
			ERR_CONFIG,
			"no installer was named: use -i PLUGIN, or get the certificate without installing "
			"it by certonly");
	return err_new(
		ERR_CONFIG,
		"signet does not know how to configure the web server on this system. It can still get a "
		"certificate: run `signet certonly`, and have the web server use its files.");
}

struct err *installer_for(struct installer **out, struct client *c, struct options *opt)
{
	if (opt->installer == NULL)
		return none_named(c);
	const struct plugin *p = plugin_by_name(opt->installer);

	if (p == NULL)
		return err_new(
			ERR_CONFIG,
			"The requested %s plugin does not appear to be installed; `signet plugins` lists those that are",
			opt->installer);
	if (p->installer == NULL)
		return err_new(
			ERR_CONFIG,
			"the %s plugin proves control of names, but cannot install certificates",
			p->name);
	return open_installer(out, c, opt, p);
}

void installer_free(struct installer *i)
{
	if (i == NULL)
		return;
	if (i->plugin != NULL)
		i->plugin->close(i->state);
	free(i);
}

struct err *installer_deploy(const struct installer *i, struct client *c,
			     const struct strlist *names, const struct deployment *files)
{
	const struct installer_ops *ops = i->plugin->installer;

	ui_emit(c->ui, EVENT_DEPLOYING,
		FIELDS(STR("installer", i->plugin->name), LIST("identifiers", names)),
		"Deploying certificate");
	for (size_t n = 0; n < names->count; n++)
		TRY_WRAP(ops->deploy(i->state, names->items[n], files), "deploying for %s",
			 names->items[n]);
	return NULL;
}

struct err *installer_rollback(const struct installer *i, int64_t checkpoints)
{
	(void)checkpoints;
	return i->plugin->installer->reread(i->state);
}
