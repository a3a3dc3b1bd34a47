#include "base/limits.h"
#include "client/auth/auth.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/hook/hook.h"
#include "client/lineage/reuse.h"
#include "client/order/csr_files.h"
#include "client/order/issue.h"
#include "client/order/owed.h"
#include "client/order/renewal.h"
#include "client/order/report.h"
#include "client/ui/prompt.h"
#include "pki/csr.h"

static void add_problem(struct buf *out, const char *typed, const struct err *e)
{
	AUTO(free) char *shown = str_printable(typed, 256);
	AUTO(free) char *why = err_text(e);

	buf_addf(out, "%s: %s\n", shown, why);
}

/* Names by commas and spaces; *wrong says what is wrong with which. */
static void add_typed_names(struct options *opt, char *typed, struct buf *wrong)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	for (char *p = typed; *p != '\0'; p++)
		if (*p == ' ')
			*p = ',';
	strlist_split(&names, typed, ',');
	for (size_t i = 0; i < names.count; i++) {
		AUTO(err_free) struct err *e = options_add_domains(opt, names.items[i]);

		if (e != NULL)
			add_problem(wrong, names.items[i], e);
	}
}

static struct err *ask_again(bool *yes, struct ui *ui, const struct buf *wrong)
{
	AUTO(free)
	char *text = str_fmt("One or more of the entered domain names was not valid:\n\n%s\n"
			     "Would you like to re-enter the names?",
			     buf_str(wrong));

	return prompt_yes_no(ui, yes, &(struct question){ .text = text, .safe = true },
			     PROMPT_NONE);
}

static struct err *ask_for_names(struct client *c, struct options *opt)
{
	static const struct question q = {
		.text = "Please enter the domain name(s) you would like on your certificate (comma and/or space "
			"separated)",
		.flag = "--domains",
		.safe = true,
	};
	bool again = true;

	while (again) {
		AUTO(buf_release) struct buf wrong = BUF_INIT(LIMIT_KIB(64));
		AUTO(free) char *typed = NULL;

		TRY(prompt_text(c->ui, &typed, &q, NULL));
		if (typed != NULL)
			add_typed_names(opt, typed, &wrong);
		if (wrong.len == 0)
			break;
		strlist_release(&opt->domains);
		TRY(ask_again(&again, c->ui, &wrong));
	}
	return opt->domains.count > 0 ? NULL
				      : err_new(ERR_CONFIG, "no names were given; use -d NAME");
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

static void report_end(struct client *c)
{
	if (c->opt->dry_run)
		ui_emit(c->ui, EVENT_DRY_RUN_DONE, NO_FIELDS, "The dry run was successful.");
	report_next_step(c->ui, c->opt);
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
	report_end(c);
	return NULL;
}

/* A request that was made elsewhere: files where the user wants them, no lineage, no hooks (certbot.md 7.1). */
static struct err *obtain_for_request(struct client *c, const struct csr *csr)
{
	AUTO(lineage_free) struct lineage *none = NULL;
	const struct issue_request r = { .names = &csr->names, .csr = csr };

	TRY(csr_files_check(c->opt));
	TRY(issue(&none, c, c->opt, &r));
	report_end(c);
	return NULL;
}

static struct err *certonly(struct client *c)
{
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(reuse_decision_release) struct reuse_decision d = { 0 };
	AUTO(authenticator_free) struct authenticator *a = NULL;
	AUTO(csr_free) struct csr *csr = NULL;

	TRY(options_request(&csr, c->opt));
	if (csr != NULL)
		return obtain_for_request(c, csr);
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
