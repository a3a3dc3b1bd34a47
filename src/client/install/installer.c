#include "client/install/installer.h"

#include <string.h>

#include "base/limits.h"
#include "client/install/offer.h"
#include "client/ui/prompt.h"
#include "srv/prove.h"
#include "srv/transaction.h"

static struct err *of_plugin(struct installer **out, struct opened *o)
{
	struct installer *i = xcalloc(1, sizeof(*i));

	i->open = o;
	i->ops = o->plugin->installer;
	*out = i;
	return NULL;
}

static bool can_install(const struct plugin *p)
{
	return p->installer != NULL;
}

static bool can_do_both(const struct plugin *p)
{
	return p->installer != NULL && p->authenticator != NULL;
}

static struct err *none_named(struct opened **out, struct client *c, struct options *opt)
{
	static const struct offer_role role = {
		.question = "How would you like to install certificates?",
		.flag = "--installer",
		.fits = can_install,
		.none = "signet does not know how to configure the web server on this system. It can still get a "
			"certificate: run `signet certonly`, and have the web server use its files.",
		.cancelled = "no installer was chosen; name one with -i",
	};

	if (!prompt_possible(c->ui, true))
		return err_new(
			ERR_CONFIG,
			"no installer was named: use --nginx, --apache or -i PLUGIN (`signet plugins` lists them). To get a "
			"certificate without installing it: certonly with --webroot -w DIR, --standalone, or -a PLUGIN");
	TRY(offer_plugins(out, c, opt, &role));
	options_set_runtime(opt, &opt->installer, (*out)->plugin->name);
	return NULL;
}

struct err *choose_configurator(struct client *c, struct options *opt)
{
	static const struct offer_role role = {
		.question = "How would you like to authenticate and install certificates?",
		.flag = "--configurator",
		.fits = can_do_both,
		.none = "signet does not know how to configure the web server on this system. It can still get a "
			"certificate: run `signet certonly`, and have the web server use its files.",
		.cancelled = "no plugin was chosen; name one with -a and -i",
	};
	AUTO(opened_put) struct opened *o = NULL;

	if (opt->authenticator != NULL || opt->installer != NULL || !prompt_possible(c->ui, true))
		return NULL;
	TRY(offer_plugins(&o, c, opt, &role));
	options_set_runtime(opt, &opt->authenticator, o->plugin->name);
	options_set_runtime(opt, &opt->installer, o->plugin->name);
	return NULL;
}

static struct err *named(struct opened **out, struct client *c, struct options *opt)
{
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
	return opened_get(out, c, opt, p);
}

struct err *installer_for(struct installer **out, struct client *c, struct options *opt)
{
	struct opened *o = NULL;

	TRY(opt->installer != NULL ? named(&o, c, opt) : none_named(&o, c, opt));
	return of_plugin(out, o);
}

void installer_free(struct installer *i)
{
	if (i == NULL)
		return;
	opened_put(i->open);
	free(i);
}

struct err *installer_check_path(const struct installer *i, const char *path)
{
	const char *unnamable = i->ops->unnamable;
	const char *at = unnamable != NULL ? strpbrk(path, unnamable) : NULL;

	if (at == NULL)
		return NULL;
	return err_new(
		ERR_CONFIG,
		"no configuration of %s can name the file %s, for its '%c': give another name with --cert-name or another --config-dir",
		i->open->plugin->name, path, *at);
}

bool installer_is_behind_another(const struct installer *i)
{
	return i->ops->behind_another != NULL && i->ops->behind_another(i->open->state);
}

struct deployment deployment_of(const struct lineage *l)
{
	return (struct deployment){
		.cert = l->live[KIND_CERT],
		.key = l->live[KIND_PRIVKEY],
		.chain = l->live[KIND_CHAIN],
		.fullchain = l->live[KIND_FULLCHAIN],
	};
}

