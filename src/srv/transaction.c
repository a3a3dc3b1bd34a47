#include "srv/transaction.h"

#include <assert.h>

#include "srv/circle.h"
#include "srv/keep.h"
#include "srv/prove.h"
#include "srv/take_back.h"

enum { WENT_ON_MS = 1000 };

static const char *const step_names[] = {
	[STEP_WRITE] = "writing the configuration", [STEP_TEST] = "testing the configuration",
	[STEP_RELOAD] = "reloading the server",     [STEP_PROVE] = "proving what is served",
	[STEP_UNDO] = "undoing the change",         [STEP_FINISH] = "keeping the checkpoint",
};
static_assert(sizeof(step_names) / sizeof(step_names[0]) == STEP_COUNT, "a name for each step");

/* One under way. */
struct course {
	const struct transaction *t;
	enum webserver_outcome outcome;
	bool ran;  /* the server, when it began */
	bool owed; /* it is to be told yet that a temporary change is gone: later, if not by this */
	int64_t took_ms;         /* by the test */
	struct strlist circling; /* names that led to themselves before */
	bool *good; /* of each place of t->keep: it had a certificate that is good for it */
};

static void tell(const struct transaction *t, enum transaction_step step)
{
	if (t->tell != NULL)
		t->tell(t->ctx, step);
}

static enum checkpoint_kind kind_of(const struct transaction *t)
{
	return t->title != NULL ? CHECKPOINT_IN_PROGRESS : CHECKPOINT_TEMPORARY;
}

static struct err *write_change(struct course *c)
{
	const struct transaction *t = c->t;

	return t->change != NULL ? change_write(t->change, t->checkpoints, kind_of(t)) : NULL;
}

static struct err *test_config(struct course *c)
{
	return webserver_test(c->t->server, c->t->checkpoints->world, &c->took_ms);
}

static struct err *reload(struct course *c)
{
	TRY(webserver_take(c->t->server, c->t->checkpoints->world, c->took_ms, &c->outcome));
	return checkpoints_settle(c->t->checkpoints);
}

/* Only what changes sites makes circles; a new certificate does not. */
static bool may_circle(const struct transaction *t)
{
	return t->change != NULL && t->prove != NULL && t->prove->count > 0;
}

static struct err *note_circles(struct course *c)
{
	const struct transaction *t = c->t;
	const struct circle_search s = { t->prove, t->http_port };

	return may_circle(t) ? circles_find(&c->circling, t->checkpoints->world, &s) : NULL;
}

static struct err *note_good(struct course *c)
{
	const struct endpoints *keep = c->t->keep;

	return keep != NULL && keep->count > 0 ? keep_note(&c->good, c->t->checkpoints->world, keep)
					       : NULL;
}

/* A server that does not run shows nothing. */
static struct err *prove(struct course *c)
{
	const struct transaction *t = c->t;
	const struct proof_wanted wanted = { t->prove, t->server->programs,
					     t->patience_ms > 0 ? t->patience_ms
								: webserver_proof_ms(t->server) };
	const struct circle_search s = { t->prove, t->http_port };

	if (c->outcome == WEBSERVER_NOT_RUNNING)
		return NULL;
	TRY(prove_served(t->checkpoints->world, &wanted));
	if (c->good != NULL)
		TRY(keep_check(t->checkpoints->world, t->keep, c->good));
	return may_circle(t) ? circles_refuse(t->checkpoints->world, &s, &c->circling) : NULL;
}

static struct err *finish(struct course *c)
{
	const struct transaction *t = c->t;

	return t->title != NULL ? checkpoint_finish(t->checkpoints, t->title) : NULL;
}

/* The way forward, in this order. */
static const struct {
	enum transaction_step step;
	struct err *(*take)(struct course *c);
} steps[] = {
	{ STEP_WRITE, write_change }, { STEP_TEST, test_config }, { STEP_RELOAD, reload },
	{ STEP_PROVE, prove },        { STEP_FINISH, finish },
};

/* Not to be interrupted: half of an undo is worse than none. */
static struct err *put_back(bool *done, const struct checkpoints *c, enum checkpoint_kind kind)
{
	AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
	struct world calm = *c->world;
	struct checkpoints place = *c;

	calm.stop = NULL;
	place.world = &calm;
	struct err *e = kind == CHECKPOINT_TEMPORARY ? checkpoint_withdraw(&place, &report)
						     : checkpoint_revert(&place, kind, &report);

	for (size_t i = 0; c->complain != NULL && i < report.complaints.count; i++)
		c->complain(c->ctx, report.complaints.items[i]);
	TRY(e);
	*done = report.checkpoints > 0;
	return NULL;
}

static struct err *take_back(const struct checkpoints *c, const struct webserver *s,
			     enum webserver_outcome *outcome)
{
	TRY(webserver_take_back(s, c->world, outcome));
	return checkpoints_settle(c);
}

struct err *transaction_reload(const struct checkpoints *c, const struct webserver *s,
			       enum webserver_outcome *outcome)
{
	struct webserver as_found = *s;

