#include "va/service.h"

#include "base/limits.h"
#include "net/header.h"
#include "net/server.h"
#include "proto/problem.h"

struct service {
	struct va *va;
	struct inquiry *first;
};

/* One request that is being judged. */
struct inquiry {
	struct service *service;
	struct va_job *job;
	struct server_request *request;
	struct inquiry *next, *previous;
};

static const struct {
	const char *path;
	struct va_job *(*ask)(struct va *va, const struct va_request *q, va_done done, void *ctx);
} routes[] = {
	{ "/check", va_check },
	{ "/caa", va_check_caa },
};

static void reply(struct server_request *r, int status, const char *type, json_t *content)
{
	AUTO(json_release) json_t *owned = content;
	AUTO(free) char *text = json_compact(owned);
	AUTO(http_message_release)
	struct http_message m = { .status = status, .body = BUF_INIT(LIMIT_VA_VERDICT) };

	http_headers_add(&m.headers, "Content-Type", type);
	buf_adds(&m.body, text);
	server_reply(r, &m);
}

/* Takes problem. */
static void refuse(struct server_request *r, int status, struct err *problem)
{
	reply(r, status, "application/problem+json", problem_render(problem));
	err_free(problem);
}

static void inquiry_free(struct inquiry *i)
{
	*(i->previous != NULL ? &i->previous->next : &i->service->first) = i->next;
	if (i->next != NULL)
		i->next->previous = i->previous;
	free(i);
}

static void on_verdict(void *ctx, struct err *problem, struct va_record *record)
{
	struct inquiry *i = ctx;
	struct server_request *r = i->request;

	inquiry_free(i);
	reply(r, 200, "application/json", va_verdict_render(problem, record));
	err_free(problem);
	va_record_free(record);
}

static struct err *read_request(struct va_request *out, const struct http_message *m)
{
	AUTO(json_release) json_t *obj = NULL;
	AUTO(free) char *type = content_media_type(&m->headers);

	if (type == NULL || !streq(type, "application/json"))
		return err_new(ERR_PROTOCOL, "a request is application/json");
	TRY(json_parse(&obj, buf_str(&m->body), m->body.len, "the request"));
	return va_request_parse(out, obj);
}

static void judge(struct service *s, struct server_request *r, size_t route)
{
	AUTO(va_request_release) struct va_request q = { 0 };
	AUTO(err_free) struct err *e = read_request(&q, server_request_message(r));

	if (e != NULL) {
		AUTO(free) char *text = err_text(e);

		refuse(r, 400, problem_new("malformed", "%s", text));
		return;
	}
	struct inquiry *i = xcalloc(1, sizeof(*i));

	i->service = s;
	i->request = r;
	i->next = s->first;
	if (s->first != NULL)
		s->first->previous = i;
	s->first = i;
	i->job = routes[route].ask(s->va, &q, on_verdict, i);
}

void service_handle(void *ctx, struct server_request *r)
{
	const struct http_message *m = server_request_message(r);
	size_t route = 0;

	while (route < ARRAY_LEN(routes) && !streq(routes[route].path, m->target))
		route++;
	if (route == ARRAY_LEN(routes))
		refuse(r, 404, problem_new("malformed", "there is nothing here"));
	else if (!streq(m->method, "POST"))
		refuse(r, 405, problem_new("malformed", "Method not allowed"));
	else
		judge(ctx, r, route);
}

struct service *service_new(struct va *va)
{
	struct service *s = xcalloc(1, sizeof(*s));

	s->va = va;
	return s;
}

void service_free(struct service *s)
{
	if (s == NULL)
		return;
	while (s->first != NULL) {
		struct inquiry *i = s->first;

		va_cancel(
			i->job); /* of another than was freed; NOLINT(clang-analyzer-unix.Malloc) */
		refuse(i->request, 503, problem_new("serverInternal", "shutting down"));
		inquiry_free(i);
	}
	free(s);
}
