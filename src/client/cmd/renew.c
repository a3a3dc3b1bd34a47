/* renew: looks into every lineage in turn, and renews those that are due, several at a time; one failure never stops the
 * others (certbot.md 12). */
#include "client/cmd/cmd.h"
#include "client/cmd/outcome.h"
#include "client/cmd/put_off.h"
#include "client/cmd/registry.h"
#include "client/cmd/renewal_run.h"
#include "client/hook/hook.h"
#include "client/install/auto_hsts.h"
#include "client/order/journal.h"

#define READ_AHEAD 128

static void skip_idle(struct renewal_run *r, const char *name, const char *conf, time_t not_after)
{
	AUTO(free)
	char *fullchain = str_fmt("%s/live/%s/fullchain.pem", r->c->tree->config_dir, name);

	summary_skipped(&r->summary, fullchain, not_after);
	progress_skipped(&r->progress, r->c, name, conf, not_after);
}

static struct err *renew_one(struct renewal_run *r, const char *name, time_t idle_till,
			     struct ahead *a)
{
	AUTO(free) char *relative = str_fmt("renewal/%s.conf", name);
	AUTO(free) char *conf = tree_path(r->c->tree, relative);

	progress_next(&r->progress);
	if (idle_till == 0)
		return renewal_look_into(r, name, conf, a);
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
		e = renewal_deploy(r, &d->a, &d->issued);
	if (d->issued.begun)
		hooks_owe_post(r->c, d->a.opt);
	if (e == NULL)
		return;
	if (renewal_must_stop(r, e)) {
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
		renewal_owe_reload(r, &d->a, &d->issued);
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
	const struct due_work work = { .renew = renewal_obtain,
				       .conclude = conclude_due,
				       .ctx = r };

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
