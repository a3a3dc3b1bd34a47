#include "va/remote.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "net/http1.h"
#include "net/resolver.h"
#include "net/url.h"
#include "va/address.h"
#include "va/channel.h"

enum { KEPT_MAX = 16, KEPT_MS = 25 * 1000 };

/* One connection: under way for a call, or kept for the next one. */
struct line {
	struct remote *remote;
	struct remote_call *call; /* NULL: kept */
	struct channel *channel;
	struct http_parser *parser;
	bool kept_before; /* it may have been closed by now, through nobody's fault */
	struct line *next, *previous;
};

struct remote {
	struct remote_options o;
	struct url url;
	struct address_list addresses;
	size_t address; /* that answered last */
	struct line *lines;
	struct remote_call *calls;
	size_t kept;
};

struct remote_call {
	struct remote *remote;
	struct line *line;
	struct buf request;
	int64_t deadline_ms;
	size_t failed; /* addresses that could not be connected to */
	remote_done *done;
	void *ctx;
	struct remote_call *next, *previous;
};

static const struct http_limits limits = {
	.line = LIMIT_HTTP_LINE,
	.header_bytes = LIMIT_VA_HEADER_BYTES,
	.header_count = LIMIT_HTTP_HEADER_COUNT,
	.body = LIMIT_VA_VERDICT,
};

static int64_t now_ms(const struct remote *r)
{
	return r->o.clock->monotonic_ms(r->o.clock);
}

/* --- lines --- */

static void line_free(struct line *l)
{
	struct remote *r = l->remote;

	*(l->previous != NULL ? &l->previous->next : &r->lines) = l->next;
	if (l->next != NULL)
		l->next->previous = l->previous;
	r->kept -= l->call == NULL;
	channel_free(l->channel);
	http_parser_free(l->parser);
	free(l);
}

static void on_opened(void *ctx);
static void on_received(void *ctx, const char *data, size_t len);
static void on_ended(void *ctx);
static void on_failed(void *ctx, const struct channel_failure *f);

static struct line *line_new(struct remote *r, struct remote_call *call)
{
	struct line *l = xcalloc(1, sizeof(*l));

	l->remote = r;
	l->call = call;
	l->parser = http_parser_new(HTTP_RESPONSES, &limits);
	l->next = r->lines;
	if (r->lines != NULL)
		r->lines->previous = l;
	r->lines = l;
	l->channel = channel_new(&(struct channel_options){
		.base = r->o.base,
		.clock = r->o.clock,
		.to = &r->addresses.items[r->address],
		.connect_ms = r->o.connect_ms,
		.left_ms = call->deadline_ms - now_ms(r),
		.tls = r->o.tls,
		.server_name = r->url.host,
		.verify = true,
		.owner = { on_opened, on_received, on_ended, on_failed, l },
	});
	return l;
}

static struct line *kept_line(struct remote *r)
{
	struct line *l = r->lines;

	while (l != NULL && l->call != NULL)
		l = l->next;
	return l;
}

static void keep(struct line *l)
{
	if (l->remote->kept >= KEPT_MAX) {
		line_free(l);
		return;
	}
	l->call = NULL;
	l->kept_before = true;
	l->remote->kept++;
	channel_set_left(l->channel, KEPT_MS);
}

/* --- calls --- */

static void send_on_new(struct remote_call *call)
{
	call->line = line_new(call->remote, call);
}

static void send_on(struct remote_call *call, struct line *l)
{
	call->line = l;
	l->call = call;
	l->remote->kept--;
	channel_set_left(l->channel, call->deadline_ms - now_ms(l->remote));
	channel_send(l->channel, call->request.data, call->request.len);
}

static void call_free(struct remote_call *call)
{
	struct remote *r = call->remote;

	*(call->previous != NULL ? &call->previous->next : &r->calls) = call->next;
	if (call->next != NULL)
		call->next->previous = call->previous;
	buf_release(&call->request);
	free(call);
}

static void finish(struct remote_call *call, struct err *e, json_t *answer)
{
	remote_done *done = call->done;
	void *ctx = call->ctx;

	call_free(call);
	done(ctx, e, answer);
}

void remote_call_cancel(struct remote_call *call)
{
	line_free(call->line);
	call_free(call);
}

/* --- what comes --- */

static void on_opened(void *ctx)
{
	const struct line *l = ctx;

	channel_send(l->channel, l->call->request.data, l->call->request.len);
}

static struct err *read_answer(json_t **out, struct http_message *m)
{
	if (m->status != 200)
		return err_new(ERR_PROTOCOL, "it answered with HTTP status %d", m->status);
	return json_parse(out, buf_str(&m->body), m->body.len, "its answer");
}

static void take_answer(struct line *l)
{
	struct remote_call *call = l->call;
	AUTO(http_message_release) struct http_message m = { 0 };
	json_t *answer = NULL;

	http_parser_take(l->parser, &m);
	struct err *e = read_answer(&answer, &m);

	if (http_message_keeps_alive(&m))
		keep(l);
	else
		line_free(l);
	finish(call, e, answer);
}

static void lose(struct line *l, struct err *e)
{
	struct remote_call *call = l->call;

	line_free(l);
	finish(call, e, NULL);
}

/* Kept by us, closed by the other side: that says nothing about the question. */
static bool ask_again(struct line *l)
{
	struct remote_call *call = l->call;

	if (call != NULL && (!l->kept_before || http_parser_started(l->parser)))
		return false;
	line_free(l);
	if (call != NULL)
		send_on_new(call);
	return true;
}

