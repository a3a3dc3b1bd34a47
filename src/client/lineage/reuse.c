#include "client/lineage/reuse.h"

#include "base/limits.h"
#include "client/lineage/find.h"
#include "client/lineage/keychange.h"
#include "client/lineage/misfit.h"
#include "client/ui/prompt.h"

struct deciding {
	struct reuse_decision *out;
	struct client *c;
	struct options *opt;
	const struct cert_names *names;
	struct err *(*is_due)(struct client *c, const struct lineage *l, bool *due);
};

void reuse_decision_release(struct reuse_decision *d)
{
	free(d->name);
	lineage_free(d->lineage);
	*d = (struct reuse_decision){ 0 };
}

/* Takes l. */
static struct err *settle_on(const struct deciding *d, enum reuse what, struct lineage *l)
{
	d->out->what = what;
	d->out->name = xstrdup(l->name);
	d->out->lineage = l;
	return what == REUSE_RENEW ? reuse_check_in_place(d->opt, l) : NULL;
}

static struct err *new_lineage(const struct deciding *d, const char *wanted)
{
	d->out->what = REUSE_NEW;
	return lineage_free_name(&d->out->name, d->c->tree, wanted);
}

static char *names_text(const struct cert_names *n)
{
	AUTO(strlist_release) struct strlist all = { 0 };

	strlist_add_all(&all, &n->dns);
	strlist_add_all(&all, &n->ip);
	return strlist_join(&all, ", ");
}

static struct err *ask_keep_or_renew(enum reuse *what, const struct deciding *d,
				     const struct lineage *l)
{
	AUTO(strlist_release) struct strlist choices = { 0 };
	AUTO(free)
	char *text = str_fmt(
		"You have an existing certificate that has exactly the same domains or certificate name "
		"you requested and isn't close to expiry.\n(ref: %s)\n\nWhat would you like to do?",
		l->conf_path);
	const struct question q = { .text = text, .flag = "--keep-until-expiring", .safe = true };
	size_t choice = 0;

	strlist_add(&choices, "Keep the existing certificate for now");
	strlist_add(&choices, "Renew & replace the certificate (may be subject to CA rate limits)");
	TRY(prompt_menu(d->c->ui, &choice, &q, &choices, 0));
	if (choice == PROMPT_CANCELLED)
		return err_new(ERR_CONFIG, "Operation canceled. You may re-run the client.");
	*what = choice == 0 ? REUSE_KEEP : REUSE_RENEW;
	return NULL;
}

static struct err *repair(bool *fixed, const struct deciding *d, struct lineage *l)
{
	TRY(lineage_repair_links(l, fixed));
	if (*fixed)
		ui_emit(d->c->ui, EVENT_WARNING_TEXT, FIELDS(STR("lineage", l->name)),
			"Found a new certificate /archive/ that was not linked to in /live/; fixing...");
	misfit_report(d->c->ui, l->name, l->misfit);
	return NULL;
}

/* Point 3. */
static struct err *judge_identical(enum reuse *what, const struct deciding *d, struct lineage *l)
{
	bool changes_key = false, due = false;

	TRY(keychange_confirm(&changes_key, d->c, d->opt, l));
	TRY(repair(&d->out->repaired, d, l));
	*what = REUSE_KEEP;
	if (d->out->repaired)
		return NULL;
	if (!changes_key)
		TRY(d->is_due(d->c, l, &due));
	if (changes_key || due)
		*what = REUSE_RENEW;
	else if (!d->opt->keep)
		return ask_keep_or_renew(what, d, l);
	return NULL;
}

static struct err *identical(const struct deciding *d, struct lineage **l)
{
	enum reuse what = REUSE_KEEP;

	TRY(judge_identical(&what, d, *l));
	return settle_on(d, what, MOVE(*l));
}

static struct err *confirm_expansion(bool *yes, const struct deciding *d, const struct lineage *l)
{
	static const char *const labels[2] = { "Expand", "Cancel" };
	AUTO(free) char *has = names_text(&l->cert->names);
	AUTO(free) char *wanted = names_text(d->names);
	AUTO(free)
	char *text = str_fmt(
		"You have an existing certificate that contains a portion of the domains you requested "
		"(ref: %s)\n\nIt contains these names: %s\n\nYou requested these names for the new "
		"certificate: %s.\n\nDo you want to expand and replace this existing certificate with the "
		"new certificate?",
		l->conf_path, has, wanted);

	const struct question q = { .text = text, .flag = "--expand", .safe = true };

	*yes = d->opt->expand || d->opt->force_renewal;
	return *yes ? NULL : prompt_either(d->c->ui, yes, &q, labels, PROMPT_NONE);
}

/* Point 4. */
static struct err *subset(const struct deciding *d, struct lineage **l)
{
	bool changes_key = false, yes = false;

