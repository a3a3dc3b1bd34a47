/* run: find or get a certificate, then install it (certbot.md 6). */
#include "base/limits.h"
#include "base/shell.h"
#include "client/auth/auth.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/install/enhancement.h"
#include "client/install/losses.h"
#include "client/install/setup.h"
#include "client/lineage/place.h"
#include "client/lineage/reuse.h"
#include "client/order/obtain.h"
#include "client/order/owed.h"
#include "client/order/renewal.h"
#include "client/order/wanted.h"

static bool only_authenticates(const char *plugin)
{
	const struct plugin *p = plugin != NULL ? plugin_by_name(plugin) : NULL;

	return p != NULL && p->installer == NULL;
}

static struct err *check(const struct options *opt)
{
	if (opt->installer == NULL && only_authenticates(opt->authenticator))
		return err_new(
			ERR_CONFIG,
			"With the %s plugin, you probably want to use the \"certonly\" command, e.g. `signet certonly --%s`. "
			"Or name a plugin that installs with -i.",
			opt->authenticator, opt->authenticator);
	if (opt->ip_addresses.count > 0)
		return err_new(
			ERR_CONFIG,
			"certificates for IP addresses cannot be installed; get one by certonly");
	return NULL;
}

static char *addresses_of(const struct strlist *names)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_MIB(1));

	for (size_t i = 0; i < names->count; i++)
		buf_addf(&b, "%shttps://%s",
			 i == 0                 ? ""
			 : i + 1 < names->count ? ", "
						: " and ",
			 names->items[i]);
	return xstrdup(buf_str(&b));
}

static void report_installed(struct client *c, const struct lineage *l, const struct strlist *names,
			     bool renewed)
{
	AUTO(free) char *addresses = addresses_of(names);
	AUTO(free)
	char *text =
		renewed ? xstrdup("Your existing certificate has been successfully renewed, and the new certificate has "
				  "been installed.")
			: str_fmt("Congratulations! You have successfully enabled HTTPS on %s",
				  addresses);

	ui_emit(c->ui, EVENT_CERTIFICATE_INSTALLED,
		FIELDS(STR("lineage", l->name), STR("installer", c->opt->installer),
		       LIST("identifiers", names)),
		"%s", text);
}

/* It is installed again. */
static struct err *keep(struct client *c, const struct lineage *l)
{
	ui_emit(c->ui, EVENT_NOTICE_TEXT, FIELDS(STR("lineage", l->name)),
		"Certificate not yet due for renewal");
	return owed_retry(c, c->opt, l);
}

/* For advice. */
static void name_it(struct client *c, const char *lineage)
{
	if (c->opt->cert_name == NULL)
		options_set_runtime(c->opt, &c->opt->cert_name, lineage);
}

/* lost: by what is in the lineage's files now. */
static struct err *install(const struct installer *i, struct client *c, const struct lineage *l,
			   bool renewed, const struct losses *lost)
{
	struct deployment files = deployment_of(l);
	const struct installation what = { .names = &l->cert->names.dns, .files = &files };
	bool installed = false;
	AUTO(free) char *name = shell_word(l->name);

	files.names = &l->cert->names.dns;
	name_it(c, l->name);
	struct err *e = set_up(&installed, i, c, &what);

	if (installed)
		losses_tell(lost, c, &what);
	if (installed)
		TRY_WRAP(e, "the certificate is installed, but not all that was asked for besides");
	TRY_WRAP(
		e,
		"the certificate is there, but could not be installed (`signet install --cert-name %s` tries again)",
		name);
	report_installed(c, l, &l->cert->names.dns, renewed);
	return NULL;
}

/* --dry-run: where the certificate would be, or is. */
static struct err *rehearse_install(const struct installer *i, struct client *c,
				    const struct reuse_decision *d, const struct strlist *names)
{
	AUTO(lineage_free) struct lineage *place = place_of(c->tree, d->name);
	const struct deployment files = deployment_of(d->lineage != NULL ? d->lineage : place);
	const struct installation what = { .names = names, .files = &files };
	bool installed = false;

	name_it(c, d->name);
	struct err *e = set_up(&installed, i, c, &what);

	if (!installed)
		TRY_WRAP(e, "the CA would give the certificate, but it could not be installed");
	TRY(e);
	obtain_report(c);
	return NULL;
}

static struct err *check_place(const struct installer *i, const struct client *c, const char *name)
{
	AUTO(lineage_free) struct lineage *place = place_of(c->tree, name);

	return installer_check_path(i, place->live[KIND_FULLCHAIN]);
}

/* -> where it is saved; NULL: a dry run. */
static struct err *get(struct lineage **saved, struct client *c, const struct reuse_decision *d,
		       const struct cert_names *names)
{
	TRY(obtain(saved, c, d, names));
	if (*saved != NULL)
		obtain_report(c);
	return NULL;
}

static struct err *run(struct client *c)
{
	AUTO(installer_free) struct installer *installer = NULL;
	AUTO(authenticator_free) struct authenticator *a = NULL;
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(reuse_decision_release) struct reuse_decision d = { 0 };
	AUTO(lineage_free) struct lineage *saved = NULL;
	AUTO(losses_release) struct losses lost = { 0 };

	TRY(check(c->opt));
	TRY(choose_configurator(c, c->opt));
	TRY(installer_for(&installer, c, c->opt));
	TRY(enhancements_check(installer, c->opt));
	TRY(authenticator_for(&a, c, c->opt));
	TRY(names_wanted(&names, c));
	TRY(reuse_decide(&d, c, c->opt, &names, renewal_due_now));
	TRY(check_place(installer, c, d.name));
	if (d.what == REUSE_RENEW)
		TRY(losses_foresee(&lost, installer, c, d.lineage, &names.dns));
	if (d.what != REUSE_KEEP)
		TRY(get(&saved, c, &d, &names));
	else
		TRY(keep(c, d.lineage));
	if (c->opt->dry_run)
		return rehearse_install(installer, c, &d, &names.dns);
	struct err *e = install(installer, c, saved != NULL ? saved : d.lineage,
				saved != NULL && d.lineage != NULL, &lost);

	opened_settle(installer->open, c);
	return e;
}

const struct subcommand subcommand_run = {
	.name = "run",
	.summary = "Get a certificate and install it (the default)",
	.needs_tree = true,
	.run = run,
};
