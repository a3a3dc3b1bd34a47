/* renew: looks into every lineage in turn, and renews those that are due, several at a time; one failure never stops the
 * others (certbot.md 12). */
#include <unistd.h>

#include "client/client.h"
#include "client/cmd/ahead.h"
#include "client/cmd/claims.h"
#include "client/cmd/cmd.h"
#include "client/cmd/due_queue.h"
#include "client/cmd/idle_lineages.h"
#include "client/cmd/outcome.h"
#include "client/cmd/progress.h"
#include "client/cmd/put_off.h"
#include "client/cmd/registry.h"
#include "client/cmd/spread.h"
#include "client/cmd/summary.h"
#include "client/hook/hook.h"
#include "client/install/auto_hsts.h"
#include "client/install/reload.h"
#include "client/lineage/misfit.h"
#include "client/lineage/reuse.h"
#include "client/order/issue.h"
#include "client/order/journal.h"
#include "client/order/owed.h"
#include "client/order/renewal.h"
#include "client/plugin.h"

#define READ_AHEAD 128

struct renewal_run {
	struct client *c; /* who speaks now */
	struct client *root;
	struct due_queue *queue; /* NULL: what is due is renewed at once */
	struct err *stopped;     /* while the queue was worked on */
	struct idle_lineages idle;
	struct claims claims;      /* of what is due */
	struct strlist unfinished; /* lineages with a journal */
	struct strlist setbacks;   /* lineages that are known to have failed */
	bool slept;
	bool woken;      /* since the lineage in work was read */
	bool locked_out; /* the locks are not ours any more: nothing is touched */
	bool worked;     /* since lineages were read ahead, something may have changed them */
	struct progress progress;
	struct summary summary;
	struct reloads reloads; /* owed to servers, when all is renewed */
};

static void renewal_run_release(struct renewal_run *r)
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

AUTO_RELEASE(struct renewal_run, renewal_run_release)

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

/* May be one of several threads. */
static struct err *renew_due(struct client *c, struct ahead *a, struct issued *out)
{
	struct lineage *l = a->lineage;
	const struct issue_request request = { .name = l->name,
					       .existing = l,
					       .names = &l->cert->names };

	warn_of_installer(c, a->opt, l);
	TRY(reuse_check_in_place(a->opt, l));
	return issue_obtain(out, c, a->opt, &request);
}

static void owe_reload(struct renewal_run *r, const struct ahead *a, struct issued *i)
{
	if (i->lineage != NULL && reload_is_owed(a->opt))
		reloads_add(&r->reloads, MOVE(i->lineage), a->opt);
	else
		outcome_renewed(&r->summary, r->c, a->lineage);
}

static struct err *deploy_due(struct renewal_run *r, const struct ahead *a, struct issued *i)
{
	TRY(issue_deploy(r->c, a->opt, i));
	if (a->opt->dry_run &&
	    reload_is_owed(a->opt)) /* the server has the certificate that is there */
		TRY(lineage_load(&i->lineage, r->c->tree, a->lineage->name));
	owe_reload(r, a, i);
	return NULL;
}

static struct err *renew_at_once(struct renewal_run *r, struct ahead *a)
{
	AUTO(issued_release) struct issued issued = { 0 };
	struct err *e = renew_due(r->c, a, &issued);

	if (e == NULL)
		e = deploy_due(r, a, &issued);
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

static void skip_idle(struct renewal_run *r, const char *name, const char *conf, time_t not_after)
{
	AUTO(free)
	char *fullchain = str_fmt("%s/live/%s/fullchain.pem", r->c->tree->config_dir, name);

	summary_skipped(&r->summary, fullchain, not_after);
	progress_skipped(&r->progress, r->c, name, conf, not_after);
}

/* A run that was not let in again has no business here; else an error only stops when somebody asked for it. */
static bool must_stop(const struct renewal_run *r, const struct err *e)
{
	return r->locked_out || err_is(e, ERR_INTERRUPTED);
}

/* Yields an error only when the whole run must stop. */
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
	if (must_stop(r, e))
		return MOVE(e);
	progress_announce(&r->progress, r->c, name, conf);
	outcome_failed(&r->summary, r->c, a->lineage, e);
	return NULL;
}

static struct err *look_into(struct renewal_run *r, const char *name, const char *conf,
			     struct ahead *a)
{
	r->woken = false;
	TRY(look(r, name, conf, a));
	return r->woken ? look(r, name, conf, a) : NULL;
}

static struct err *renew_one(struct renewal_run *r, const char *name, time_t idle_till,
			     struct ahead *a)
{
	AUTO(free) char *relative = str_fmt("renewal/%s.conf", name);
	AUTO(free) char *conf = tree_path(r->c->tree, relative);

	progress_next(&r->progress);
	if (idle_till == 0)
		return look_into(r, name, conf, a);
	skip_idle(r, name, conf, idle_till);
	return NULL;
}

/* One after the other where they are renewed so: what is found to be due is renewed before the next is asked about. */
static struct err *ask_ahead(struct renewal_run *r, struct ahead *some, size_t count)
{
	struct foresight_question q[READ_AHEAD];
	size_t n = 0;

	for (size_t i = 0; i < count && r->queue != NULL; i++)
		if (some[i].lineage != NULL && some[i].broken == NULL &&
		    !strlist_has(&r->setbacks, some[i].lineage->name))
			q[n++] = (struct foresight_question){ .out = &some[i].foresight,
							      .lineage = some[i].lineage,
							      .opt = some[i].opt };
	return foresight_ask(r->c, q, n);
}

