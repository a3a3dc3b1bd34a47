#include "acme/request.h"

#include <string.h>

#include "base/clock.h"
#include "jose/jws.h"
#include "net/header.h"
#include "net/url.h"
#include "proto/link.h"
#include "proto/problem.h"

/* From here on, one connection after the other costs more than several at once (TCP and TLS are two round trips). */
#define LONG_ROUND_TRIP_MS 20
#define FEW_REQUESTS 3
/* The same for a first connection, of which a busy machine makes the measure larger. */
#define SPARE_FROM_MS 30

static void measure(struct acme_session *s, const struct http_exchange *x)
{
	int64_t latest = x->elapsed_ms * 16;

	s->recent = s->rtt_ms < 0 ? latest : s->recent + (latest - s->recent) / 4;
	if (s->rtt_ms < 0 || x->elapsed_ms < s->rtt_ms)
		s->rtt_ms = x->elapsed_ms;
}

static struct err *perform(struct acme_session *s, struct http_exchange *x, size_t n, size_t width)
{
	struct transport *t = NULL;

	TRY(session_transport(s, &t));
	TRY(t->perform(t, x, n, width, s->world->stop));
	for (size_t i = 0; i < n; i++) {
		s->spares_open += x[i].opened;
		if (x[i].err != NULL || x[i].spare_from_ms > 0)
			continue;
		measure(s, &x[i]);
		nonce_collect(&s->nonces, &x[i].answer.headers);
	}
	return NULL;
}

static void release_all(struct http_exchange *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		http_exchange_release(&x[i]);
}

static struct err *warm_up(struct acme_session *s, size_t n)
{
	struct http_exchange x[LIMIT_CONNECTIONS];

	for (size_t i = 0; i < n; i++)
		x[i] = (struct http_exchange){ .method = "HEAD",
					       .url = s->directory->new_nonce,
					       .idempotent = true };
	struct err *e = perform(s, x, n, n);
	release_all(x, n); /* what did not come is fetched one by one when it is needed */
	s->warm = e == NULL;
	return e;
}

/* For a few it is only worth it where the connections are there already. */
static bool is_worth_it(const struct acme_session *s, size_t names)
{
	if (names > FEW_REQUESTS)
		return s->rtt_ms >= LONG_ROUND_TRIP_MS;
	return s->rtt_ms >= FAR_ROUND_TRIP_MS && s->spares_open > 0;
}

struct err *request_warm_up(struct acme_session *s, size_t names)
{
	size_t width = names < s->width ? names + 1 : s->width;
	const struct directory *d = NULL;

	s->spares = width - 1;
	s->spare_from_ms = names > FEW_REQUESTS ? SPARE_FROM_MS : FAR_ROUND_TRIP_MS;
	TRY(session_directory(s, &d));
	return s->warm || !is_worth_it(s, names) ? NULL : warm_up(s, width);
}

static bool is_signed(const struct request *r)
{
	return r->kind == REQUEST_BY_ACCOUNT || r->kind == REQUEST_BY_KEY;
}

static struct err *sign(struct acme_session *s, struct request *r, char **body)
{
	AUTO(free) char *nonce = nonce_take(&s->nonces);
	struct jws_header h = {
		.kid = r->kind == REQUEST_BY_ACCOUNT ? s->account_url : NULL,
		.nonce = nonce,
		.url = r->url,
	};

	return jws_sign(body, r->signer != NULL ? r->signer : s->signer, &h, r->payload);
}

/* RFC 8555 §6.1, §6.2: POST of application/jose+json. */
static struct err *prepare(struct acme_session *s, struct request *r, struct http_exchange *x,
			   char **body)
{
	*x = (struct http_exchange){
		.method = r->kind == REQUEST_HEAD ? "HEAD" : "GET",
		.url = r->url,
		.accept = r->accept,
		.max_body = r->max_body,
		.idempotent = !r->once,
	};
	if (!is_signed(r))
		return NULL;
	if (r->remembered && s->memory != NULL)
		s->memory->telling(s->memory->ctx, r->url);
	TRY(sign(s, r, body));
	x->method = "POST";
	x->content_type = "application/jose+json";
	x->body = *body;
	x->body_len = strlen(*body);
	return NULL;
}

