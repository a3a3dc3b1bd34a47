/* One lineage: is it due, and what then? */
#include <unistd.h>

#include "client/cmd/outcome.h"
#include "client/cmd/put_off.h"
#include "client/cmd/renewal_run.h"
#include "client/cmd/spread.h"
#include "client/hook/hook.h"
#include "client/lineage/misfit.h"
#include "client/order/owed.h"
#include "client/order/renewal.h"

/* Many machines start at the same minute: spread them (12.3). People at a terminal and timers do not wait. */
static bool sleeps_first(const struct renewal_run *r, const struct options *opt)
{
	return !r->slept && opt->random_sleep_on_renew && !isatty(STDIN_FILENO);
}

/* Others may have worked meanwhile: the lineage is looked into anew afterwards. */
static struct err *sleep_once(struct renewal_run *r)
{
	r->slept = true;
	r->woken = true;
	if (r->queue != NULL)
		due_queue_speak(r->queue);
	struct err *e = spread_sleep(r->root);

	r->locked_out = e != NULL;
	return e;
}

static struct err *is_due(bool *due, enum due_news *news, struct renewal_run *r, struct ahead *a,
			  bool ask)
{
	enum due_reason reason = DUE_NOT;
	const struct lineage *l = a->lineage;

	if (ask)
		TRY(renewal_due(&reason, news, r->c, a->opt, l, &a->foresight));
	else
		TRY(renewal_due_unasked(&reason, r->c, l));
	*due = reason != DUE_NOT;
	if (*due || !strlist_has(&r->unfinished, l->name))
		return NULL;
	return owed_by_journal(due, r->c, l);
}

static struct err *skip(struct renewal_run *r, const struct options *opt, const struct lineage *l)
{
	summary_skipped(&r->summary, l->live[KIND_FULLCHAIN], l->cert->not_after);
	progress_skipped(&r->progress, r->c, l->name, l->conf_path, l->cert->not_after);
	return strlist_has(&r->unfinished, l->name) ? owed_retry(r->c, opt, l) : NULL;
}

static struct err *renew_at_once(struct renewal_run *r, struct ahead *a)
{
	AUTO(issued_release) struct issued issued = { 0 };
	struct err *e = renewal_obtain(r->c, a, &issued);

	if (e == NULL)
		e = renewal_deploy(r, a, &issued);
	if (issued.begun)
		hooks_owe_post(r->c, a->opt);
	return e;
}

static struct err *repair_links(struct renewal_run *r, struct lineage *l)
{
	bool repaired = false;

	TRY(lineage_repair_links(l, &repaired));
	if (!repaired)
		return NULL;
	progress_announce(&r->progress, r->c, l->name, l->conf_path);
	ui_emit(r->c->ui, EVENT_WARNING_TEXT, FIELDS(STR("lineage", l->name)),
		"Found a new certificate /archive/ that was not linked to in /live/; fixing...");
	return NULL;
}

static struct setback *find_setback(const struct renewal_run *r, const struct lineage *l)
{
	return strlist_has(&r->setbacks, l->name) ? put_off_by(r->c, l) : NULL;
}

static struct err *process(struct renewal_run *r, struct ahead *a)
{
	struct lineage *l = a->lineage;
	AUTO(setback_free) struct setback *setback = find_setback(r, l);
	enum due_news news = DUE_NO_NEWS;
	bool due = false;

	TRY(repair_links(r, l));
	if (l->misfit != NULL || strlist_has(&r->unfinished, l->name) ||
	    !renewal_is_quiet(r->c, a->opt, l))
		progress_announce(&r->progress, r->c, l->name, l->conf_path);
	misfit_report(r->c->ui, l->name, l->misfit);
	TRY(claims_check(&r->claims, l));
	TRY(is_due(&due, &news, r, a, setback == NULL));
	if (!due) {
		TRY(idle_lineages_note(&r->idle, a, news));
		return skip(r, a->opt, l);
	}
	progress_announce(&r->progress, r->c, l->name, l->conf_path);
	if (setback != NULL) {
		outcome_put_off(&r->summary, r->c, l, setback);
		return NULL;
	}
	claims_add(&r->claims, l);
	if (news != DUE_NO_NEWS)
		TRY(lineage_save_conf(l));
	bool sleeps = sleeps_first(r, a->opt);

	r->worked |= sleeps || r->queue == NULL;
	if (sleeps)
		return sleep_once(r);
	if (r->queue == NULL)
		return renew_at_once(r, a);
	due_queue_add(r->queue, a);
	return NULL;
}

static struct err *look(struct renewal_run *r, const char *name, const char *conf, struct ahead *a)
{
	if (r->worked) {
		ahead_release(a);
		ahead_read(a, r->c, r->idle.index, name);
	}
	if (a->broken != NULL) {
		progress_announce(&r->progress, r->c, name, conf);
		outcome_broken(&r->summary, r->c, name, a->broken);
		return NULL;
	}
	AUTO(err_free) struct err *e = process(r, a);

	if (e == NULL)
		return NULL;
	if (renewal_must_stop(r, e))
		return MOVE(e);
	progress_announce(&r->progress, r->c, name, conf);
	outcome_failed(&r->summary, r->c, a->lineage, e);
	return NULL;
}

struct err *renewal_look_into(struct renewal_run *r, const char *name, const char *conf,
			      struct ahead *a)
{
	r->woken = false;
	TRY(look(r, name, conf, a));
	return r->woken ? look(r, name, conf, a) : NULL;
}
