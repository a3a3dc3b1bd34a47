#include "client/auth/auth.h"

#include "client/install/offer.h"
#include "client/ui/prompt.h"

static struct err *open_named(struct opened **out, struct client *c, struct options *opt)
{
	const struct plugin *p = plugin_by_name(opt->authenticator);

	if (p == NULL)
		return err_new(ERR_CONFIG, "The requested %s plugin does not appear to be installed; `signet plugins` lists those that are",
			       opt->authenticator);
	if (p->authenticator == NULL)
		return err_new(ERR_CONFIG, "the %s plugin installs certificates, but cannot prove control of names", p->name);
	return opened_get(out, c, opt, p);
}

static bool can_prove(const struct plugin *p)
{
	return p->authenticator != NULL;
}

static struct err *none_named(struct opened **out, struct client *c, struct options *opt)
{
	static const struct offer_role role = {
		.question = "How would you like to authenticate with the ACME CA?",
		.flag = "--authenticator",
		.fits = can_prove,
		.none = "no authenticator can be offered; name one with -a",
		.cancelled = "no authenticator was chosen; name one with -a",
	};

	if (!prompt_possible(c->ui, true))
		return err_new(
			ERR_CONFIG,
			"no authenticator was named: use --nginx or --apache where one of them serves, --webroot -w DIR for another server, "
			"--standalone where none runs, --manual with hooks, or -a PLUGIN (`signet plugins` lists them)");
	TRY(offer_plugins(out, c, opt, &role));
	options_set_runtime(opt, &opt->authenticator, (*out)->plugin->name);
	return NULL;
}

struct err *authenticator_for(struct authenticator **out, struct client *c, struct options *opt)
{
	struct opened *o = NULL;

	TRY(opt->authenticator != NULL ? open_named(&o, c, opt) : none_named(&o, c, opt));
	struct authenticator *a = xcalloc(1, sizeof(*a));

	*a = (struct authenticator){ o->plugin, o->state, o };
	*out = a;
	return NULL;
}

void authenticator_settle(struct authenticator *a, struct client *c)
{
	opened_settle(a->open, c);
}

void authenticator_free(struct authenticator *a)
{
	if (a == NULL)
		return;
	opened_put(a->open);
	free(a);
}