static struct err *redirected(const struct request *r)
{
	const char *target = http_headers_get(&r->answer.headers, "Location");
	AUTO(free) char *shown = str_printable(target != NULL ? target : "nowhere", 200);

	return err_new(ERR_PROTOCOL, "%s redirects to %s, which is not followed", r->url, shown);
}

static void say_until_when(const struct acme_session *s, struct err *e)
{
	AUTO(free) char *when = time_utc_long(world_now(s->world) + (time_t)e->retry_after_s);
	char *msg = str_fmt("%s; the CA asks to wait until %s", e->msg, when);

	free(e->msg);
	e->msg = msg;
}

static struct err *refused(const struct acme_session *s, const struct request *r)
{
	struct err *e = problem_to_err(r->answer.status, buf_str(&r->answer.body),
				       r->answer.body.len);
	bool found = false;

	retry_after_s(&e->retry_after_s, &found, &r->answer.headers, world_now(s->world),
		      LIMIT_RETRY_AFTER_S);
	return e;
}

static struct err *judge(const struct acme_session *s, const struct request *r)
{
	int status = r->answer.status;

	if (status >= 200 && status < 300)
		return NULL;
	return status >= 400 ? refused(s, r) : redirected(r);
}

/* RFC 8555 §6.5: a request refused for its nonce is sent again with the fresh one of the answer. */
static bool has_bad_nonce(struct request *r, const struct err *e)
{
	return err_has_type(e, "badNonce") && r->bad_nonces++ < LIMIT_BAD_NONCE_RETRIES;
}

/* RFC 8555 §6.6 */
static bool may_wait(struct request *r, const struct err *e)
{
	bool limited = e->http_status == 503 || (e->http_status == 429 && !r->limit_is_final);

	if (!limited || r->waited || e->retry_after_s == 0 || e->retry_after_s > REQUEST_WAIT_MAX_S)
		return false;
	r->waited = true;
	return true;
}

static void again(struct request *r, struct err *e)
{
	err_ignore(e);
	http_message_release(&r->answer);
}

static void settle(struct acme_session *s, struct request *r, struct err *e, unsigned *wait_s)
{
	if (e != NULL && has_bad_nonce(r, e)) {
		again(r, e);
		return;
	}
	if (e != NULL && may_wait(r, e)) {
		*wait_s = e->retry_after_s > *wait_s ? e->retry_after_s : *wait_s;
		again(r, e);
		return;
	}
	r->done = true;
	if (e != NULL && e->retry_after_s > 0)
		say_until_when(s, e);
	r->err = err_wrap(e, "%s", r->what);
}

static void understand(struct acme_session *s, struct request *r, struct http_exchange *x,
		       unsigned *wait_s)
{
	if (x->err != NULL) {
		settle(s, r, MOVE(x->err), wait_s);
		return;
	}
	r->answer = x->answer;
	x->answer = (struct http_message){ 0 };
	settle(s, r, judge(s, r), wait_s);
}

static size_t pick(struct request **picked, struct request *r, size_t n, size_t most)
{
	size_t count = 0;

	for (size_t i = 0; i < n && count < most; i++)
		if (!r[i].done)
			picked[count++] = &r[i];
	return count;
}

/* RFC 8555 §7.2 */
static struct err *fetch_nonce(struct acme_session *s)
{
	const struct directory *d = NULL;

	TRY(session_directory(s, &d));
	AUTO(request_release)
	struct request r = { .kind = REQUEST_HEAD, .what = "new nonce", .url = d->new_nonce };
	TRY(request_one(s, &r));
	if (s->nonces.count == 0)
		return err_new(ERR_PROTOCOL,
			       "new nonce: the CA's answer has no Replay-Nonce that is usable");
	return NULL;
}

static bool needs_nonce(const struct request *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!r[i].done && is_signed(&r[i]))
			return true;
	return false;
}

/* As many at once as there are nonces, on one connection unless several are open. */
static struct err *width(struct acme_session *s, const struct request *r, size_t n, size_t *out)
{
	size_t most = s->warm ? s->width : 1;

	*out = most;
	if (!needs_nonce(r, n))
		return NULL;
	if (s->nonces.count == 0)
		TRY(fetch_nonce(s));
	*out = s->nonces.count < most ? s->nonces.count : most;
	return NULL;
}