static void tell_step(void *ctx, enum transaction_step step)
{
	static const char *const texts[] = {
		[STEP_WRITE] = "Writing the server's configuration",
		[STEP_TEST] = "Having the server test its configuration",
		[STEP_RELOAD] = "Reloading the server",
		[STEP_PROVE] = "Looking at what the server shows",
		[STEP_FINISH] = "Keeping the checkpoint",
		[STEP_UNDO] = "Undoing the change of the server's configuration",
	};
	struct client *c = ctx;

	ui_emit(c->ui, step == STEP_UNDO ? EVENT_WARNING_TEXT : EVENT_INFO_TEXT, NO_FIELDS, "%s",
		texts[step]);
}

static bool has_file(const struct endpoints *at, const char *fullchain)
{
	for (size_t i = 0; i < at->count && fullchain != NULL; i++)
		if (at->items[i].fullchain != NULL && streq(at->items[i].fullchain, fullchain))
			return true;
	return false;
}

/* A wildcard covers sites that have other certificates too. */
static struct err *add_if_installed(struct endpoints *out, const struct installer *i,
				    const struct installation *what, const char *name)
{
	AUTO(endpoints_release) struct endpoints at = { 0 };

	TRY(i->ops->endpoints(i->open->state, name, &at));
	return has_file(&at, what->files->fullchain) ? i->ops->endpoints(i->open->state, name, out)
						     : NULL;
}

static struct err *add_covered(struct endpoints *out, const struct installer *i,
			       const struct installation *what, const char *wildcard)
{
	AUTO(sites_release) struct sites covered = { 0 };

	if (i->ops->covered == NULL || !str_starts(wildcard, "*."))
		return NULL;
	TRY(i->ops->covered(i->open->state, wildcard, &covered));
	for (size_t s = 0; s < covered.count; s++)
		for (size_t n = 0; n < covered.items[s].names.count; n++)
			TRY(add_if_installed(out, i, what, covered.items[s].names.items[n]));
	return NULL;
}

/* Where each name is to show the certificate. */
static struct err *endpoints_of(struct endpoints *out, const struct installer *i,
				const struct installation *what)
{
	for (size_t n = 0; n < what->names->count; n++) {
		TRY(i->ops->endpoints(i->open->state, what->names->items[n], out));
		TRY(add_covered(out, i, what, what->names->items[n]));
	}
	return NULL;
}

static void tell_not_running(struct client *c, const struct webserver *s)
{
	ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(STR("server", s->name)),
		"%s does not run: it takes its new configuration, which it has tested, when it is started",
		s->name);
}

static void tell_started(struct client *c, const struct webserver *s)
{
	ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(STR("server", s->name)),
		"%s did not run, and was started", s->name);
}

static void tell_changed(struct client *c, const struct installer *i, const struct transaction *t)
{
	AUTO(strlist_release) struct strlist paths = { 0 };

	if (t->change != NULL)
		change_paths(t->change, &paths);
	ui_emit(c->ui, EVENT_SERVER_CHANGED,
		FIELDS(STR("installer", i->open->plugin->name), STR("title", t->title),
		       LIST("files", &paths)),
		NULL);
}

static struct err *transact(enum webserver_outcome *outcome, const struct installer *i,
			    struct client *c, const struct transaction *t)
{
	TRY(transaction_run(t, outcome));
	if (*outcome == WEBSERVER_NOT_RUNNING)
		tell_not_running(c, t->server);
	if (*outcome == WEBSERVER_STARTED)
		tell_started(c, t->server);
	tell_changed(c, i, t);
	return NULL;
}

struct undertaking {
	const struct change *change;   /* may be NULL */
	const struct endpoints *prove; /* may be NULL */
	const struct endpoints *keep;  /* may be NULL */
	const char *title;
};

static struct err *carry_out(enum webserver_outcome *outcome, const struct installer *i,
			     struct client *c, const struct undertaking *u)
{
	const struct opened *o = i->open;
	const struct transaction t = { .checkpoints = &o->env.checkpoints,
				       .server = o->plugin->server(o->state),
				       .change = u->change,
				       .title = u->title,
				       .prove = u->prove,
				       .keep = u->keep,
				       .http_port = (unsigned)o->env.opt->http01_port,
				       .tell = tell_step,
				       .ctx = c };
	struct err *e = transact(outcome, i, c, &t);
	struct err *stale = i->ops->reread(o->state);

