#include "client/auth/auth.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/install/losses.h"
#include "client/install/reload.h"
#include "client/lineage/reuse.h"
#include "client/order/csr_files.h"
#include "client/order/issue.h"
#include "client/order/obtain.h"
#include "client/order/owed.h"
#include "client/order/renewal.h"
#include "client/order/wanted.h"
#include "pki/csr.h"

static struct err *keep(struct client *c, const struct lineage *l)
{
	ui_emit(c->ui, EVENT_CERTIFICATE_KEPT,
		FIELDS(STR("lineage", l->name), TIME("not_after", l->cert->not_after)),
		"Certificate not yet due for renewal; no action taken.");
	return owed_retry(c, c->opt, l);
}

/* A request that was made elsewhere: files where the user wants them, no lineage, no hooks (certbot.md 7.1). */
static struct err *obtain_for_request(struct client *c, const struct csr *csr)
{
	AUTO(issued_release) struct issued none = { 0 };
	const struct issue_request r = { .names = &csr->names, .csr = csr };

	TRY(csr_files_check(c->opt));
	TRY(issue(&none, c, c->opt, &r));
	obtain_report(c);
	return NULL;
}

/* From a menu it is the installer as well, where it can install. */
static struct err *choose_authenticator(struct authenticator **out, struct client *c,
					struct options *opt)
{
	bool named = opt->authenticator != NULL || opt->installer != NULL;

	TRY(authenticator_for(out, c, opt));
	if (!named && (*out)->plugin->installer != NULL && (*out)->plugin->server != NULL)
		options_set_runtime(opt, &opt->installer, (*out)->plugin->name);
	return NULL;
}

/* What the server shows by then, whether or not that can be proved. */
static struct err *reload(struct client *c, const struct lineage *saved, bool renewed,
			  const struct losses *lost)
{
	struct deployment files = deployment_of(saved);
	const struct installation what = { .names = &saved->cert->names.dns, .files = &files };
	struct err *e = reload_for(c, c->opt, saved, renewed);

	files.names = what.names;
	losses_tell(lost, c, &what);
	return e;
}

static struct err *certonly(struct client *c)
{
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(reuse_decision_release) struct reuse_decision d = { 0 };
	AUTO(authenticator_free) struct authenticator *a = NULL;
	AUTO(csr_free) struct csr *csr = NULL;
	AUTO(lineage_free) struct lineage *saved = NULL;
	AUTO(losses_release) struct losses lost = { 0 };

	TRY(options_request(&csr, c->opt));
	if (csr != NULL)
		return obtain_for_request(c, csr);
	/*
	 * A plugin that cannot work is said before anything is decided; one that was chosen from a menu is remembered. It stays
	 * open: closed, it would clear what a killed run has published, while the CA may be looking for it.
	 */
	TRY(choose_authenticator(&a, c, c->opt));
	TRY(names_wanted(&names, c));
	TRY(reuse_decide(&d, c, c->opt, &names, renewal_due_now));
	if (d.what == REUSE_KEEP)
		return keep(c, d.lineage);
	if (d.what == REUSE_RENEW)
		TRY(losses_note(&lost, c, d.lineage, &names.dns));
	TRY(obtain(&saved, c, &d, &names));
	if (c->opt->dry_run)
		TRY(reload_rehearse(c, c->opt, d.lineage));
	obtain_report(c);
	return saved != NULL ? reload(c, saved, d.lineage != NULL, &lost) : NULL;
}

const struct subcommand subcommand_certonly = {
	.name = "certonly",
	.summary = "Obtain or renew a certificate, but do not install it",
	.needs_tree = true,
	.run = certonly,
};
