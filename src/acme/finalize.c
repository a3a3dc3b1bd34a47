/* From an order with its proofs published to one with a certificate (RFC 8555 §7.4). */
#include "acme/steps.h"
#include "jose/base64url.h"
#include "proto/problem.h"

#define CSR_POSTS_MAX 3
#define FIRST_LOOK_MS (10 * 1000)

/* The order's own words, where the authorizations do not say more. */
static struct err *refusal(const struct acme_order *o)
{
	AUTO(free) char *names = idents_summary(&o->data->idents);

	if (o->data->error == NULL)
		return err_new(ERR_PROTOCOL,
			       "the order for %s is invalid, and the CA does not say why", names);
	return err_wrap(problem_copy(o->data->error), "the CA refused the order for %s", names);
}

/* *out NULL: nothing is wrong any more. */
static struct err *explain(struct err **out, struct acme_session *s, struct acme_order *o,
			   const struct wait *w)
{
	TRY(authzs_failures(s, o, w, out));
	if (*out == NULL && o->data->status == ORDER_INVALID)
		*out = refusal(o);
	return NULL;
}

static bool is_undecided(const struct acme_order *o)
{
	return o->data->status == ORDER_PENDING && !authzs_any_lost(o);
}

/*
 * A CA may leave an order pending although an authorization is invalid (RFC 8555 §7.1.6 lets it tell either). Asking costs
 * a request for each name, so only when validating takes unusually long, and then at growing distances.
 */
static struct err *poll_order(struct acme_session *s, struct acme_order *o, struct wait *w)
{
	AUTO(request_release) struct request last = { 0 };
	int64_t look_ms = w->started_ms + FIRST_LOOK_MS;

	while (is_undecided(o)) {
		TRY(wait_round(w, &last.answer.headers));
		TRY(order_refresh(s, o, &last));
		if (!is_undecided(o) || world_monotonic_ms(s->world) < look_ms)
			continue;
		TRY(authzs_look(s, o));
		look_ms += world_monotonic_ms(s->world) - w->started_ms;
	}
	return NULL;
}

/* When time is up, a last look says whether it was for nothing. */
static struct err *wait_while_pending(struct acme_session *s, struct acme_order *o, struct wait *w)
{
	struct err *e = poll_order(s, o, w);

	if (e == NULL || e->code != ERR_TIMEOUT)
		return e;
	err_ignore(authzs_look(s, o));
	if (!authzs_any_lost(o))
		return e;
	err_free(e);
	return NULL;
}

struct err *acme_order_wait_ready(struct acme_session *s, struct acme_order *o, unsigned timeout_s)
{
	AUTO(free) char *names = idents_summary(&o->data->idents);
	struct err *why = NULL;
	struct wait w;

	wait_begin(&w, s, "waiting for the CA to validate", names, timeout_s);
	wait_expect(&w, o->data->idents.count);
	for (;;) {
		TRY(wait_while_pending(s, o, &w));
		if (o->data->status != ORDER_INVALID && !authzs_any_lost(o))
			return NULL;
		TRY(explain(&why, s, o, &w));
		if (why != NULL)
			return why;
	}
}

static char *finalize_payload(const void *csr, size_t len)
{
	AUTO(free) char *text = base64url_encode(csr, len);
	AUTO(json_release) json_t *obj = json_object();

	json_object_set_new(obj, "csr", json_string(text));
	return json_compact(obj);
}

/* orderNotReady: another look will tell (RFC 8555 §7.4). */
static struct err *send_csr(struct acme_session *s, struct acme_order *o, const char *payload,
			    struct request *last)
{
	struct request r[2] = {
		{ .what = "finalizing", .url = o->data->finalize_url, .payload = payload }
	};
	size_t n = 1 + order_add_look(&r[1], s, o);
	struct err *e = request_run(s, r, n);

	if (e == NULL)
		e = MOVE(r[0].err);
	if (e == NULL)
		e = order_take(o, &r[0]);
	if (e == NULL && n > 1)
		order_take_look(o, &r[1]);
	request_release(last);
	*last = r[0];
	last->url = last->payload = NULL;
	request_release(&r[1]);
	return e;
}

struct issuing {
	const char *payload;
	bool accepted;
	unsigned refusals;
};

static struct err *post_when_ready(struct acme_session *s, struct acme_order *o, struct issuing *i,
				   struct request *last)
{
	struct err *e = send_csr(s, o, i->payload, last);

	i->accepted = e == NULL;
	if (e == NULL || !err_has_type(e, "orderNotReady") || ++i->refusals == CSR_POSTS_MAX)
		return e;
	err_ignore(e);
	return NULL;
}

static bool is_settled(const struct acme_order *o)
{
	return o->data->status == ORDER_VALID || o->data->status == ORDER_INVALID;
}

static struct err *issue(struct acme_session *s, struct acme_order *o, struct issuing *i,
			 struct wait *w)
{
	AUTO(request_release) struct request last = { 0 };

	while (!is_settled(o)) {
		if (o->data->status == ORDER_READY && !i->accepted)
			TRY(post_when_ready(s, o, i, &last));
		if (is_settled(o))
			return NULL;
		TRY(wait_round(w, &last.answer.headers));
		TRY(order_refresh(s, o, &last));
	}
	return NULL;
}

struct err *acme_order_finalize(struct acme_session *s, struct acme_order *o, const void *csr,
				size_t csr_len, unsigned timeout_s)
{
	AUTO(free) char *payload = finalize_payload(csr, csr_len);
	AUTO(free) char *names = idents_summary(&o->data->idents);
	struct issuing i = { .payload = payload };
	struct err *why = NULL;
	struct wait w;

	wait_begin(&w, s, "waiting for the CA to issue", names, timeout_s);
	TRY(issue(s, o, &i, &w));
	if (o->data->status == ORDER_INVALID)
		TRY(explain(&why, s, o, &w));
	return why;
}