	if (webserver_pid(s) == 0)
		as_found.start = NULL;
	return take_back(c, &as_found, outcome);
}

typedef struct err *take_fn(const struct checkpoints *c, const struct webserver *s,
			    enum webserver_outcome *outcome);

static struct err *calmly(take_fn *take, const struct checkpoints *c, const struct webserver *s,
			  enum webserver_outcome *outcome)
{
	struct world calm = *c->world;
	struct checkpoints place = *c;

	calm.stop = NULL;
	place.world = &calm;
	return take(&place, s, outcome);
}

/* Not to be interrupted. */
static struct err *stop_again(const struct course *c)
{
	struct world calm = *c->t->checkpoints->world;

	calm.stop = NULL;
	TRY(webserver_stop(c->t->server, &calm));
	return checkpoints_settle(c->t->checkpoints);
}

/* One that went on with what it had, and still does, has what it is to have. One that did not run is left so. */
static struct err *reload_undone(const struct course *c, const struct err *why,
				 enum webserver_outcome *outcome)
{
	struct webserver s = *c->t->server;
	bool went_on = err_is(why, ERR_TIMEOUT);

	if (c->outcome == WEBSERVER_STARTED)
		return stop_again(c);
	if (went_on)
		s.wait_ms = WENT_ON_MS;
	if (!c->ran)
		s.start = NULL;
	struct err *e = calmly(take_back, c->t->checkpoints, &s, outcome);

	if (e == NULL || !went_on || !err_is(e, ERR_TIMEOUT))
		return e;
	err_free(e);
	return checkpoints_settle(c->t->checkpoints);
}

/* The reason first; what went wrong while undoing it is the other thing to know. */
static struct err *and_also(struct err *why, struct err *e, const char *what)
{
	if (e == NULL)
		return why;
	AUTO(free) char *also = err_text(e);

	err_free(e);
	return err_wrap(why, "%s (%s)", what, also);
}

/* A server that has not been told of the change needs not be told that it is gone; nor one that was not there to be told. */
static bool must_be_told(const struct course *c, enum transaction_step failed, bool undone)
{
	bool there = c->ran || failed > STEP_RELOAD || webserver_pid(c->t->server) != 0;

	return undone && failed >= STEP_RELOAD && there;
}

/* By what it was told, or by what it was told then. It stood still meanwhile, which is to be known. */
static struct err *tell_end(const struct course *c, struct err *why, enum webserver_outcome outcome)
{
	const char *name = c->t->server->name;

	if (outcome == WEBSERVER_REVIVED)
		return err_wrap(why, "%s ended when it took its files back, and was started again",
				name);
	if (c->ran && outcome == WEBSERVER_STARTED)
		return err_wrap(
			why,
			"%s ended by itself, and was started again with the files as they were: what was in its way may be gone with that, so run "
			"this again",
			name);
	return why;
}

static struct err *undo(const struct course *c, enum transaction_step failed, struct err *why)
{
	const struct transaction *t = c->t;
	bool done = false;

	tell(t, STEP_UNDO);
	struct err *e = put_back(&done, t->checkpoints, kind_of(t));

	if (e != NULL)
		return and_also(why, e, "the change could not be undone");
	if (c->owed && failed < STEP_RELOAD)
		return why;
	if (!must_be_told(c, failed, done))
		return and_also(why, checkpoints_settle(t->checkpoints),
				"the change is undone, but not its checkpoint");
	enum webserver_outcome outcome = WEBSERVER_RELOADED;

	e = reload_undone(c, why, &outcome);
	if (e == NULL)
		return tell_end(c, why, outcome);
	return and_also(why, e,
			"the files are as they were, but the server does not take them again");
}

static struct err *run(struct course *c)
{
	if (c->ran) {
		TRY(note_circles(c));
		TRY(note_good(c));
	}
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		tell(c->t, steps[i].step);
		struct err *e = steps[i].take(c);

		if (e != NULL)
			return undo(c, steps[i].step, err_wrap(e, "%s", step_names[steps[i].step]));
	}
	return NULL;
}

struct err *transaction_run(const struct transaction *t, enum webserver_outcome *outcome)
{
	struct course c = { .t = t,
			    .outcome = WEBSERVER_NOT_RUNNING,
			    .ran = webserver_pid(t->server) != 0,
			    .owed = checkpoint_is_owed(t->checkpoints) };
	struct err *e = run(&c);

	strlist_release(&c.circling);
	free(c.good);
	*outcome = e == NULL ? c.outcome : WEBSERVER_NOT_RUNNING;
	return e;
}

struct err *transaction_settle(const struct checkpoints *c, const struct webserver *s)
{
	enum webserver_outcome outcome;

	return checkpoint_is_owed(c) ? calmly(transaction_reload, c, s, &outcome) : NULL;
}

struct err *transaction_withdraw(const struct checkpoints *c, const struct webserver *s, bool later)
{
	bool done = false;

	TRY(put_back(&done, c, CHECKPOINT_TEMPORARY));
	return later ? NULL : transaction_settle(c, s);
}
