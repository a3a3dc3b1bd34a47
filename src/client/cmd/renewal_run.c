#include "client/cmd/renewal_run.h"

#include "client/cmd/outcome.h"
#include "client/hook/hook.h"
#include "client/lineage/reuse.h"
#include "client/plugin.h"

void renewal_run_release(struct renewal_run *r)
{
	strlist_release(&r->unfinished);
	strlist_release(&r->setbacks);
	summary_release(&r->summary);
	reloads_release(&r->reloads);
	due_queue_free(r->queue);
	err_free(r->stopped);
	idle_lineages_release(&r->idle);
	claims_release(&r->claims);
	progress_release(&r->progress);
}

/* Certbot's plugin told the server; without it somebody has to. */
static void warn_of_installer(const struct client *c, const struct options *opt,
			      const struct lineage *l)
{
	if (opt->installer == NULL || plugin_by_name(opt->installer) != NULL ||
	    hook_is_set(opt->deploy_hook))
		return;
	ui_emit(c->ui, EVENT_WARNING_TEXT,
		FIELDS(STR("lineage", l->name), STR("installer", opt->installer)),
		"%s was installed by the %s plugin, which Signet does not have: it is renewed, but no server is told. "
		"Name a command that reloads it with --deploy-hook",
		l->name, opt->installer);
}

struct err *renewal_obtain(struct client *c, struct ahead *a, struct issued *out)
{
	struct lineage *l = a->lineage;
	const struct issue_request request = { .name = l->name,
					       .existing = l,
					       .names = &l->cert->names };

	warn_of_installer(c, a->opt, l);
	TRY(reuse_check_in_place(a->opt, l));
	return issue_obtain(out, c, a->opt, &request);
}

void renewal_owe_reload(struct renewal_run *r, const struct ahead *a, struct issued *i)
{
	if (i->lineage != NULL && reload_is_owed(a->opt))
		reloads_add(&r->reloads, MOVE(i->lineage), a->opt);
	else
		outcome_renewed(&r->summary, r->c, a->lineage);
}

struct err *renewal_deploy(struct renewal_run *r, const struct ahead *a, struct issued *i)
{
	TRY(issue_deploy(r->c, a->opt, i));
	if (a->opt->dry_run &&
	    reload_is_owed(a->opt)) /* the server has the certificate that is there */
		TRY(lineage_load(&i->lineage, r->c->tree, a->lineage->name));
	renewal_owe_reload(r, a, i);
	return NULL;
}

/* A run that was not let in again has no business here; else an error only stops when somebody asked for it. */
bool renewal_must_stop(const struct renewal_run *r, const struct err *e)
{
	return r->locked_out || err_is(e, ERR_INTERRUPTED);
}
