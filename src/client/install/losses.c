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
		struct loss_group *g = one->by_default ? &out->nobodys : &out->beside;

		if (!one->served || !one->displaced || names_hold(what->files->names, one->name))
			continue;
		strlist_add(&out->names, one->name);
		strlist_add(&g->names, one->name);
		strlist_take(&g->shown, str_fmt("%s (%s)", one->name, one->place));
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
	add_names(&b, &l->beside.names);
	buf_adds(&b, " --expand");
	return buf_detach(&b);
}

/* --- what is said --- */

#define WAY_OF_NOBODYS                                                                   \
	"add %s to the host there (server_name, ServerAlias), or have that come first (" \
	"`default_server` of nginx)"

static const char *them(const struct loss_group *g)
{
	return g->names.count > 1 ? "them" : "it";
}

static struct err *ask(bool *yes, struct client *c, const struct losses *l, const char *mend)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(256));
	AUTO(free) char *beside = strlist_join(&l->beside.shown, ", ");
	AUTO(free) char *nobodys = strlist_join(&l->nobodys.shown, ", ");

	if (l->beside.names.count > 0)
		buf_addf(
			&b,
			"These names have a certificate now, and would lose it, since the new one is not for them:\n\n  %s\n\n"
			"To get one certificate for all of them:\n\n  %s\n\n",
			beside, mend);
	if (l->nobodys.names.count > 0)
		buf_addf(
			&b,
			"These names, which no host has, are answered for by the first host of the address, with a certificate that is good "
			"for them. The host of the new one, which is not for them, would be the first:\n\n  %s\n\nTo keep what there is, " WAY_OF_NOBODYS
			".\n\n",
			nobodys, them(&l->nobodys));
	buf_adds(&b, "Install the new one all the same?");
	TRY(buf_check(&b, "the names that would lose their certificate"));
	return prompt_yes_no(c->ui, yes, &(struct question){ .text = buf_str(&b) }, PROMPT_NO);
}

static void refuse_beside(struct buf *b, const struct loss_group *g, const char *mend)
{
	AUTO(free) char *shown = strlist_join(&g->shown, ", ");
	const char *m = them(g);

	if (g->names.count > 0)
		buf_addf(
			b,
			"%s: a certificate is shown for %s now, and the new one is not for %s. Get one for all of them: `%s`; or give %s a "
			"place of %s own in the server's configuration, or take %s out of this one. ",
			shown, m, m, mend, m, g->names.count > 1 ? "their" : "its", m);
}

static void refuse_nobodys(struct buf *b, const struct loss_group *g)
{
	AUTO(free) char *shown = strlist_join(&g->shown, ", ");
	const char *m = them(g);

	if (g->names.count > 0)
		buf_addf(
			b,
			"%s: a certificate is shown for %s now by the host there, which answers for names that no host has, as the first of "
			"its address; that of the new certificate, which is not for %s, would be the first: " WAY_OF_NOBODYS
			". ",
			shown, m, m, m);
}

static struct err *refusal(const struct losses *l, const char *mend)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(256));

	refuse_beside(&b, &l->beside, mend);
	refuse_nobodys(&b, &l->nobodys);
	TRY(buf_check(&b, "the names that would lose their certificate"));
	return err_new(ERR_CONFIG, "%s--allow-subset-of-names installs it all the same",
		       buf_str(&b));
}

struct err *losses_settle(const struct losses *l, struct client *c, const struct installation *what)
{
	bool yes = c->opt->allow_subset_of_names;

	if (l->names.count == 0 || yes)
		return NULL;
	AUTO(free) char *mend = mend_of(l, c, what);

	if (prompt_possible(c->ui, false) && !c->opt->dry_run)
		TRY(ask(&yes, c, l, mend));
	return yes ? NULL : refusal(l, mend);
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

static void tell_beside(const struct loss_group *g, struct client *c, const char *mend)
{
	AUTO(free) char *shown = strlist_join(&g->shown, ", ");

	if (g->names.count > 0)
		ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(LIST("identifiers", &g->names)),
			"%s: the certificate that is shown there now is not for %s. To get one for all of them: `%s`",
			shown, g->names.count > 1 ? "these names" : "this name", mend);
}

static void tell_nobodys(const struct loss_group *g, struct client *c)
{
	AUTO(free) char *shown = strlist_join(&g->shown, ", ");

	if (g->names.count > 0)
		ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(LIST("identifiers", &g->names)),
			"%s: the host of the new certificate, which is not for %s, is the first of the address now; to have this one answer again, " WAY_OF_NOBODYS,
			shown, them(g), them(g));
}

void losses_tell(const struct losses *l, struct client *c, const struct installation *what)
{
	if (l->names.count == 0)
		return;
	AUTO(free) char *mend = mend_of(l, c, what);

	tell_beside(&l->beside, c, mend);
	tell_nobodys(&l->nobodys, c);
}

static void group_release(struct loss_group *g)
{
	strlist_release(&g->names);
	strlist_release(&g->shown);
}

void losses_release(struct losses *l)
{
	strlist_release(&l->names);
	group_release(&l->beside);
	group_release(&l->nobodys);
}
