#include "client/order/report.h"

#include "acme/err.h"
#include "client/hook/run.h"
#include "dns/idna.h"
#include "proto/ident.h"

static void all_names(struct strlist *out, const struct cert_names *names)
{
	strlist_add_all(out, &names->dns);
	strlist_add_all(out, &names->ip);
}

/* "xn--bcher-kva.example (bücher.example)" */
static void show_both_forms(struct ident *i)
{
	AUTO(free) char *unicode = idna_unicode(i->value);

	if (unicode == NULL)
		return;
	char *both = str_fmt("%s (%s)", i->value, unicode);

	free(i->value);
	i->value = both;
}

static char *summary(const struct cert_names *names)
{
	AUTO(idents_release) struct idents idents = { 0 };

	idents_from_names(&idents, names);
	for (size_t i = 0; i < idents.count; i++)
		show_both_forms(&idents.items[i]);
	return idents_summary(&idents);
}

void report_requesting(struct ui *ui, const struct options *opt, const struct cert_names *names, bool renewing)
{
	static const char *const sentences[2][2] = {
		{ "Requesting a certificate for", "Renewing an existing certificate for" },
		{ "Simulating a certificate request for", "Simulating renewal of an existing certificate for" },
	};
	AUTO(strlist_release) struct strlist list = { 0 };
	AUTO(free) char *who = summary(names);

	all_names(&list, names);
	ui_emit(ui, EVENT_REQUESTING,
		FIELDS(LIST("identifiers", &list), STR("server", opt->server), BOOL("renewal", renewing), BOOL("dry_run", opt->dry_run)),
		"%s %s", sentences[opt->dry_run][renewing], who);
}

void report_order(struct ui *ui, const char *url, bool resumed)
{
	ui_emit(ui, resumed ? EVENT_ORDER_RESUMED : EVENT_ORDER_CREATED, FIELDS(STR("url", url)), "%s %s",
		resumed ? "Going on with the order of a run that was cut off:" : "Order:", url);
}

void report_saved(struct ui *ui, const struct lineage *l)
{
	AUTO(free) char *day = time_utc_day(l->cert->not_after);
	AUTO(strlist_release) struct strlist names = { 0 };

	all_names(&names, &l->cert->names);
	ui_emit(ui, EVENT_CERTIFICATE_SAVED,
		FIELDS(STR("lineage", l->name), LIST("identifiers", &names), STR("serial", l->cert->serial_hex),
		       TIME("not_after", l->cert->not_after), STR("fullchain", l->live[KIND_FULLCHAIN]),
		       STR("privkey", l->live[KIND_PRIVKEY])),
		"\nSuccessfully received certificate.\n"
		"Certificate is saved at: %s\n"
		"Key is saved at:         %s\n"
		"This certificate expires on %s.\n"
		"These files will be updated when the certificate renews.",
		l->live[KIND_FULLCHAIN], l->live[KIND_PRIVKEY], day);
}

void report_saved_files(struct ui *ui, const struct cert *leaf, const struct strlist *paths)
{
	AUTO(free) char *day = time_utc_day(leaf->not_after);
	AUTO(strlist_release) struct strlist names = { 0 };

	all_names(&names, &leaf->names);
	ui_emit(ui, EVENT_CERTIFICATE_SAVED,
		FIELDS(STR("lineage", NULL), LIST("identifiers", &names), STR("serial", leaf->serial_hex),
		       TIME("not_after", leaf->not_after), STR("cert", paths->items[0]), STR("chain", paths->items[1]),
		       STR("fullchain", paths->items[2]), STR("privkey", NULL)),
		"\nSuccessfully received certificate.\n"
		"Certificate is saved at:            %s\n"
		"Intermediate CA chain is saved at:  %s\n"
		"Full certificate chain is saved at: %s\n"
		"This certificate expires on %s.",
		paths->items[0], paths->items[1], paths->items[2], day);
}

/* The package's timer names no directory, so it does not know of one that was named here. */
static bool timer_renews(const struct options *opt)
{
	return opt->preconfigured_renewal && options_source(opt, &opt->config_dir) != SOURCE_ARGV;
}

/* NULL: a timer that came with the package does. */
static const char *next_step(const struct options *opt)
{
	bool by_hand = opt->authenticator != NULL && streq(opt->authenticator, "manual") &&
		       !hook_is_set(opt->manual_auth_hook);

	if (opt->csr != NULL)
		return "A certificate for a request of your own (--csr) is not renewed by signet: give the same command "
		       "again before it expires.";
	if (by_hand)
		return "This certificate will not be renewed automatically: for that, --manual needs --manual-auth-hook. "
		       "Give the same command again before it expires.";
	return timer_renews(opt) ? NULL
				 : "This certificate has to be renewed before it expires: have a timer run "
				   "`signet renew -q` twice a day.";
}

void report_next_step(struct ui *ui, const struct options *opt)
{
	const char *step = next_step(opt);

	if (opt->dry_run)
		return;
	if (step == NULL)
		ui_emit(ui, EVENT_NOTICE_TEXT, NO_FIELDS, "A timer of this system renews it in the background.");
	else
		ui_emit(ui, EVENT_NOTICE_TEXT, NO_FIELDS, "NEXT STEPS:\n- %s", step);
}

void report_left_out(struct ui *ui, const struct err *failure, const struct cert_names *left)
{
	AUTO(strlist_release) struct strlist list = { 0 };
	AUTO(free) char *who = summary(left);

	all_names(&list, left);
	ui_emit(ui, EVENT_WARNING_TEXT, FIELDS(LIST("identifiers", &list), ERROR("error", failure)),
		"Some names could not be proved and are left out; trying again with %s.", who);
}

char *failure_line(const struct err *e)
{
	return err_is(e, ERR_CHALLENGE) ? err_text(e) : acme_err_text(e);
}
