#include "client/install/setup.h"

#include "client/install/enhancement.h"
#include "client/install/plan.h"
#include "client/install/wildcard.h"

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

	if (e == NULL)
		e = installer_plan(i, c, what);
	if (e == NULL)
		e = commit(i, c, what, &none);
	*installed = e == NULL;
	if (e == NULL)
		return why;
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

static struct err *set_up_sites(bool *installed, const struct installer *i, struct client *c,
				const struct installation *what)
{
	AUTO(strlist_release) struct strlist enhancements = { 0 };

	TRY(installer_plan(i, c, what));
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

/* They would be copied into new sites, and their undo would then take a part of those away. */
static struct err *check_no_challenge(const struct installer *i)
{
	if (!checkpoint_holds_any(&i->open->env.checkpoints, CHECKPOINT_TEMPORARY))
		return NULL;
	return err_new(ERR_BUSY, "the server still has the edits of a challenge, which could not be taken back: each run of signet "
				 "tries that again, and says what keeps it from it");
}

struct err *set_up(bool *installed, const struct installer *i, struct client *c,
		   const struct installation *wanted)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	const struct installation what = { &names, wanted->files };

	*installed = false;
	TRY(check_no_challenge(i));
	TRY(wildcards_settle(&names, i, c, wanted->names, WILDCARD_ALL_SITES));
	return set_up_sites(installed, i, c, &what);
}
