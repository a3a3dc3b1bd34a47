#include "client/cmd/due_queue.h"

#include <unistd.h>

#include "base/limits.h"
#include "base/turnstile.h"
#include "client/cmd/crew.h"
#include "client/hook/hook.h"
#include "client/order/ca.h"
#include "client/plugin.h"

/* Longer than this nobody waits for a CA: the lineage has failed, and the next run tries again. */
#define PATIENCE_S 300

/* What a thread keeps from one lineage to the next: its sessions with their connections and nonces. */
struct lane {
	struct client client;
};

struct due_queue {
	struct client *root;
	struct client aside; /* of the caller's thread */
	struct world world;  /* of the lanes */
	struct turnstile turnstile;
	unsigned lane_count;
	struct lane lanes[LIMIT_JOBS];
	struct due *dues;
	struct crew_job *jobs; /* jobs[i] renews dues[i] */
	size_t count;
	struct strlist pre_hooks; /* of those that are queued */
	const struct due_work *work;
};

unsigned due_queue_lanes(const struct options *opt)
{
	long processors = opt->jobs > 0 ? (long)opt->jobs : sysconf(_SC_NPROCESSORS_ONLN);

	return processors < 1 ? 1 : processors > LIMIT_JOBS ? LIMIT_JOBS : (unsigned)processors;
}

struct due_queue *due_queue_new(struct client *c, unsigned lanes)
{
	struct due_queue *q = xcalloc(1, sizeof(*q));

	q->root = c;
	q->lane_count = lanes;
	q->aside = *c;
	q->aside.ui = ui_new_aside(c->ui);
	turnstile_init(&q->turnstile, c->world->spawner);
	q->world = *c->world;
	q->world.spawner = &q->turnstile.spawner;
	return q;
}

static void due_release(struct due *d)
{
	ahead_release(&d->a);
	issued_release(&d->issued);
	err_free(MOVE(d->failure));
	said_release(&d->before);
	said_release(&d->said);
	free(MOVE(d->name));
}

static void close_lanes(struct due_queue *q)
{
	for (size_t i = 0; i < ARRAY_LEN(q->lanes); i++) {
		ca_pool_free(MOVE(q->lanes[i].client.cas));
		ui_free(MOVE(q->lanes[i].client.ui));
	}
}

void due_queue_free(struct due_queue *q)
{
	if (q == NULL)
		return;
	for (size_t i = 0; i < q->count; i++) {
		due_release(&q->dues[i]);
		crew_job_release(&q->jobs[i]);
	}
	close_lanes(q);
	ui_free(q->aside.ui);
	turnstile_release(&q->turnstile);
	strlist_release(&q->pre_hooks);
	free(q->dues);
	free(q->jobs);
	free(q);
}

struct client *due_queue_client(struct due_queue *q)
{
	return &q->aside;
}

void due_queue_speak(struct due_queue *q)
{
	AUTO(said_release) struct said kept = { 0 };

	if (q->count > 0)
		return;
	kept = ui_aside_take(q->aside.ui);
	ui_say(q->root->ui, &kept);
}

/* --- who may go beside whom --- */

/* A name and its wildcard are proved at the same place. */
static void bare_names(struct strlist *out, const struct cert_names *names)
{
	for (size_t i = 0; i < names->dns.count; i++) {
		const char *name = names->dns.items[i];

		(void)strlist_add_unique(out, str_starts(name, "*.") ? name + 2 : name);
	}
	strlist_add_all(out, &names->ip);
}

/* Plugins that can only work for one at a time are kept apart from each other too: two may be after the same port or server. */
static const char *what_is_there_once(const struct options *opt)
{
	const struct plugin *p = opt->authenticator != NULL ? plugin_by_name(opt->authenticator)
							    : NULL;

	if (p == NULL || p->authenticator == NULL || p->authenticator->side_by_side)
		return NULL;
	return "this machine";
}

static void describe(struct crew_job *j, struct due_queue *q, const struct ahead *a)
{
	*j = (struct crew_job){
		.alone = what_is_there_once(a->opt),
		.peer = str_fmt("%s %s", a->opt->server,
				a->opt->account != NULL ? a->opt->account : ""),
		.barrier = hooks_expect_pre(&q->pre_hooks, q->root, a->opt),
	};
	bare_names(&j->names, &a->lineage->cert->names);
}

void due_queue_add(struct due_queue *q, const struct ahead *a)
{
	q->dues = xrealloc(q->dues, q->count + 1, sizeof(*q->dues));
	q->jobs = xrealloc(q->jobs, q->count + 1, sizeof(*q->jobs));
	q->dues[q->count] = (struct due){
		.name = xstrdup(a->lineage->name),
		.before = ui_aside_take(q->aside.ui),
	};
	describe(&q->jobs[q->count], q, a);
	q->count++;
}

