#include "base/json_write.h"
#include "ca/config/config.h"
#include "ca/http/open_request.h"
#include "ca/jws/algorithm.h"
#include "ca/jws/nonce.h"
#include "ca/log/log.h"
#include "proto/problem.h"

#define TYPE_JSON "application/json"
#define TYPE_PROBLEM "application/problem+json"

enum { RETRY_AFTER_ERROR_S = 60, RETRY_AFTER_BUSY_S = 5 };

/* --- headers --- */

void ca_header(struct ca_request *r, const char *name, const char *value)
{
	http_headers_add(&open_request_of(r)->answer.headers, name, value);
}

void ca_link(struct ca_request *r, const char *relation, const char *url)
{
	AUTO(free) char *value = str_fmt("<%s>;rel=\"%s\"", url, relation);

	ca_header(r, "Link", value);
}

void ca_retry_after(struct ca_request *r, unsigned seconds)
{
	AUTO(free) char *value = str_fmt("%u", seconds);

	ca_header(r, "Retry-After", value);
}

void ca_fresh_nonce(struct ca_request *r)
{
	open_request_of(r)->wants_nonce = true;
}

static bool has_header(const struct open_request *o, const char *name)
{
	return http_headers_get(&o->answer.headers, name) != NULL;
}

/* A nonce that cannot be made costs the client one more request, no more. */
static void add_nonce(struct open_request *o)
{
	AUTO(free) char *nonce = NULL;
	struct err *e = nonces_issue(&nonce, o->r.ca->nonces);

	if (e == NULL)
		ca_header(&o->r, "Replay-Nonce", nonce);
	err_ignore(e);
}

static bool is_directory(const struct open_request *o)
{
	return o->r.resource != NULL && streq(o->r.resource->path, DIRECTORY_PATH);
}

/* Every answer's (ca.md 5.1; RFC 8555 §6.1, §6.5, §7.1). */
static void add_common_headers(struct open_request *o)
{
	if (o->base != NULL && !is_directory(o)) {
		AUTO(free) char *index = ca_url(&o->r, DIRECTORY_PATH);

		ca_link(&o->r, "index", index);
	}
	if (o->is_post || o->wants_nonce)
		add_nonce(o);
	if (!has_header(o, "Cache-Control"))
		ca_header(&o->r, "Cache-Control", "public, max-age=0, no-cache");
	ca_header(&o->r, "Access-Control-Allow-Origin", "*");
	ca_header(&o->r, "Access-Control-Expose-Headers",
		  "Link, Replay-Nonce, Location, Retry-After");
}

/* --- the log --- */

static void log_request(const struct open_request *o, const struct err *e)
{
	const struct ca_request *r = &o->r;
	AUTO(free) char *peer = address_text(r->peer);
	int64_t ms = world_monotonic_ms(r->ca->world) - o->started_ms;

	ca_log(r->ca->log, o->answer.status >= 500 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "request",
	       LOG_FIELDS(LOG_STR("method", r->http->method), LOG_STR("path", r->http->target),
			  LOG_NUM("status", o->answer.status), LOG_NUM("ms", ms),
			  LOG_NUM("account", r->jws != NULL ? r->jws->account_id : 0),
			  LOG_STR("peer", peer),
			  LOG_STR("agent", http_headers_get(&r->http->headers, "User-Agent")),
			  LOG_ERR(e)));
}

/* --- answers --- */

static void send_answer(struct open_request *o, int status, const struct err *e)
{
	o->answer.status = o->answer.body.overflow ? 500 : status;
	add_common_headers(o);
	log_request(o, e);
	server_reply(o->server, &o->answer);
	open_request_free(o);
}

static void set_body(struct open_request *o, const char *type, const void *data, size_t len)
{
	ca_header(&o->r, "Content-Type", type);
	buf_add(&o->answer.body, data, len);
}

static void set_json(struct open_request *o, const char *type, json_t *body)
{
	ca_header(&o->r, "Content-Type", type);
	json_write(&o->answer.body, body);
	json_decref(body);
}

void ca_answer_json(struct ca_request *r, int status, json_t *body)
{
	struct open_request *o = open_request_of(r);

	set_json(o, TYPE_JSON, body);
	send_answer(o, status, NULL);
}

void ca_answer_bytes(struct ca_request *r, int status, const char *type, const void *data,
		     size_t len)
{
	struct open_request *o = open_request_of(r);

	set_body(o, type, data, len);
	send_answer(o, status, NULL);
}

void ca_answer_lent(struct ca_request *r, int status, const char *type,
		    const struct http_loan *loan)
{
	struct open_request *o = open_request_of(r);

	ca_header(r, "Content-Type", type);
	o->answer.lent = *loan;
	send_answer(o, status, NULL);
}

void ca_answer_empty(struct ca_request *r, int status)
{
	send_answer(open_request_of(r), status, NULL);
}

/* --- errors --- */

static unsigned asked_to_wait(const struct err *e)
{
	while (e != NULL && e->retry_after_s == 0)
		e = e->cause;
	return e != NULL ? e->retry_after_s : 0;
}

/* What the client is shown: a problem of ours as it is, anything else without a word of it. */
static struct err *shown(const struct err *e)
{
	const struct err *problem = err_problem(e);

	if (problem != NULL)
		return problem_copy(problem);
	if (!err_is(e, ERR_BUSY))
		return problem_new("serverInternal", "An internal error occurred");
	struct err *busy = problem_new("serverInternal", "The service is busy, try again later");

	busy->http_status = 503;
	return busy;
}

static void add_error_headers(struct ca_request *r, const struct err *e, int status)
{
	const char *help = r->ca->config->limits.help_url;
	unsigned wait = asked_to_wait(e);

	if (wait == 0 && status == 500)
		wait = RETRY_AFTER_ERROR_S;
	if (wait == 0 && status == 503)
		wait = RETRY_AFTER_BUSY_S;
	if (wait > 0 && !has_header(open_request_of(r), "Retry-After"))
		ca_retry_after(r, wait);
	if (help != NULL && err_has_type(e, "rateLimited"))
		ca_link(r, "help", help);
}

void ca_answer_error(struct ca_request *r, struct err *e)
{
	struct open_request *o = open_request_of(r);
	AUTO(err_free) struct err *problem = shown(e);
	json_t *document = problem_render(problem);
	int status = problem_http_status(problem);

	if (err_has_type(problem, "badSignatureAlgorithm"))
		(void)json_object_set_new(document, "algorithms", algorithms_json());
	add_error_headers(r, e, status);
	set_json(o, TYPE_PROBLEM, document);
	send_answer(o, status, e);
	err_free(e);
}
