#include "client/order/owed.h"

#include "client/hook/hook.h"

struct err *owed_deploy(struct client *c, const struct options *opt, const struct lineage *l, struct journal *j)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	bool all_well = true;

	strlist_add_all(&names, &l->cert->names.dns);
	strlist_add_all(&names, &l->cert->names.ip);
	hooks_run_deploy(c, opt, l->live_dir, &names, &all_well);
	if (all_well)
		return journal_remove(j);
	return j->hook_failed ? NULL : journal_set_hook_failed(j);
}

/*
 * Is the lineage's certificate the one of this journal, so that its hooks are owed? The line that says "saved" may be missing when the disk
 * was full or the run was killed; a key made for this order is live only once it was committed.
 */
static struct err *is_owed(bool *owed, const struct journal *j, const struct lineage *l)
{
	bool same_key = false;

	TRY(cert_has_key(&same_key, l->cert, j->key));
	*owed = same_key && (j->saved || !journal_keeps_key(j));
	return NULL;
}

/* A journal that was finished for a certificate that is no longer there owes nothing. */
static struct err *forget_finished(struct journal *j)
{
	return j->saved ? journal_remove(j) : NULL;
}

struct err *owed_find(struct lineage **out, struct journal **journal, struct client *c, const struct lineage *l)
{
	AUTO(journal_free) struct journal *j = NULL;
	bool owed = false;

	*out = NULL;
	TRY(journal_open(&j, c, l->name));
	if (j == NULL || j->hook_failed || cert_is_due(l->cert, world_now(c->world)))
		return NULL;
	TRY(is_owed(&owed, j, l));
	if (!owed)
		return forget_finished(j);
	TRY(lineage_load(out, c->tree, l->name));
	*journal = MOVE(j);
	return NULL;
}

struct err *owed_by_journal(bool *yes, const struct client *c, const struct lineage *l)
{
	AUTO(journal_free) struct journal *j = NULL;

	TRY(journal_open(&j, c, l->name));
	*yes = j != NULL && (!j->saved || !j->hook_failed);
	return NULL;
}

struct err *owed_retry(struct client *c, const struct options *opt, const struct lineage *l)
{
	AUTO(journal_free) struct journal *j = NULL;
	bool owed = false;

	TRY(journal_open(&j, c, l->name));
	if (j == NULL)
		return NULL;
	TRY(is_owed(&owed, j, l));
	return owed ? owed_deploy(c, opt, l, j) : forget_finished(j);
}
