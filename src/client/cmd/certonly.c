#include "client/auth/auth.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/hook/hook.h"
#include "client/lineage/reuse.h"
#include "client/order/issue.h"
#include "client/order/owed.h"
#include "client/order/renewal.h"
#include "client/ui/prompt.h"

static struct err *ask_for_names(struct client *c, struct options *opt)
{
	AUTO(free) char *typed = NULL;
	bool cancelled = false;

	TRY(prompt_text(
		c->ui, &typed, &cancelled,
		"Please enter the domain name(s) for the certificate, separated by commas or spaces",
		NULL, "--domains"));
	if (cancelled || typed == NULL)
		return err_new(ERR_CONFIG, "no names were given; use -d NAME");
	for (char *p = typed; *p != '\0'; p++)
		if (*p == ' ')
			*p = ',';
	return options_add_domains(opt, typed);
}

static struct err *names_wanted(struct cert_names *names, struct client *c)
{
	options_names(names, c->opt);
	if (names->dns.count + names->ip.count > 0 || c->opt->cert_name != NULL)
		return NULL;
	TRY(ask_for_names(c, c->opt));
	options_names(names, c->opt);
	return NULL;
}

static struct err *keep(struct client *c, const struct lineage *l)
{
	ui_emit(c->ui, EVENT_CERTIFICATE_KEPT,
		FIELDS(STR("lineage", l->name), TIME("not_after", l->cert->not_after)),
		"Certificate not yet due for renewal; no action taken.");
	return owed_retry(c, c->opt, l);
}

static struct err *obtain(struct client *c, const struct reuse_decision *d,
			  const struct cert_names *names)
{
	AUTO(lineage_free) struct lineage *saved = NULL;
	AUTO(strlist_release) struct strlist renewed = { 0 };
	AUTO(strlist_release) struct strlist failed = { 0 };
	const struct issue_request r = { .name = d->name, .existing = d->lineage, .names = names };
	struct err *e = issue(&saved, c, c->opt, &r);

	if (saved != NULL && d->lineage == NULL)
		strlist_add_all(&renewed, &saved->cert->names.dns);
	hooks_run_post(c, c->opt, &renewed, &failed);
	TRY(e);
	if (c->opt->dry_run)
		ui_emit(c->ui, EVENT_DRY_RUN_DONE, NO_FIELDS, "The dry run was successful.");
	return NULL;
}

static struct err *certonly(struct client *c)
{
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(reuse_decision_release) struct reuse_decision d = { 0 };
	AUTO(authenticator_free) struct authenticator *a = NULL;

	TRY(names_wanted(&names, c));
	/*
	 * A plugin that cannot work is said before anything is decided; one that was chosen from a menu is remembered. It stays
	 * open: closed, it would clear what a killed run has published, while the CA may be looking for it.
	 */
	TRY(authenticator_for(&a, c, c->opt));
	TRY(reuse_decide(&d, c, c->opt, &names, renewal_due_now));
	if (d.what == REUSE_KEEP)
		return keep(c, d.lineage);
	return obtain(c, &d, &names);
}

const struct subcommand subcommand_certonly = {
	.name = "certonly",
	.summary = "Obtain or renew a certificate, but do not install it",
	.needs_tree = true,
	.run = certonly,
};