	if (e == NULL) {
		i->open->started = false; /* it goes on, with what it was given */
		return stale;
	}
	err_ignore(stale);
	return e;
}

/* Sockets of single addresses go before those of all. */
static void tell_elsewhere(struct client *c, const struct installation *what,
			   const struct endpoints *at)
{
	AUTO(strlist_release) struct strlist places = { 0 };
	AUTO(free) char *names = strlist_join(what->names, ", ");

	for (size_t i = 0; i < at->elsewhere.count; i++)
		(void)strlist_add_unique(&places, at->elsewhere.items[i]);
	AUTO(free) char *text = strlist_join(&places, ", ");

	if (places.count > 0)
		ui_emit(c->ui, EVENT_NOTICE_TEXT, NO_FIELDS,
			"What comes to %s comes to others, which do not have all of %s", text, names);
}

struct err *installer_commit(const struct installer *i, struct client *c,
			     const struct installation *what, const char *title)
{
	const struct opened *o = i->open;
	AUTO(endpoints_release) struct endpoints at = { 0 }, kept = { 0 };
	const struct change *change = NULL;
	enum webserver_outcome outcome;

	if (o->env.opt->dry_run || o->plugin->server == NULL)
		return NULL;
	TRY(i->ops->plan(o->state, &change));
	TRY(endpoints_of(&at, i, what));
	for (size_t n = 0; what->kept != NULL && n < what->kept->count; n++)
		TRY(i->ops->endpoints(o->state, what->kept->items[n], &kept));
	TRY(carry_out(&outcome, i, c, &(struct undertaking){ change, &at, &kept, title }));
	tell_elsewhere(c, what, &at);
	return NULL;
}

struct err *installer_plan(const struct installer *i, struct client *c,
			   const struct installation *what, struct bystanders *beside)
{
	if (!c->opt->dry_run)
		ui_emit(c->ui, EVENT_DEPLOYING,
			FIELDS(STR("installer", i->open->plugin->name),
			       LIST("identifiers", what->names)),
			"Deploying certificate");
	for (size_t n = 0; n < what->names->count; n++)
		TRY_WRAP(i->ops->deploy(i->open->state, what->names->items[n], what->files, beside),
			 "deploying for %s", what->names->items[n]);
	return NULL;
}

struct err *installer_reload(bool *serves, const struct installer *i, struct client *c,
			     bool renewed)
{
	const struct opened *o = i->open;
	const struct change *change = NULL;
	enum webserver_outcome outcome;

	*serves = false;
	if (o->plugin->server == NULL)
		return NULL;
	ui_emit(c->ui, EVENT_NOTICE_TEXT, NO_FIELDS,
		renewed ? "Reloading %s server after certificate renewal"
			: "Reloading %s server, which may use the new certificate",
		o->plugin->name);
	TRY(i->ops->plan(o->state, &change));
	TRY(carry_out(&outcome, i, c,
		      &(struct undertaking){ change, NULL, NULL, "Renewed certificate" }));
	*serves = outcome != WEBSERVER_NOT_RUNNING;
	return NULL;
}

int installer_proof_ms(const struct installer *i)
{
	const struct plugin *p = i->open->plugin;

	return p->server != NULL ? webserver_proof_ms(p->server(i->open->state)) : 0;
}

struct err *installer_places(struct endpoints *at, const struct installer *i,
			     const struct installation *what)
{
	return endpoints_of(at, i, what);
}

struct err *installer_prove(struct endpoints *at, const struct installer *i, const struct client *c,
			    const struct installation *what, int64_t until_ms)
{
	const struct opened *o = i->open;
	int64_t left = until_ms - world_monotonic_ms(c->world);

	TRY(endpoints_of(at, i, what));
	const struct proof_wanted wanted = { at, o->plugin->server(o->state)->programs,
					     left > 0 ? (int)left : 1 };

	return err_wrap(prove_served(c->world, &wanted), "proving what is served");
}