static size_t add_spares(struct http_exchange *x, size_t n, struct request *r, int from_ms)
{
	size_t total = n + r->spares;

	if (total > LIMIT_CONNECTIONS)
		total = LIMIT_CONNECTIONS;
	for (size_t i = n; i < total; i++)
		x[i] = (struct http_exchange){ .url = r->url, .spare_from_ms = from_ms };
	r->spares = 0; /* once */
	return total;
}

static struct err *batch(struct acme_session *s, struct request **picked, size_t n,
			 unsigned *wait_s)
{
	struct http_exchange x[LIMIT_CONNECTIONS] = { 0 };
	char *bodies[LIMIT_CONNECTIONS] = { NULL };
	struct err *e = NULL;

	for (size_t i = 0; i < n && e == NULL; i++)
		e = prepare(s, picked[i], &x[i], &bodies[i]);
	for (size_t i = 1; i < n; i++) /* the first goes beside nothing */
		x[i].after_ms = picked[i]->after_ms;
	size_t total = e == NULL ? add_spares(x, n, picked[0], s->spare_from_ms) : n;
	if (e == NULL)
		e = perform(s, x, total, total);
	for (size_t i = 0; i < n && e == NULL; i++)
		understand(s, picked[i], &x[i], wait_s);
	release_all(x, total);
	for (size_t i = 0; i < n; i++)
		free(bodies[i]);
	return e;
}

static struct err *wait_for_limit(struct acme_session *s, unsigned wait_s)
{
	if (wait_s == 0)
		return NULL;
	session_report(s, "waiting as the CA asks", NULL, 0);
	return world_sleep_ms(s->world, (int64_t)wait_s * 1000);
}

static bool is_signed_by_account(const struct request *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (r[i].kind == REQUEST_BY_ACCOUNT)
			return true;
	return false;
}

struct err *request_run(struct acme_session *s, struct request *r, size_t n)
{
	struct request *picked[LIMIT_CONNECTIONS];

	if (is_signed_by_account(r, n))
		TRY(session_need_account(s));
	for (;;) {
		size_t most = 0;
		unsigned wait_s = 0;

		if (pick(picked, r, n, 1) == 0)
			return NULL;
		TRY(width(s, r, n, &most));
		TRY(batch(s, picked, pick(picked, r, n, most), &wait_s));
		TRY(wait_for_limit(s, wait_s));
	}
}

struct err *request_one(struct acme_session *s, struct request *r)
{
	TRY(request_run(s, r, 1));
	return MOVE(r->err);
}

static bool is_json(const char *media_type)
{
	return media_type == NULL || streq(media_type, "application/json");
}

struct err *request_json(json_t **out, const struct request *r)
{
	AUTO(free) char *type = content_media_type(&r->answer.headers);

	if (!is_json(type)) {
		AUTO(free) char *shown = str_printable(type, 80);

		return err_new(ERR_PROTOCOL, "%s: the CA answered with %s, not with JSON", r->what,
			       shown);
	}
	struct err *e = json_parse(out, buf_str(&r->answer.body), r->answer.body.len, "answer");
	return err_wrap_as(ERR_PROTOCOL, e, "%s", r->what);
}

struct err *request_location(char **out, const struct acme_session *s, const struct request *r)
{
	const char *location = http_headers_get(&r->answer.headers, "Location");
	AUTO(url_release) struct url base = { 0 };
	AUTO(url_release) struct url target = { 0 };

	if (location == NULL || http_headers_count(&r->answer.headers, "Location") != 1)
		return err_new(ERR_PROTOCOL, "%s: the CA gave no Location for it", r->what);
	TRY(url_parse(&base, r->url));
	struct err *e = url_resolve(&target, &base, location);
	if (e != NULL)
		return err_wrap_as(ERR_PROTOCOL, e, "%s: its Location", r->what);
	AUTO(free) char *text = url_text(&target);
	TRY(link_check(s->directory_url, text, "Location"));
	*out = MOVE(text);
	return NULL;
}

void request_release(struct request *r)
{
	err_free(r->err);
	http_message_release(&r->answer);
	*r = (struct request){ 0 };
}
