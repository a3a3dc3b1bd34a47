/* An attempt at a challenge: begun, judged, and its verdict stored. */
#include <event2/event.h>

#include "base/limits.h"
#include "ca/config/config.h"
#include "ca/dcv/inquiry.h"
#include "ca/dcv/trace.h"
#include "ca/dcv/vantage.h"
#include "ca/log/log.h"
#include "ca/policy/limiter.h"
#include "ca/policy/profiles.h"
#include "net/mailbox.h"
#include "proto/problem.h"

static void set_timer(struct inquiry *q, unsigned seconds, event_callback_fn fire)
{
	const struct timeval wait = { .tv_sec = seconds };

	if (q->timer != NULL)
		event_free(q->timer);
	q->timer = evtimer_new(q->dcv->loop->base, fire, q);
	evtimer_add(q->timer, &wait);
}

/* --- who waits for the verdict */

static void tell(struct inquiry *q, struct store_answer *a)
{
	const struct store_asker told = q->told;

	q->told = (struct store_asker){ 0 };
	if (told.done != NULL)
		told.done(told.ctx, a);
}

static void begun(void *ctx, struct store_answer *a);

/* Under way for everybody, whatever happens to us. */
static void make_known(struct inquiry *q)
{
	const struct store_asker who = { q->dcv->loop->mailbox, begun, q };

	if (q->known || q->judged)
		return;
	q->known = true;
	store_authz_begin(q->dcv->loop->ca->store, &who, q->authz_id, q->request.challenge,
			  world_now(q->dcv->loop->ca->world));
}

static void out_of_patience(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	make_known(ctx);
}

/* Who proves many names at once must not wait for each in turn, and where many are proved nothing comes at once. */
static bool is_only_one(const struct inquiry *q)
{
	if (q->dcv->count > LIMIT_CA_VERDICTS)
		return false;
	for (const struct inquiry *other = q->dcv->first; other != NULL; other = other->next)
		if (other != q && other->account_id == q->account_id)
			return false;
	return true;
}

static void have_patience(struct inquiry *q)
{
	const struct timeval wait = { .tv_usec = LIMIT_CA_VERDICT_MS * 1000 };

	q->patience = evtimer_new(q->dcv->loop->base, out_of_patience, q);
	evtimer_add(q->patience, &wait);
}

/* --- the verdict is stored; a storage that is not well is asked until it takes it */

static void store_verdict(struct inquiry *q);

static void store_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	store_verdict(ctx);
}

static void count(const struct inquiry *q)
{
	struct ca *ca = q->dcv->loop->ca;

	limiter_judged(ca->limiter, q->account_id, &q->request.ident, q->valid,
		       clock_now_ms(ca->world->clock));
	ca_log(ca->log, LOG_LEVEL_INFO, "challenge_judged",
	       LOG_FIELDS(LOG_NUM("account", q->account_id), LOG_NUM("authorization", q->authz_id),
			  LOG_STR("type", q->request.challenge),
			  LOG_STR("identifier", q->request.ident.value),
			  LOG_STR("status", q->valid ? "valid" : "invalid"),
			  LOG_STR("problem", q->problem)));
}

static void wait_for_store(struct inquiry *q, const struct err *why)
{
	ca_log(q->dcv->loop->ca->log, LOG_LEVEL_WARNING, "verdict_waits",
	       LOG_FIELDS(LOG_NUM("authorization", q->authz_id), LOG_ERR(why)));
	set_timer(q, why->retry_after_s > 0 ? why->retry_after_s : 1, store_again);
}

/* An attempt that the store has not heard of has not been made: its client may try again. */
static void stored(void *ctx, struct store_answer *a)
{
	struct inquiry *q = ctx;

	if (a->error != NULL && q->known) {
		wait_for_store(q, a->error);
		return;
	}
	if (a->error == NULL && a->outcome == STORE_DONE)
		count(q);
	tell(q, a);
	inquiry_end(q);
}

static void store_verdict(struct inquiry *q)
{
	struct ca *ca = q->dcv->loop->ca;
	const struct store_asker who = { q->dcv->loop->mailbox, stored, q };
	time_t now = world_now(ca->world);

	q->judged = true;
	const struct store_verdict v = {
		.authz_id = q->authz_id,
		.attempt = q->request.challenge,
		.valid = q->valid,
		.problem = q->problem,
		.record = q->record,
		.now = now,
		.expires = now + q->valid_s,
	};

	store_authz_judge(ca->store, &who, &v);
}

