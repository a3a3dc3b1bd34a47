#include "client/install/setup.h"

#include "client/install/enhancement.h"
#include "client/install/losses.h"
#include "client/install/plan.h"
#include "client/install/shown.h"
#include "client/install/wildcard.h"
#include "srv/chain_file.h"

#define TITLE "Deployed ACME Certificate"

static char *title_with(const struct strlist *enhancements)
{
	AUTO(free) char *names = strlist_join(enhancements, ", ");

	return enhancements->count > 0 ? str_fmt(TITLE ", Add enhancement %s", names)
				       : xstrdup(TITLE);
}

static struct err *commit(const struct installer *i, struct client *c,
			  const struct installation *what, const struct strlist *enhancements)
{
	AUTO(free) char *title = title_with(enhancements);
	const struct change *change = NULL;

	TRY(i->ops->plan(i->open->state, &change));
	if (change == NULL)
		enhancements_tell_idle(enhancements, c);
	return installer_commit(i, c, what, title);
}

/* What could not be done besides is no reason to go without the certificate. */
static struct err *certificate_alone(bool *installed, const struct installer *i, struct client *c,
				     const struct installation *what, struct err *why)
{
	static const struct strlist none = { 0 };
	struct err *e = i->ops->reread(i->open->state);

	AUTO(bystanders_release) struct bystanders settled = { .now = world_now(c->world) };

	if (e == NULL)
		e = installer_plan(i, c, what, &settled);
	if (e == NULL)
		e = commit(i, c, what, &none);
	*installed = e == NULL;
	if (e == NULL)
		return enhancements_excuse(why, c, what);
	err_free(why);
	return e;
}

/* A line that the server does not take, or a redirect that leads to itself; but not a port that another program has. */
static bool may_be_of_enhancements(const struct err *e)
{
	return !err_is(e, ERR_BUSY) && (err_is(e, ERR_CONFIG) || err_is(e, ERR_CHALLENGE));
}

/* Then what that program shows decides what can be done besides. */
static struct err *certificate_first(bool *installed, const struct installer *i, struct client *c,
				     const struct installation *what)
{
	static const struct strlist none = { 0 };

	if (c->opt->dry_run || !installer_is_behind_another(i))
		return NULL;
	TRY(commit(i, c, what, &none));
	*installed = true;
	return NULL;
}

static struct err *carry_out(bool *installed, const struct installer *i, struct client *c,
			     const struct installation *what)
{
	AUTO(strlist_release) struct strlist enhancements = { 0 };

	TRY(certificate_first(installed, i, c, what));
	struct err *e = enhancements_plan(&enhancements, i, c, what);
	bool planned = e == NULL;

	if (c->opt->dry_run) {
		*installed = true;
		return planned ? plan_tell(i, c) : e;
	}
	if (*installed)
		return planned && enhancements.count > 0 ? commit(i, c, what, &enhancements) : e;
	if (planned)
		e = commit(i, c, what, &enhancements);
	*installed = e == NULL;
	if (planned && (enhancements.count == 0 || !may_be_of_enhancements(e)))
		return e;
	return certificate_alone(installed, i, c, what, e);
}

static void find_kept(struct strlist *out, const struct bystanders *b, const struct losses *l,
		      const struct strlist *proved)
{
	for (size_t i = 0; i < b->count; i++)
		if (bystander_may_lose(&b->items[i]) && !strlist_has(&l->names, b->items[i].name) &&
		    !strlist_has(proved, b->items[i].name))
			strlist_add(out, b->items[i].name);
}

static struct err *set_up_sites(bool *installed, const struct installer *i, struct client *c,
				const struct installation *what)
{
	AUTO(bystanders_release) struct bystanders beside = { .now = world_now(c->world) };
	AUTO(losses_release) struct losses losses = { 0 };
	AUTO(strlist_release) struct strlist kept = { 0 };
	struct installation careful = *what;

	TRY(installer_plan(i, c, what, &beside));
	TRY(shown_find(&beside, i, c, what));
	losses_find(&losses, what, &beside);
	TRY(losses_settle(&losses, c, what));
	find_kept(&kept, &beside, &losses, what->names);
	careful.kept = &kept;
	struct err *e = carry_out(installed, i, c, &careful);

	if (*installed && !c->opt->dry_run)
		losses_tell(&losses, c, what);
	return e;
}

/* What was asked for, and all that the certificate has; that of a dry run is not there. */
static void certified_names(struct strlist *out, const struct installation *wanted)
{
	AUTO(chain_free) struct chain *chain = NULL;

	strlist_add_all(out, wanted->names);
	if (wanted->files->fullchain == NULL)
		return;
	err_ignore(chain_file_load(&chain, wanted->files->fullchain));
	for (size_t i = 0; chain != NULL && i < chain->certs[0]->names.dns.count; i++)
		(void)strlist_add_unique(out, chain->certs[0]->names.dns.items[i]);
}

/* They would be copied into new sites, and their undo would then take a part of those away. */
static struct err *check_no_challenge(const struct installer *i)
{
	if (!checkpoint_holds_any(&i->open->env.checkpoints, CHECKPOINT_TEMPORARY))
		return NULL;
	return err_new(
		ERR_BUSY,
		"the server still has the edits of a challenge, which could not be taken back: each run of signet "
		"tries that again, and says what keeps it from it");
}

struct err *set_up(bool *installed, const struct installer *i, struct client *c,
		   const struct installation *wanted)
{
	AUTO(strlist_release) struct strlist names = { 0 }, certified = { 0 };
	struct deployment files = *wanted->files;
	const struct installation what = { .names = &names, .files = &files };

	*installed = false;
	TRY(check_no_challenge(i));
	certified_names(&certified, wanted);
	files.names = &certified;
	TRY(wildcards_settle(&names, i, c, wanted->names, WILDCARD_ALL_SITES));
	return set_up_sites(installed, i, c, &what);
}
