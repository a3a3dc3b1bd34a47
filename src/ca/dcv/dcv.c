#include "ca/dcv/dcv.h"

#include <event2/event.h>

#include "base/limits.h"
#include "ca/config/config.h"
#include "ca/dcv/trace.h"
#include "ca/dcv/vantage.h"
#include "ca/log/log.h"
#include "ca/policy/limiter.h"
#include "ca/policy/profiles.h"
#include "ca/res/url.h"
#include "ca/store/store.h"
#include "net/mailbox.h"
#include "proto/problem.h"

/* One question to the perspectives under way: an attempt at a challenge, or CAA alone. */
struct inquiry {
	struct dcv *dcv;
	struct inquiry *next, *previous;
	struct event *timer;
	/* an attempt */
	int64_t authz_id, account_id;
	struct ident ident;
	char *type;
	int64_t valid_s;
	bool valid;
	char *problem, *record; /* JSON, as stored */
	struct dcv_told told;
	struct event *patience; /* of who waits to be told */
	/* CAA */
	dcv_caa_fn *done;
	void *ctx;
};

struct dcv {
	struct ca_loop *loop;
	struct vantages *vantages;
	struct inquiry *first;
	size_t count;
};

struct err *dcv_new(struct dcv **out, struct ca_loop *loop)
{
	AUTO(dcv_free) struct dcv *d = xcalloc(1, sizeof(*d));

	d->loop = loop;
	TRY(vantages_new(&d->vantages, loop));
	*out = MOVE(d);
	return NULL;
}

static void release(struct inquiry *q)
{
	if (q->timer != NULL)
		event_free(q->timer);
	if (q->patience != NULL)
		event_free(q->patience);
	ident_release(&q->ident);
	free(q->type);
	free(q->problem);
	free(q->record);
	free(q);
}

static void end(struct inquiry *q)
{
	struct dcv *d = q->dcv;

	*(q->previous != NULL ? &q->previous->next : &d->first) = q->next;
	if (q->next != NULL)
		q->next->previous = q->previous;
	d->count--;
	release(q);
}

void dcv_free(struct dcv *d)
{
	if (d == NULL)
		return;
	vantages_free(d->vantages);
	for (struct inquiry *q = d->first, *next; q != NULL; q = next) {
		next = q->next;
		release(q);
	}
	free(d);
}

size_t dcv_open_count(const struct dcv *d)
{
	return d->count;
}

static struct inquiry *add(struct dcv *d)
{
	struct inquiry *q = xcalloc(1, sizeof(*q));

	q->dcv = d;
	q->next = d->first;
	if (q->next != NULL)
		q->next->previous = q;
	d->first = q;
	d->count++;
	return q;
}

static void set_timer(struct inquiry *q, unsigned seconds, event_callback_fn fire)
{
	const struct timeval wait = { .tv_sec = seconds };

	if (q->timer != NULL)
		event_free(q->timer);
	q->timer = evtimer_new(q->dcv->loop->base, fire, q);
	evtimer_add(q->timer, &wait);
}

/* --- who waits for the verdict */

static void tell(struct inquiry *q, const struct store_authz *a)
{
	const struct dcv_told told = q->told;

	q->told = (struct dcv_told){ 0 };
	if (told.fn != NULL)
		told.fn(told.ctx, a);
}