	TRY(keychange_confirm(&changes_key, d->c, d->opt, *l));
	TRY(confirm_expansion(&yes, d, *l));
	if (!yes)
		return err_new(ERR_CONFIG,
			       "the certificate %s stays as it is; use --duplicate for a new "
			       "certificate with these names beside it",
			       (*l)->name);
	return settle_on(d, REUSE_RENEW, MOVE(*l));
}

static void add_changes(struct buf *out, char sign, const struct strlist *from,
			const struct strlist *to)
{
	for (size_t i = 0; i < to->count; i++)
		if (!strlist_has(from, to->items[i]))
			buf_addf(out, "%c %s\n", sign, to->items[i]);
}

static struct err *confirm_new_names(const struct deciding *d, const struct lineage *l)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_MIB(1));
	const struct cert_names *has = &l->cert->names;
	static const char *const labels[2] = { "Update certificate", "Cancel" };
	bool yes = d->opt->renew_with_new_domains;

	buf_addf(&text, "You are updating certificate %s with other names:\n\n", l->name);
	add_changes(&text, '+', &has->dns, &d->names->dns);
	add_changes(&text, '+', &has->ip, &d->names->ip);
	add_changes(&text, '-', &d->names->dns, &has->dns);
	add_changes(&text, '-', &d->names->ip, &has->ip);
	buf_adds(&text, "\nDid you intend to make this change?");
	TRY(buf_check(&text, "list of changed names"));
	const struct question q = { .text = buf_str(&text), .flag = "--renew-with-new-domains" };

	if (!yes)
		TRY(prompt_either(d->c->ui, &yes, &q, labels, PROMPT_YES));
	return yes ? NULL
		   : err_new(ERR_CONFIG, "Specified certificate name and domains do not match");
}

/* Point 1c. */
static struct err *other_names(const struct deciding *d, struct lineage **l)
{
	bool changes_key = false;

	TRY(keychange_confirm(&changes_key, d->c, d->opt, *l));
	TRY(confirm_new_names(d, *l));
	return settle_on(d, REUSE_RENEW, MOVE(*l));
}

static bool no_names(const struct cert_names *n)
{
	return n->dns.count + n->ip.count == 0;
}

static struct err *no_such(const struct deciding *d, struct err *why)
{
	if (why != NULL)
		return why;
	return err_new(ERR_CONFIG,
		       "No certificate with name %s found. Use -d to specify domains, or run "
		       "`signet certificates` to see possible certificate names.",
		       d->opt->cert_name);
}

/* A broken lineage is left alone, as by Certbot: the new one gets a name beside it. */
static struct err *beside_broken(const struct deciding *d, struct err *broken)
{
	AUTO(err_free) struct err *why = broken;
	AUTO(free) char *text = why != NULL ? err_text(why) : NULL;

	if (text != NULL)
		ui_emit(d->c->ui, EVENT_WARNING_TEXT, FIELDS(ERROR("error", why)),
			"The existing %s; a new one is made beside it.", text);
	return new_lineage(d, d->opt->cert_name);
}

/* Point 1. */
static struct err *by_name(const struct deciding *d, struct cert_names *names)
{
	AUTO(lineage_free) struct lineage *l = NULL;
	struct err *broken = NULL;

	TRY(lineage_check_name(d->opt->cert_name));
	if (lineage_exists(d->c->tree, d->opt->cert_name))
		broken = lineage_load(&l, d->c->tree, d->opt->cert_name);
	if (l == NULL)
		return no_names(names) ? no_such(d, broken) : beside_broken(d, broken);
	if (no_names(names)) {
		strlist_add_all(&names->dns, &l->cert->names.dns);
		strlist_add_all(&names->ip, &l->cert->names.ip);
	}
	return cert_names_same(&l->cert->names, names) ? identical(d, &l) : other_names(d, &l);
}

/* Point 2. */
static struct err *by_names(const struct deciding *d)
{
	AUTO(lineage_free) struct lineage *same = NULL;
	AUTO(lineage_free) struct lineage *part = NULL;
	AUTO(free) char *wanted = lineage_name_of(d->names);

	if (no_names(d->names))
		return err_new(ERR_CONFIG, "no names were given; use -d NAME");
	if (!d->opt->duplicate)
		TRY(lineage_find(&same, &part, d->c->tree, d->names));
	if (same != NULL)
		return identical(d, &same);
	return part != NULL ? subset(d, &part) : new_lineage(d, wanted);
}

struct err *reuse_decide(struct reuse_decision *out, struct client *c, struct options *opt,
			 struct cert_names *names,
			 struct err *(*is_due)(struct client *c, const struct lineage *l,
					       bool *due))
{
	const struct deciding d = {
		.out = out, .c = c, .opt = opt, .names = names, .is_due = is_due
	};

	reuse_decision_release(out);
	TRY(lineages_settle(c->tree));
	return opt->cert_name != NULL ? by_name(&d, names) : by_names(&d);
}
