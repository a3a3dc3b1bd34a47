#include "net/visitor.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/str.h"

/* Answers that nobody reads are not made: above this no further request of the connection is looked at. */
enum { MAX_UNREAD = 64 * 1024 };

/* One TLS record, which libevent can take up where the socket did not take it. */
enum { MAX_AT_ONCE = 8 * 1024 };

/* Whoever takes an answer more slowly is not waited for. A large one, such as a CRL, has the time that this takes. */
enum { SLOWEST_BYTES_A_MS = 32 };

/* How long what still comes behind a refused request is thrown away. */
enum { LINGER_MS = 2000 };

enum phase { PHASE_QUIET, PHASE_HEADER, PHASE_BODY, PHASE_WORKING, PHASE_WRITING, PHASE_LINGERING };

struct server_request {
	struct visitor *visitor; /* NULL: gone */
	struct http_message message;
	struct address peer;
	bool keep;
};

/* --- deadlines --- */

static int64_t deadline_ms(const struct visitor *v)
{
	const struct server_options *o = server_options(v->server);
	size_t unsent = evbuffer_get_length(bufferevent_get_output(v->io));

	if (v->phase == PHASE_LINGERING)
		return LINGER_MS;
	if (v->phase == PHASE_WRITING)
		return o->idle_timeout_ms + (int64_t)(unsent / SLOWEST_BYTES_A_MS);
	if (v->phase == PHASE_HEADER)
		return o->header_timeout_ms;
	return v->phase == PHASE_BODY ? o->body_timeout_ms : o->idle_timeout_ms;
}

/* How long the handler takes is its own business. */
static void enter(struct visitor *v, enum phase phase)
{
	v->phase = (int)phase;
	if (phase == PHASE_WORKING) {
		(void)event_del(v->deadline);
		return;
	}
	int64_t ms = deadline_ms(v);
	const struct timeval after = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	(void)event_add(v->deadline, &after);
}

/* RFC 9110 §10.1.1: who waits for it with the body is told to go on, unless the body is here already. */
static void invite_body(struct visitor *v)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const struct http_message *m = http_parser_message(v->parser);
	const char *expected = http_headers_get(&m->headers, "Expect");

	if (m->minor_version > 0 && expected != NULL && streq_nocase(expected, "100-continue") &&
	    m->body.len == 0)
		(void)bufferevent_write(v->io, go_on, sizeof(go_on) - 1);
}

/* What has come of a request moves the phase on, never its deadline. */
static void follow_parser(struct visitor *v)
{
	if (http_parser_in_body(v->parser)) {
		if (v->phase == PHASE_BODY)
			return;
		enter(v, PHASE_BODY);
		invite_body(v);
	} else if (http_parser_started(v->parser) && v->phase != PHASE_HEADER) {
		enter(v, PHASE_HEADER);
	}
}

static void on_deadline(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	visitor_free(ctx);
}

/* --- answers --- */

static void add_general_headers(const struct visitor *v, struct http_message *answer, bool keep,
				int minor_version)
{
	const struct clock *clock = server_options(v->server)->clock;
	AUTO(free) char *date = time_http_date(clock->now(clock));

	http_headers_add(&answer->headers, "Date", date);
	if (!keep)
		http_headers_add(&answer->headers, "Connection", "close");
	else if (minor_version == 0)
		http_headers_add(&answer->headers, "Connection", "keep-alive");
}

static void sent(const void *data, size_t len, void *ctx)
{
	struct http_loan *loan = ctx;

	(void)data;
	(void)len;
	if (loan->done != NULL)
		loan->done(loan->ctx);
	free(loan);
}

/* Takes it. */
static void send_loan(struct evbuffer *out, struct http_loan *taken)
{
	struct http_loan *loan = xmemdup(taken, sizeof(*taken));

	*taken = (struct http_loan){ 0 };
	if (evbuffer_add_reference(out, loan->data, loan->len, sent, loan) != 0)
		abort();
}

/*
 * There is nearly always room: an answer that goes out by the loop costs it two changes of what it waits for, and a turn. False: no
 * part of it went out (a failure is found by the loop).
 */