static void out_of_patience(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	tell(ctx, NULL);
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

static void will_tell(struct inquiry *q, const struct dcv_told *told)
{
	int ms = is_only_one(q) ? LIMIT_CA_VERDICT_MS : 0;
	const struct timeval wait = { .tv_usec = ms * 1000 };

	q->told = *told;
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

	limiter_judged(ca->limiter, q->account_id, &q->ident, q->valid,
		       clock_now_ms(ca->world->clock));
	ca_log(ca->log, LOG_LEVEL_INFO, "challenge_judged",
	       LOG_FIELDS(LOG_NUM("account", q->account_id), LOG_NUM("authorization", q->authz_id),
			  LOG_STR("type", q->type), LOG_STR("identifier", q->ident.value),
			  LOG_STR("status", q->valid ? "valid" : "invalid"),
			  LOG_STR("problem", q->problem)));
}

static void stored(void *ctx, struct store_answer *a)
{
	struct inquiry *q = ctx;

	if (a->error != NULL) {
		ca_log(q->dcv->loop->ca->log, LOG_LEVEL_WARNING, "verdict_waits",
		       LOG_FIELDS(LOG_NUM("authorization", q->authz_id), LOG_ERR(a->error)));
		set_timer(q, a->error->retry_after_s > 0 ? a->error->retry_after_s : 1,
			  store_again);
		return;
	}
	if (a->outcome == STORE_DONE)
		count(q);
	tell(q, a->authz_count > 0 ? &a->authzs[0] : NULL);
	end(q);
}

static void store_verdict(struct inquiry *q)
{
	struct ca *ca = q->dcv->loop->ca;
	const struct store_asker who = { q->dcv->loop->mailbox, stored, q };
	time_t now = world_now(ca->world);
	const struct store_verdict v = {
		.authz_id = q->authz_id,
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
static void believed(evutil_socket_t fd, short what, void *ctx)
{
	struct inquiry *q = ctx;

	(void)fd;
	(void)what;
	q->valid = true;
	q->record = xstrdup("[]");
	store_verdict(q);
}

/* --- what is asked */

static void set_request(struct va_request *out, const struct dcv *d, const struct store_authz *a,
			const struct dcv_account *account)
{
	const struct va_request lent = {
		.ident = a->ident,
		.wildcard = a->wildcard,
		.challenge = a->attempt,
		.token = a->token,
		.check_caa = d->loop->ca->config->va.caa && a->ident.type == IDENT_DNS,
	};

	va_request_copy(out, &lent);
	out->thumbprint = account->thumbprint != NULL ? xstrdup(account->thumbprint) : NULL;
	out->account_url = account->url != NULL ? xstrdup(account->url) : NULL;
	url_account_former(&out->account_aliases, d->loop->ca->config, a->account_id);
}

static int64_t valid_s(const struct dcv *d, const struct store_authz *a)
{
	const struct ca_config *c = d->loop->ca->config;
	const struct profile_config *p = profile_by_name(c, a->profile);

	return p != NULL ? p->valid_s : c->profiles[0].valid_s;
}

void dcv_start(struct dcv *d, const struct store_authz *a, const struct dcv_account *account,
	       const struct dcv_told *told)
{
	struct inquiry *q = add(d);
	AUTO(va_request_release) struct va_request request = { 0 };

	q->authz_id = a->id;
	q->account_id = a->account_id;
	q->ident = (struct ident){ a->ident.type, xstrdup(a->ident.value) };
	q->type = xstrdup(a->attempt);
	q->valid_s = valid_s(d, a);
	set_request(&request, d, a, account);
	if (told != NULL)
		will_tell(q, told);
	if (d->loop->ca->config->test.always_valid)
		set_timer(q, 0, believed);
	else
		perspectives_check(vantages_perspectives(d->vantages), &request, judged, q);
}

static void caa_known(void *ctx, struct err *problem, struct va_record *record, json_t *summary)
{
	struct inquiry *q = ctx;
	dcv_caa_fn *done = q->done;
	void *asker = q->ctx;

	va_record_free(record);
	json_decref(summary);
	end(q);
	done(asker, problem);
}

void dcv_check_caa(struct dcv *d, const struct store_authz *a, const struct dcv_account *account,
		   dcv_caa_fn *done, void *ctx)
{
	struct inquiry *q = add(d);
	AUTO(va_request_release) struct va_request request = { 0 };

	q->done = done;
	q->ctx = ctx;
	set_request(&request, d, a, account);
	perspectives_check_caa(vantages_perspectives(d->vantages), &request, caa_known, q);
}
