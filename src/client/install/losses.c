#include "client/install/losses.h"

#include "base/limits.h"
#include "base/shell.h"
#include "client/lineage/place.h"
#include "client/ui/prompt.h"
#include "srv/vouch.h"

void losses_find(struct losses *out, const struct installation *what, const struct bystanders *b)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct bystander *one = &b->items[i];

		if (!one->served || !one->displaced || names_hold(what->files->names, one->name))
			continue;
		strlist_add(&out->names, one->name);
		strlist_take(&out->shown, str_fmt("%s (%s)", one->name, one->place));
	}
}

static void add_names(struct buf *b, const struct strlist *names)
{
	for (size_t i = 0; i < names->count; i++) {
		AUTO(free) char *word = shell_word(names->items[i]);

		buf_addf(b, " -d %s", word);
	}
}

static void add_plugins(struct buf *b, const struct client *c)
{
	const char *authenticator = c->opt->authenticator, *installer = c->opt->installer;

	if (authenticator == NULL || streq(authenticator, installer))
		buf_addf(b, " --%s", installer);
	else
		buf_addf(b, " -a %s -i %s", authenticator, installer);
}

/* The command that gets one certificate for all, in the place of that which is installed. */
static char *mend_of(const struct losses *l, const struct client *c,
		     const struct installation *what)
{
	AUTO(free) char *dir = place_parent(what->files->fullchain);
	AUTO(lineage_free) struct lineage *place = place_of(c->tree, place_name(dir));
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(64));

	buf_adds(&b, "signet run");
	add_plugins(&b, c);
	if (streq(place->live_dir, dir)) {
		AUTO(free) char *word = shell_word(place->name);

		buf_addf(&b, " --cert-name %s", word);
	}
	add_names(&b, what->files->names);
	add_names(&b, &l->names);
	buf_adds(&b, " --expand");
	return buf_detach(&b);
}

static struct err *ask(bool *yes, struct client *c, const char *shown, const char *mend)
{
	AUTO(free)
	char *text = str_fmt(
		"These names have a certificate now, and would lose it, since the new one is not for them:\n\n  %s\n\n"
		"To get one certificate for all of them:\n\n  %s\n\nInstall the new one all the same?",
		shown, mend);

	return prompt_yes_no(c->ui, yes, &(struct question){ .text = text }, PROMPT_NO);
}

static struct err *refusal(const char *shown, const char *mend, bool many)
{
	const char *m = many ? "them" : "it";

	return err_new(
		ERR_CONFIG,
		"%s: a certificate is shown for %s now, and the new one is not for %s. Get one for all of them: `%s`; or give %s a "
		"place of %s own in the server's configuration, or take %s out of this one. --allow-subset-of-names installs it all "
		"the same",
		shown, m, m, mend, m, many ? "their" : "its", m);
}

struct err *losses_settle(const struct losses *l, struct client *c, const struct installation *what)
{
	AUTO(free) char *shown = strlist_join(&l->shown, ", ");
	bool yes = c->opt->allow_subset_of_names;

	if (l->names.count == 0 || yes)
		return NULL;
	AUTO(free) char *mend = mend_of(l, c, what);

	if (prompt_possible(c->ui, false) && !c->opt->dry_run)
		TRY(ask(&yes, c, shown, mend));
	return yes ? NULL : refusal(shown, mend, l->names.count > 1);
}

static struct err *foresee(struct losses *out, const struct installer *i, const struct client *c,
			   const struct lineage *l, const struct installation *what)
{
	static const enum lineage_kind shown[] = { KIND_FULLCHAIN, KIND_CERT };
	AUTO(bystanders_release) struct bystanders there = { .now = world_now(c->world) };

	for (size_t k = 0; k < ARRAY_LEN(shown) && i->ops->showing != NULL; k++)
		TRY(i->ops->showing(i->open->state, l->live[shown[k]], &there));
	losses_find(out, what, &there);
	return NULL;
}

struct err *losses_foresee(struct losses *out, const struct installer *i, struct client *c,
			   const struct lineage *l, const struct strlist *names)
{
	struct deployment files = deployment_of(l);
	const struct installation what = { .names = names, .files = &files };

	files.names = names;
	TRY(foresee(out, i, c, l, &what));
	return losses_settle(out, c, &what);
}

static bool has_all(const struct strlist *names, const struct lineage *l)
{
	for (size_t n = 0; n < l->cert->names.dns.count; n++)
		if (!strlist_has(names, l->cert->names.dns.items[n]))
			return false;
	return true;
}

struct err *losses_note(struct losses *out, struct client *c, const struct lineage *l,
			const struct strlist *names)
{
	AUTO(installer_free) struct installer *i = NULL;
	struct deployment files = deployment_of(l);
	const struct installation what = { .names = names, .files = &files };

	files.names = names;
	if (c->opt->installer == NULL || has_all(names, l))
		return NULL;
	TRY(installer_for(&i, c, c->opt));
	return foresee(out, i, c, l, &what);
}

void losses_tell(const struct losses *l, struct client *c, const struct installation *what)
{
	if (l->names.count == 0)
		return;
	AUTO(free) char *shown = strlist_join(&l->shown, ", ");
	AUTO(free) char *mend = mend_of(l, c, what);

	ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(LIST("identifiers", &l->names)),
		"%s: the certificate that is shown there now is not for %s. To get one for all of them: `%s`",
		shown, l->names.count > 1 ? "these names" : "this name", mend);
}

void losses_release(struct losses *l)
{
	strlist_release(&l->names);
	strlist_release(&l->shown);
}