static struct err *renew_some(struct renewal_run *r, char *const *names, const time_t *idle_till,
			      size_t count)
{
	struct ahead some[READ_AHEAD] = { 0 };

	r->worked = false;
	ahead_read_all(some, r->c, r->idle.index, names, idle_till, count);
	struct err *stopped = ask_ahead(r, some, count);

	for (size_t i = 0; i < count; i++) {
		if (stopped == NULL)
			stopped = renew_one(r, names[i], idle_till[i], &some[i]);
		ahead_release(&some[i]);
	}
	if (r->queue != NULL) {
		progress_flush(&r->progress, r->c);
		due_queue_speak(r->queue);
	}
	return stopped;
}

static struct err *renew_all(struct renewal_run *r, const struct strlist *names)
{
	for (size_t from = 0; from < names->count; from += READ_AHEAD) {
		size_t left = names->count - from;

		TRY(renew_some(r, names->items + from, r->idle.till + from,
			       left < READ_AHEAD ? left : READ_AHEAD));
	}
	return NULL;
}

static void settle(struct renewal_run *r, struct due *d)
{
	struct err *e = MOVE(d->failure);

	if (e == NULL)
		e = deploy_due(r, &d->a, &d->issued);
	if (d->issued.begun)
		hooks_owe_post(r->c, d->a.opt);
	if (e == NULL)
		return;
	if (must_stop(r, e)) {
		r->stopped = e;
		return;
	}
	outcome_failed(&r->summary, r->c, d->a.lineage, e);
	err_free(e);
}

/* Once somebody asked to stop, hooks are left to the next run. */
static void abandon(struct renewal_run *r, struct due *d)
{
	if (d->failure == NULL && d->issued.lineage != NULL)
		owe_reload(r, &d->a, &d->issued);
	if (d->issued.begun)
		hooks_owe_post(r->c, d->a.opt);
}

static bool conclude_due(void *ctx, struct client *c, struct due *d)
{
	struct renewal_run *r = ctx;

	r->c = c;
	if (r->stopped == NULL)
		r->stopped = interrupt_check(c->world->stop);
	if (d->a.broken != NULL)
		outcome_broken(&r->summary, r->c, d->name, d->a.broken);
	else if (r->stopped != NULL)
		abandon(r, d);
	else
		settle(r, d);
	return r->stopped == NULL;
}

/* --jobs 1: each is renewed as soon as it is found to be due. */
static void open_queue(struct renewal_run *r, size_t lineages)
{
	unsigned lanes = due_queue_lanes(r->root->opt);

	if (lanes == 1 || lineages <= 1)
		return;
	r->queue = due_queue_new(r->root, lanes);
	r->c = due_queue_client(r->queue);
}

static struct err *work_off_queue(struct renewal_run *r, struct err *stopped)
{
	const struct due_work work = { .renew = renew_due, .conclude = conclude_due, .ctx = r };

	progress_flush(&r->progress, r->c);
	if (r->queue == NULL)
		return stopped;
	if (stopped == NULL)
		due_queue_run(r->queue, &work);
	else
		due_queue_give_up(r->queue);
	r->c = r->root;
	return stopped != NULL ? stopped : MOVE(r->stopped);
}

/* The certificate of one that failed is saved, but not served. */
static void conclude_reload(void *ctx, const struct lineage *l, const struct err *why)
{
	struct renewal_run *r = ctx;

	if (why == NULL || err_is(why, ERR_INTERRUPTED))
		outcome_renewed(&r->summary, r->c, l);
	else
		outcome_failed(&r->summary, r->c, l, why);
}

static struct err *choose(struct strlist *names, struct client *c)
{
	if (c->opt->cert_name == NULL)
		return lineage_names(names, c->tree);
	if (!lineage_exists(c->tree, c->opt->cert_name))
		return err_new(ERR_CONFIG,
			       "no certificate found with name %s (expected %s/renewal/%s.conf); "
			       "`signet certificates` lists them",
			       c->opt->cert_name, c->tree->config_dir, c->opt->cert_name);
	strlist_add(names, c->opt->cert_name);
	return NULL;
}

static struct err *renew(struct client *c)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	AUTO(renewal_run_release)
	struct renewal_run r = { .c = c, .root = c, .progress = progress_init() };

	TRY(lineages_settle(c->tree));
	TRY(choose(&names, c));
	TRY(journal_names(&r.unfinished, c->tree));
	TRY(setback_names(&r.setbacks, c->tree));
	idle_lineages_find(&r.idle, c, &names, &r.unfinished);
	open_queue(&r, names.count);
	struct err *stopped = work_off_queue(&r, renew_all(&r, &names));

	reloads_run(&r.reloads, c, conclude_reload, &r);
	AUTO(err_free) struct err *unraised = stopped == NULL ? auto_hsts_raise(c, &names) : NULL;

	if (stopped == NULL)
		summary_tell(&r.summary, c);
	if (!r.locked_out)
		idle_lineages_save(&r.idle, &names);
	hooks_run_owed_post(c, &r.summary.renewed_names, &r.summary.failed_names);
	TRY(stopped);
	TRY_WRAP(MOVE(unraised), "raising the time of Strict-Transport-Security");
	return summary_verdict(&r.summary);
}

const struct subcommand subcommand_renew = {
	.name = "renew",
	.summary = "Renew all certificates that are due",
	.needs_tree = true,
	.run = renew,
};
