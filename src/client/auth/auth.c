#include "client/auth/auth.h"

#include "client/auth/commons.h"
#include "client/auth/offer.h"

struct err *authenticator_open(struct authenticator **out, struct client *c, struct options *opt, const struct plugin *p)
{
	AUTO(authenticator_free) struct authenticator *a = xcalloc(1, sizeof(*a));

	a->world = *c->world;
	a->env = (struct plugin_env){ .world = &a->world,
				      .ui = c->ui,
				      .opt = opt,
				      .tree = c->tree,
				      .checkpoints = { &a->world, c->opt->work_dir },
				      .common = commons_of(c->commons, p) };
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
	return authenticator_open(out, c, opt, p);
}

struct err *authenticator_for(struct authenticator **out, struct client *c, struct options *opt)
{
	if (opt->authenticator != NULL)
		return open_named(out, c, opt);
	if (!prompt_possible(c->ui, true))
		return err_new(ERR_CONFIG, "no authenticator was named: use --standalone, --webroot, --manual or -a PLUGIN");
	return offer_authenticators(out, c, opt);
}

void authenticator_free(struct authenticator *a)
{
	if (a == NULL)
		return;
	if (a->plugin != NULL)
		a->plugin->close(a->state);
	free(a);
}