/* --- what the perspectives say */

/* For the RFC, an answer that is not the one wanted has a type of its own (RFC 8555 §6.7, ca.md 5.16). */
static void rename_by_rfc(const struct ca_config *c, struct err *problem)
{
	if (c->policy.quirks != QUIRKS_RFC || !err_has_type(problem, "unauthorized"))
		return;
	AUTO(err_free) struct err *named = problem_new("incorrectResponse", "%s", problem->detail);
	char *urn = problem->urn;

	problem->urn = MOVE(named->urn);
	named->urn = urn;
	problem->http_status = named->http_status;
}

static char *problem_text(const struct ca_config *c, struct err *problem)
{
	rename_by_rfc(c, problem);
	AUTO(json_release) json_t *obj = problem_render(problem);

	return json_compact(obj);
}

static char *compact_taken(json_t *value)
{
	AUTO(json_release) json_t *taken = value;

	return taken != NULL ? json_compact(taken) : NULL;
}

static void judged(void *ctx, struct err *problem, struct va_record *record, json_t *summary)
{
	struct inquiry *q = ctx;
	AUTO(err_free) struct err *why = problem;
	AUTO(va_record_free) struct va_record *seen = record;
	AUTO(json_release) json_t *all = summary;
	struct ca_log *log = q->dcv->loop->ca->log;

	q->valid = why == NULL;
	q->problem = why != NULL ? problem_text(q->dcv->loop->ca->config, why) : NULL;
	q->record = compact_taken(va_record_public(seen));
	trace_record(log, q->authz_id, seen, q->valid);
	trace_perspectives(log, q->authz_id, all);
	store_verdict(q);
}

/* [test] always_valid */
static void believe(struct inquiry *q)
{
	q->valid = true;
	q->record = xstrdup("[]");
	store_verdict(q);
}

/* --- life */

static int64_t valid_s(const struct dcv *d, const struct store_authz *a)
{
	const struct ca_config *c = d->loop->ca->config;
	const struct profile_config *p = profile_by_name(c, a->profile);

	return p != NULL ? p->valid_s : c->profiles[0].valid_s;
}

static struct inquiry *add_attempt(struct dcv *d, const struct store_authz *a,
				   const struct dcv_account *account)
{
	struct inquiry *q = inquiry_add(d, a, account);

	q->authz_id = a->id;
	q->account_id = a->account_id;
	q->valid_s = valid_s(d, a);
	return q;
}

static void run(struct inquiry *q)
{
	const struct dcv *d = q->dcv;

	q->running = true;
	if (d->loop->ca->config->test.always_valid)
		believe(q);
	else
		perspectives_check(vantages_perspectives(d->vantages), &q->request, judged, q);
}

static void begun(void *ctx, struct store_answer *a)
{
	struct inquiry *q = ctx;

	if (a->error != NULL)
		q->known = false;
	if (a->error == NULL && a->outcome == STORE_DONE && !q->running)
		run(q);
	tell(q, a);
	if (!q->running)
		inquiry_end(q);
}

/* Who else attempts the same authorization hears from the store that one is under way. */
static void make_others_known(const struct inquiry *q)
{
	if (q->dcv->count > LIMIT_CA_VERDICTS)
		return;
	for (struct inquiry *other = q->dcv->first; other != NULL; other = other->next)
		if (other != q && other->authz_id == q->authz_id)
			make_known(other);
}

void dcv_begin(struct dcv *d, const struct store_authz *a, const struct dcv_account *account,
	       const struct store_asker *told)
{
	struct inquiry *q = add_attempt(d, a, account);

	q->told = *told;
	if (is_only_one(q)) {
		have_patience(q);
		run(q);
		return;
	}
	make_others_known(q);
	make_known(q);
}

void dcv_resume(struct dcv *d, const struct store_authz *a, const struct dcv_account *account)
{
	struct inquiry *q = add_attempt(d, a, account);

	q->known = true;
	run(q);
}