static bool write_at_once(struct visitor *v, const struct buf *b)
{
	SSL *ssl = bufferevent_openssl_get_ssl(v->io);

	if (ssl == NULL || b->len > MAX_AT_ONCE || v->closing || server_is_draining(v->server) ||
	    evbuffer_get_length(bufferevent_get_output(v->io)) > 0)
		return false;
	if (SSL_write(ssl, b->data, (int)b->len) == (int)b->len)
		return true;
	ERR_clear_error();
	return false;
}

/* An answer that cannot be sent (a handler's mistake) becomes a bare 500. */
static void send_answer(struct visitor *v, struct http_message *answer, bool head)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_HTTP_HEADER_BYTES + answer->body.len);
	struct err *e = http_write_response(&b, answer);

	if (e != NULL) {
		err_ignore(e);
		buf_reset(&b);
		buf_adds(
			&b,
			"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
		v->closing = true;
	} else if (head) {
		b.len -= http_status_has_body(answer->status) ? answer->body.len : 0;
	}
	bool lends = e == NULL && !head && answer->lent.len > 0 &&
		     http_status_has_body(answer->status);

	if (!lends && write_at_once(v, &b)) {
		enter(v, PHASE_QUIET);
		return;
	}
	(void)bufferevent_write(v->io, b.data, b.len);
	if (lends)
		send_loan(bufferevent_get_output(v->io), &answer->lent);
	enter(v, PHASE_WRITING);
}

static void request_free(struct server_request *r)
{
	http_message_release(&r->message);
	free(r);
}

static void hand_over(struct visitor *v)
{
	struct server_request *r = xcalloc(1, sizeof(*r));
	const struct server_options *o = server_options(v->server);

	r->visitor = v;
	r->peer = v->peer;
	http_parser_take(v->parser, &r->message);
	r->keep = http_message_keeps_alive(&r->message);
	v->request = r;
	enter(v, PHASE_WORKING);
	o->handle(o->ctx, r);
}

static void refuse_request(struct visitor *v, struct err *why)
{
	AUTO(http_message_release) struct http_message answer = { .body = BUF_INIT(LIMIT_KIB(1)) };
	const struct server_options *o = server_options(v->server);

	answer.status = http_parser_refusal(v->parser);
	buf_addf(&answer.body, "%s\n", why->msg);
	http_headers_add(&answer.headers, "Content-Type", "text/plain");
	if (o->refuse != NULL)
		o->refuse(o->ctx, &v->peer, &answer);
	add_general_headers(v, &answer, false, 1);
	v->closing = true;
	v->refused = true;
	send_answer(v, &answer, false);
	err_free(why);
}

/* --- bytes --- */

static void feed(struct visitor *v, struct evbuffer *in)
{
	size_t len = evbuffer_get_contiguous_space(in);
	size_t used = 0;
	struct err *e = http_parser_feed(v->parser, evbuffer_pullup(in, (ssize_t)len), len, &used);

	(void)evbuffer_drain(in, used);
	if (e != NULL)
		refuse_request(v, e);
	else if (http_parser_done(v->parser))
		hand_over(v);
	else
		follow_parser(v);
}

/* Takes what has come as far as it makes requests and the answers are being read. */
static void take_input(struct visitor *v)
{
	struct evbuffer *in = bufferevent_get_input(v->io);
	struct evbuffer *out = bufferevent_get_output(v->io);

	v->taking = true;
	while (!v->closing && v->request == NULL && evbuffer_get_length(in) > 0 &&
	       evbuffer_get_length(out) < MAX_UNREAD)
		feed(v, in);
	v->taking = false;
	if (v->closing || evbuffer_get_length(out) >= MAX_UNREAD)
		(void)bufferevent_disable(v->io, EV_READ);
}

static void on_readable(struct bufferevent *io, void *ctx)
{
	struct visitor *v = ctx;

	if (v->phase != PHASE_LINGERING) {
		take_input(v);
		return;
	}
	struct evbuffer *in = bufferevent_get_input(io);

	(void)evbuffer_drain(in, evbuffer_get_length(in));
}

