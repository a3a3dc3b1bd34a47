#include "ca/http/dispatch.h"

#include "base/limits.h"
#include "ca/config/config.h"
#include "ca/http/base_url.h"
#include "ca/http/open_request.h"
#include "ca/http/route.h"
#include "ca/jws/check.h"
#include "ca/log/log.h"
#include "ca/policy/limiter.h"
#include "proto/problem.h"

const struct http_limits dispatch_limits = {
	.line = LIMIT_HTTP_LINE,
	.header_bytes = LIMIT_CA_HEADER_BYTES,
	.header_count = LIMIT_HTTP_HEADER_COUNT,
	.body = 2 * LIMIT_CA_BODY,
};

enum { BUSY_RETRY_AFTER_S = 1 };

static struct err *method_not_allowed(struct ca_request *r)
{
	AUTO(free) char *methods = route_methods(r->resource, r->ca->config);
	struct err *e = problem_new("malformed", "Method not allowed");

	ca_header(r, "Allow", methods);
	e->http_status = 405;
	return e;
}

/* A browser asks before it lets a page of another site POST (the Fetch standard, CORS-preflight). */
static void answer_preflight(struct ca_request *r)
{
	AUTO(free) char *methods = route_methods(r->resource, r->ca->config);

	ca_header(r, "Allow", methods);
	ca_header(r, "Access-Control-Allow-Methods", methods);
	ca_header(r, "Access-Control-Allow-Headers", "Content-Type");
	ca_header(r, "Access-Control-Max-Age", "86400");
	ca_answer_empty(r, 200);
}

static void after_check(struct ca_request *r, struct err *e, struct signed_request *jws)
{
	if (e != NULL) {
		ca_answer_error(r, e);
		return;
	}
	open_request_of(r)->jws = jws;
	r->jws = jws;
	r->resource->post(r);
}

static void answer_by_method(struct ca_request *r)
{
	const char *method = r->http->method;

	if (streq(method, "POST") && r->resource->post != NULL)
		jws_check(r, after_check);
	else if ((streq(method, "GET") || streq(method, "HEAD")) &&
		 route_has_get(r->resource, r->ca->config))
		r->resource->get(r);
	else if (streq(method, "OPTIONS"))
		answer_preflight(r);
	else
		ca_answer_error(r, method_not_allowed(r));
}

/* Came by plain HTTP to a CA that speaks TLS: at [server] http_listen. */
static bool is_beside_tls(const struct open_request *o)
{
	return o->r.ca->config->server.tls_certificate != NULL &&
	       server_request_tls(o->server) == NULL;
}

static struct err *find_resource(struct open_request *o, const char *path)
{
	const struct route_table table = { resources, resource_count };
	if (path != NULL)
		o->r.resource = route_find(&o->r.ids, &table, path, o->r.ca->config);
	if (o->r.resource == NULL || (is_beside_tls(o) && !o->r.resource->plain))
		return ca_not_found("There is nothing at this path");
	return NULL;
}

static bool happens(const struct ca_request *r, int64_t percent)
{
	return percent > 0 && (int64_t)rand_below(r->ca->world->random, 100) < percent;
}

/* What tests of clients want to meet ([test]). */
static struct err *check_mood(const struct ca_request *r)
{
	const struct test_config *t = &r->ca->config->test;
	const char *agent = http_headers_get(&r->http->headers, "User-Agent");

	if (t->need_user_agent && (agent == NULL || *agent == '\0'))
		return problem_new("malformed", "No User-Agent header (RFC 8555 §6.1)");
	if (!happens(r, t->busy_percent))
		return NULL;
	struct err *e = problem_new("serverInternal", "The service is down for a test");

	e->http_status = 503;
	e->retry_after_s = BUSY_RETRY_AFTER_S;
	return e;
}

/* HTTP/1.1 always says it. */
static bool needs_host(const struct open_request *o)
{
	return o->r.http->minor_version > 0 || o->r.resource == NULL ||
	       !o->r.resource->needs_no_host;
}

/* Before anything that costs. */
static struct err *check_limit(const struct open_request *o, const char *path)
{
	const struct ca *ca = o->r.ca;

	if (path == NULL)
		return NULL;
	return limiter_request(ca->limiter, path, o->r.peer, clock_now_ms(ca->world->clock));
}

static struct err *prepare(struct open_request *o)
{
	AUTO(free) char *path = route_path(o->r.http->target);
	AUTO(err_free)
	struct err *no_base = base_url_of(&o->base, &o->r.ca->config->server, o->r.http,
					  server_request_tls(o->server) != NULL);
	AUTO(err_free) struct err *not_found = find_resource(o, path);

	o->r.base = o->base;
	TRY(check_limit(o, path));
	if (no_base != NULL && needs_host(o))
		return MOVE(no_base);
	if (not_found != NULL)
		return MOVE(not_found);
	return check_mood(&o->r);
}

void ca_dispatch(void *ctx, struct server_request *server)
{
	struct open_request *o = open_request_new(ctx, server);
	struct err *e = prepare(o);

	if (e != NULL)
		ca_answer_error(&o->r, e);
	else
		answer_by_method(&o->r);
}

void ca_refuse(void *ctx, const struct address *peer, struct http_message *answer)
{
	const struct ca_loop *loop = ctx;
	AUTO(free) char *text = str_trimmed(buf_str(&answer->body));
	AUTO(free) char *from = address_text(peer);
	AUTO(err_free) struct err *e = problem_new("malformed", "%s", text);

	e->http_status = answer->status;
	AUTO(json_release) json_t *document = problem_render(e);
	AUTO(free) char *body = json_compact(document);

	ca_log(loop->ca->log, LOG_LEVEL_INFO, "refused",
	       LOG_FIELDS(LOG_STR("peer", from), LOG_NUM("status", answer->status), LOG_ERR(e)));
	http_headers_release(&answer->headers);
	http_headers_add(&answer->headers, "Content-Type", "application/problem+json");
	buf_reset(&answer->body);
	buf_adds(&answer->body, body);
}
