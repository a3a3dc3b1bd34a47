#include "ca/http/request.h"

#include <stdarg.h>
#include <string.h>

#include "base/limits.h"
#include "ca/config/config.h"
#include "ca/http/forwarded.h"
#include "ca/http/open_request.h"
#include "proto/problem.h"

struct open_request *open_request_of(struct ca_request *r)
{
	return (struct open_request *)r;
}

struct open_request *open_request_new(struct ca_loop *loop, struct server_request *server)
{
	struct open_request *o = xcalloc(1, sizeof(*o));
	const struct http_message *m = server_request_message(server);

	o->server = server;
	o->started_ms = world_monotonic_ms(loop->ca->world);
	o->is_post = streq(m->method, "POST");
	o->answer.body = BUF_INIT(LIMIT_CA_ANSWER);
	o->peer = *server_request_peer(server);
	if (loop->ca->config->server.trust_forwarded)
		forwarded_peer(&o->peer, &m->headers);
	o->r = (struct ca_request){
		.loop = loop, .ca = ca_hold(loop->ca), .http = m, .peer = &o->peer
	};
	return o;
}

void open_request_free(struct open_request *o)
{
	if (o->r.state_free != NULL)
		o->r.state_free(o->r.state);
	strlist_release(&o->r.ids);
	signed_request_free(o->jws);
	http_message_release(&o->answer);
	free(o->base);
	ca_let_go(o->r.ca);
	free(o);
}

bool ca_request_id(const struct ca_request *r, size_t place, int64_t *out)
{
	return place < r->ids.count && str_to_int(r->ids.items[place], 1, INT64_MAX, out);
}

char *ca_url(const struct ca_request *r, const char *path_fmt, ...)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_CA_URL);
	va_list args;

	buf_adds(&b, r->base);
	va_start(args, path_fmt);
	buf_addv(&b, path_fmt, args);
	va_end(args);
	return buf_detach(&b);
}

time_t ca_now(const struct ca_request *r)
{
	return world_now(r->ca->world);
}

struct err *ca_not_found(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	AUTO(free) char *text = str_vfmt(fmt, args);
	va_end(args);
	struct err *e = problem_new("malformed", "%s", text);

	e->http_status = 404;
	return e;
}