/* Closing while bytes come in would reset the connection, and the peer would lose the answer (RFC 9112 §9.6). */
static void linger(struct visitor *v)
{
	struct evbuffer *in = bufferevent_get_input(v->io);

	(void)shutdown(bufferevent_getfd(v->io), SHUT_WR);
	enter(v, PHASE_LINGERING);
	(void)evbuffer_drain(in, evbuffer_get_length(in));
	(void)bufferevent_enable(v->io, EV_READ);
}

static void on_written(struct bufferevent *io, void *ctx)
{
	struct visitor *v = ctx;

	if (v->phase == PHASE_LINGERING)
		return;
	if (v->phase == PHASE_WRITING)
		enter(v, PHASE_QUIET);
	if (v->refused && !server_is_draining(v->server)) {
		linger(v);
		return;
	}
	if (v->closing || (server_is_draining(v->server) && visitor_is_quiet(v))) {
		visitor_free(v);
		return;
	}
	(void)bufferevent_enable(io, EV_READ);
	take_input(v);
}

static void on_event(struct bufferevent *io, short what, void *ctx)
{
	struct visitor *v = ctx;
	bool ended = (what & BEV_EVENT_EOF) != 0;

	if ((what & BEV_EVENT_CONNECTED) != 0) /* the TLS handshake is done */
		return;
	/* A peer that has only stopped sending still gets its answer. */
	if (ended && (v->request != NULL || evbuffer_get_length(bufferevent_get_output(io)) > 0)) {
		v->closing = v->request == NULL;
		if (v->request != NULL)
			v->request->keep = false;
		return;
	}
	visitor_free(v);
}

/* --- life --- */

/* A write through TLS would report its failure inside the call that wrote: deferred, nobody is freed under our feet. */
static struct bufferevent *new_io(struct event_base *base, int fd, SSL *ssl)
{
	if (ssl == NULL)
		return bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	return bufferevent_openssl_socket_new(base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
					      BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
}

void visitor_new(struct server *s, int fd, SSL *ssl, const struct address *peer)
{
	struct visitor *v = xcalloc(1, sizeof(*v));
	const struct server_options *o = server_options(s);
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	v->server = s;
	v->peer = *peer;
	v->parser = http_parser_new(HTTP_REQUESTS, o->limits);
	v->io = new_io(o->base, fd, ssl);
	v->deadline = event_new(o->base, -1, 0, on_deadline, v);
	if (v->io == NULL || v->deadline == NULL)
		abort();
	server_link(s, v);
	bufferevent_setcb(v->io, on_readable, on_written, on_event, v);
	bufferevent_setwatermark(v->io, EV_READ, 0, MAX_UNREAD);
	enter(v, PHASE_HEADER);
	(void)bufferevent_enable(v->io, EV_READ | EV_WRITE);
}

void visitor_free(struct visitor *v)
{
	struct server *s = v->server;

	server_unlink(s, v);
	if (v->request != NULL)
		v->request->visitor = NULL;
	event_free(v->deadline);
	bufferevent_free(v->io);
	http_parser_free(v->parser);
	free(v);
	server_visitor_gone(s);
}

bool visitor_is_quiet(const struct visitor *v)
{
	return v->request == NULL && v->phase != PHASE_WRITING && !http_parser_started(v->parser);
}

/* --- what a handler sees --- */

const struct http_message *server_request_message(const struct server_request *r)
{
	return &r->message;
}

const struct address *server_request_peer(const struct server_request *r)
{
	return &r->peer;
}

SSL *server_request_tls(const struct server_request *r)
{
	return r->visitor != NULL ? bufferevent_openssl_get_ssl(r->visitor->io) : NULL;
}

static void deliver(struct visitor *v, const struct server_request *r, struct http_message *answer)
{
	bool keep = r->keep && !server_is_draining(v->server);

	v->request = NULL;
	v->closing = !keep;
	add_general_headers(v, answer, keep, r->message.minor_version);
	send_answer(v, answer, streq(r->message.method, "HEAD"));
	server_unlink(v->server, v);
	server_link(v->server, v);
	if (!v->taking)
		take_input(v);
}

void server_reply(struct server_request *r, struct http_message *answer)
{
	if (r->visitor != NULL)
		deliver(r->visitor, r, answer);
	request_free(r);
}