/* --- renewing --- */

static struct err *renew(struct due_queue *q, struct client *c, struct due *d)
{
	ahead_read(&d->a, c, NULL, d->name);
	return d->a.broken == NULL ? q->work->renew(c, &d->a, &d->issued) : NULL;
}

/* The CA asks for less: the end of what it asks to wait; 0: it does not. */
static unsigned limited_s(const struct err *e)
{
	for (; e != NULL; e = e->cause)
		if ((e->http_status == 429 || e->http_status == 503) && e->retry_after_s > 0)
			return e->retry_after_s;
	return 0;
}

static void report_limit(const struct client *c, const struct due *d, unsigned wait_s)
{
	const char *server = d->a.opt->server;
	time_t until = world_now(c->world) + (time_t)wait_s;
	AUTO(free) char *when = time_utc_long(until);

	ui_emit(c->ui, EVENT_CA_LIMITED,
		FIELDS(STR("lineage", d->name), STR("server", server), TIME("until", until),
		       ERROR("error", d->failure)),
		"%s asks to wait until %s. Renewals from there wait, and go one at a time afterwards; others "
		"go on.",
		server, when);
}

/* With whatever it has published taken away again, and its order kept. */
static bool waits_for_ca(const struct client *c, struct due *d, int64_t *wait_ms)
{
	unsigned wait_s = limited_s(d->failure);

	if (wait_s == 0 || d->waited_ms / 1000 + wait_s > PATIENCE_S)
		return false;
	report_limit(c, d, wait_s);
	*wait_ms = (int64_t)wait_s * 1000;
	d->waited_ms += *wait_ms;
	return true;
}

static enum crew_result renew_in_lane(void *ctx, unsigned lane, size_t job, int64_t *wait_ms)
{
	struct due_queue *q = ctx;
	struct client *c = &q->lanes[lane].client;
	struct due *d = &q->dues[job];

	ui_aside_about(c->ui, d->name);
	d->failure = renew(q, c, d);
	bool again = waits_for_ca(c, d, wait_ms), begun = d->issued.begun;
	struct said said = ui_aside_take(c->ui);

	said_append(&d->said, &said);
	if (again) {
		err_free(MOVE(d->failure));
		issued_release(&d->issued);
		d->issued.begun = begun;
		ahead_release(&d->a);
		return CREW_AGAIN;
	}
	return err_is(d->failure, ERR_INTERRUPTED) ? CREW_STOP : CREW_DONE;
}

static void conclude(void *ctx, size_t job)
{
	struct due_queue *q = ctx;
	struct due *d = &q->dues[job];

	ui_aside_about(q->aside.ui, d->name);
	(void)q->work->conclude(q->work->ctx, &q->aside,
				d); /* who is asked to stop is so in the threads too */
	struct said said = ui_aside_take(q->aside.ui);

	said_append(&d->before, &d->said);
	said_append(&d->before, &said);
	ui_say(q->root->ui, &d->before);
	due_release(d);
}

static void open_lanes(struct due_queue *q, unsigned lanes)
{
	for (unsigned i = 0; i < lanes; i++) {
		struct client *c = &q->lanes[i].client;

		*c = *q->root;
		c->world = &q->world;
		c->ui = ui_new_aside(q->root->ui);
		c->cas = ca_pool_new_beside(q->root->cas, lanes);
	}
}

static bool run_side_by_side(struct due_queue *q)
{
	unsigned lanes = q->count < q->lane_count ? (unsigned)q->count : q->lane_count;
	const struct crew_work work = { .work = renew_in_lane, .conclude = conclude, .ctx = q };

	open_lanes(q, lanes);
	return crew_run(&q->world, q->jobs, q->count, lanes, &work);
}

/* One alone, or without threads: said as it happens. */
static void run_in_turn(struct due_queue *q)
{
	bool go_on = true;

	for (size_t i = 0; i < q->count && go_on; i++) {
		struct due *d = &q->dues[i];

		ui_say(q->root->ui, &d->before);
		d->failure = renew(q, q->root, d);
		go_on = q->work->conclude(q->work->ctx, q->root, d);
		due_release(d);
	}
}

void due_queue_run(struct due_queue *q, const struct due_work *work)
{
	struct said rest = ui_aside_take(q->aside.ui);

	q->work = work;
	q->aside.world = &q->world;
	if (q->count <= 1 || !run_side_by_side(q))
		run_in_turn(q);
	ui_aside_about(q->aside.ui, NULL);
	ui_say(q->root->ui, &rest);
}

void due_queue_give_up(struct due_queue *q)
{
	struct said rest = ui_aside_take(q->aside.ui);

	for (size_t i = 0; i < q->count; i++)
		ui_say(q->root->ui, &q->dues[i].before);
	ui_say(q->root->ui, &rest);
}