static void on_received(void *ctx, const char *data, size_t len)
{
	struct line *l = ctx;
	size_t used = 0;

	if (l->call == NULL) {
		line_free(l);
		return;
	}
	struct err *e = http_parser_feed(l->parser, data, len, &used);

	if (e != NULL)
		lose(l, e);
	else if (used < len)
		lose(l, err_new(ERR_PROTOCOL, "it answered more than it was asked"));
	else if (http_parser_done(l->parser))
		take_answer(l);
}

static void on_ended(void *ctx)
{
	struct line *l = ctx;

	if (ask_again(l))
		return;
	struct err *e = http_parser_finish(l->parser);

	if (e != NULL)
		lose(l, e);
	else
		take_answer(l);
}

static struct err *why(const struct channel_failure *f)
{
	char text[128];

	switch (f->cause) {
	case CHANNEL_TIMEOUT:
		return err_new(ERR_TIMEOUT, "it did not answer in time");
	case CHANNEL_SYSTEM:
		return err_new(ERR_NETWORK, "%s", strerror_r(f->error, text, sizeof(text)));
	case CHANNEL_CLOSED:
		return err_new(ERR_NETWORK, "connection closed");
	case CHANNEL_SPEAKS_HTTP:
		return err_new(ERR_NETWORK, "it speaks HTTP without TLS");
	case CHANNEL_VERSION:
		return err_new(ERR_NETWORK, "no common TLS version");
	case CHANNEL_ALERT:
		return err_new(ERR_NETWORK, "it refused TLS by the alert \"%s\"", f->text);
	case CHANNEL_NOT_TLS:
	case CHANNEL_CERTIFICATE:
		break;
	}
	return err_new(ERR_NETWORK, "TLS: %s", f->text != NULL ? f->text : "unknown reason");
}

/* The next of its addresses, for this call and later ones. */
static bool try_next_address(struct line *l)
{
	struct remote *r = l->remote;
	struct remote_call *call = l->call;

	if (++call->failed >= r->addresses.count)
		return false;
	r->address = (r->address + 1) % r->addresses.count;
	line_free(l);
	send_on_new(call);
	return true;
}

static void on_failed(void *ctx, const struct channel_failure *f)
{
	struct line *l = ctx;

	if (f->phase == CHANNEL_CONNECTING && try_next_address(l))
		return;
	if ((l->call == NULL || f->cause != CHANNEL_TIMEOUT) && ask_again(l))
		return;
	lose(l, why(f));
}

/* --- asking --- */

static struct err *write_request(struct buf *out, const struct remote *r, const char *path,
				 const json_t *question)
{
	AUTO(http_message_release)
	struct http_message m = { .method = xstrdup("POST"),
				  .target = xstrdup(path),
				  .minor_version = 1,
				  .body = BUF_INIT(LIMIT_JSON_BYTES) };
	AUTO(free) char *host = url_authority(&r->url);
	AUTO(free) char *body = json_compact(question);

	http_headers_add(&m.headers, "Host", host);
	http_headers_add(&m.headers, "Content-Type", "application/json");
	buf_adds(&m.body, body);
	TRY(buf_check(&m.body, "a request for a validation"));
	return http_write_request(out, &m);
}

struct remote_call *remote_ask(struct remote *r, const char *path, const json_t *question,
			       int timeout_ms, remote_done *done, void *ctx)
{
	struct remote_call *call = xcalloc(1, sizeof(*call));
	struct line *kept = kept_line(r);

	call->remote = r;
	call->done = done;
	call->ctx = ctx;
	call->deadline_ms = now_ms(r) + timeout_ms;
	call->request = BUF_INIT(LIMIT_JSON_BYTES + LIMIT_KIB(4));
	struct err *e = write_request(&call->request, r, path, question);

	if (e != NULL) /* over our own ceilings: not sent, so never answered */
		buf_reset(&call->request);
	err_free(e);
	call->next = r->calls;
	if (r->calls != NULL)
		r->calls->previous = call;
	r->calls = call;
	if (kept != NULL)
		send_on(call, kept);
	else
		send_on_new(call);
	return call;
}

/* --- life --- */

static struct err *find(struct remote *r)
{
	struct address literal;

	if (address_parse(&literal, r->url.host, r->url.port)) {
		r->addresses.items = xmemdup(&literal, sizeof(literal));
		r->addresses.count = 1;
		return NULL;
	}
	if (r->o.resolver == NULL)
		return err_new(ERR_CONFIG, "%s: its host is no address", r->o.url);
	return r->o.resolver->lookup(r->o.resolver, r->url.host, r->url.port, &r->addresses);
}

struct err *remote_new(struct remote **out, const struct remote_options *o)
{
	AUTO(remote_free) struct remote *r = xcalloc(1, sizeof(*r));

	r->o = *o;
	(void)SSL_CTX_up_ref(o->tls);
	TRY_WRAP(url_parse(&r->url, o->url), "the URL of a perspective");
	if (!streq(r->url.scheme, "https") || !streq(r->url.target, "/"))
		return err_new(ERR_CONFIG, "\"%s\" is no https URL without a path", o->url);
	TRY(find(r));
	*out = MOVE(r);
	return NULL;
}

void remote_free(struct remote *r)
{
	if (r == NULL)
		return;
	while (r->lines != NULL)
		line_free(r->lines); /* unlinks it; NOLINT(clang-analyzer-unix.Malloc) */
	while (r->calls != NULL)
		call_free(r->calls); /* NOLINT(clang-analyzer-unix.Malloc) */
	SSL_CTX_free(r->o.tls);
	url_release(&r->url);
	address_list_release(&r->addresses);
	free(r);
}
