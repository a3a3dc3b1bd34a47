#include "net/connection.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "net/stream.h"
#include "net/tunnel.h"

enum phase {
	DIALING,
	ASKING_PROXY,
	HEARING_PROXY,
	HANDSHAKING,
	SENDING,
	READING,
	FINISHED,
	PHASE_COUNT,
};

struct connection {
	struct origin *origin;
	const struct tls_client *tls;
	enum phase phase;
	struct dial *dial; /* while dialling */
	struct stream stream;
	char *peer; /* "127.0.0.1:443" */
	struct buf request;
	struct tunnel tunnel;
	size_t sent; /* of the one that is going out */
	struct http_parser *parser;
	bool keep;
	int64_t begun_ms; /* 0: not yet */
	int64_t first_byte_ms;
};

static struct address_list copy_of(const struct address_list *l)
{
	return (struct address_list){ .items = xmemdup(l->items, l->count * sizeof(*l->items)),
				      .count = l->count };
}

struct connection *connection_new(struct origin *o, const struct tls_client *tls)
{
	struct connection *c = xcalloc(1, sizeof(*c));
	struct address_list addresses = copy_of(&o->addresses);

	c->origin = o;
	c->tls = tls;
	c->stream.fd = -1;
	c->dial = dial_new(&addresses);
	c->peer = dial_text(c->dial);
	return c;
}

void connection_free(struct connection *c)
{
	if (c == NULL)
		return;
	dial_free(c->dial);
	stream_close(&c->stream);
	free(c->peer);
	buf_release(&c->request);
	tunnel_release(&c->tunnel);
	http_parser_free(c->parser);
	free(c);
}

struct origin *connection_origin(const struct connection *c)
{
	return c->origin;
}

void connection_begin(struct connection *c, struct buf *request, const struct http_limits *limits,
		      bool no_body)
{
	buf_release(&c->request);
	c->request = *request;
	*request = BUF_INIT(request->max);
	http_parser_free(c->parser);
	c->parser = http_parser_new(HTTP_RESPONSES, limits);
	if (no_body)
		http_parser_expect_no_body(c->parser);
	c->sent = 0;
	if (c->phase == FINISHED)
		c->phase = SENDING;
}

/* --- the phases: each does what it can, and moves on to the next when it is through --- */

/* The address that answered is tried first by the next connection. */
static void remember_winner(struct origin *o, const struct address *winner)
{
	for (size_t i = 1; i < o->addresses.count; i++) {
		struct address *a = &o->addresses.items[i];

		if (a->len == winner->len && memcmp(&a->addr, &winner->addr, a->len) == 0) {
			struct address first = *a;

			memmove(&o->addresses.items[1], &o->addresses.items[0], i * sizeof(*a));
			o->addresses.items[0] = first;
			return;
		}
	}
}

static struct err *ready_for_tls(struct connection *c)
{
	if (!streq(c->origin->url.scheme, "https")) {
		c->phase = SENDING;
		return NULL;
	}
	c->phase = HANDSHAKING;
	return tls_open(&c->stream.ssl, c->tls, c->stream.fd, c->origin->url.host,
			&c->origin->session);
}

/* TCP, TLS, and a proxy's tunnel. */
static int trips(const struct connection *c)
{
	return c->origin->proxied ? 3 : 2;
}

/*
 * made: how many round trips there were since the connection was begun. TCP may end at a box in between, so TLS has the last word; what
 * is known stays until another connection is through.
 */
static void measure(struct connection *c, int64_t now_ms, int made)
{
	struct origin *o = c->origin;
	int64_t rtt_ms = (now_ms - c->begun_ms) / made;

	if (o->rtt_is_known && c->phase != SENDING)
		return;
	o->rtt_ms = rtt_ms;
	o->rtt_is_known = c->phase == SENDING;
}

/* A fresh connection takes a line at once. */
static struct err *say_first(struct connection *c)
{
	const char *line = c->origin->preface;
	size_t n = 0;

	if (line == NULL)
		return NULL;
	TRY(stream_write(&c->stream, line, strlen(line), &n));
	return n == strlen(line) ? NULL : err_new(ERR_NETWORK, "the connection takes nothing");
}

static struct err *dialing(struct connection *c, int64_t now_ms)
{
	struct address peer;

	if (c->begun_ms == 0)
		c->begun_ms = now_ms;
	TRY(dial_step(c->dial, now_ms, &c->stream.fd, &peer));
	if (c->stream.fd < 0)
		return NULL;
	dial_free(MOVE(c->dial));
	remember_winner(c->origin, &peer);
	free(c->peer);
	c->peer = address_port_text(&peer);
	TRY(say_first(c));
	if (!c->origin->proxied || !streq(c->origin->url.scheme, "https")) {
		TRY(ready_for_tls(c));
		measure(c, now_ms, 1);
		return NULL;
	}
	c->phase = ASKING_PROXY;
	return tunnel_ask(&c->tunnel, &c->origin->url, &c->origin->proxy);
}

static struct err *send_rest(struct connection *c, const struct buf *b, enum phase next)
{
	size_t n = 0;

	TRY(stream_write(&c->stream, b->data + c->sent, b->len - c->sent, &n));
	c->sent += n;
	if (c->sent == b->len)
		c->phase = next;
	return NULL;
}

static struct err *asking_proxy(struct connection *c, int64_t now_ms)
{
	(void)now_ms;
	return send_rest(c, &c->tunnel.request, HEARING_PROXY);
}

static struct err *hearing_proxy(struct connection *c, int64_t now_ms)
{
	enum stream_end end = STREAM_OPEN;
	bool open = false;
	char bytes[1024];
	size_t n = 0;

	(void)now_ms;
	TRY(stream_read(&c->stream, bytes, sizeof(bytes), &n, &end));
	TRY(tunnel_hear(&c->tunnel, &open, bytes, n));
	if (!open)
		return end == STREAM_OPEN ? NULL : err_new(ERR_NETWORK, "connection closed");
	c->sent = 0;
	return ready_for_tls(c);
}

static struct err *handshaking(struct connection *c, int64_t now_ms)
{
	bool done = false;

	TRY(stream_handshake(&c->stream, &done));
	if (!done)
		return NULL;
	c->phase = SENDING;
	measure(c, now_ms, trips(c));
	return NULL;
}

static struct err *sending(struct connection *c, int64_t now_ms)
{
	if (c->sent == 0)
		c->first_byte_ms = now_ms;
	return send_rest(c, &c->request, READING);
}

static struct err *answer_ended(struct connection *c, enum stream_end end)
{
	struct err *e = http_parser_finish(c->parser);

	c->keep = false;
	if (e != NULL) {
		err_free(e);
		return err_new(ERR_NETWORK, "connection closed");
	}
	return end == STREAM_ENDED ? NULL
				   : err_new(ERR_PROTOCOL, "connection closed without a TLS close");
}

static struct err *reading(struct connection *c, int64_t now_ms)
{
	enum stream_end end = STREAM_OPEN;
	char bytes[16 * 1024];
	size_t n = 0;
	size_t used = 0;

	(void)now_ms;
	c->keep = true;
	do {
		TRY(stream_read(&c->stream, bytes, sizeof(bytes), &n, &end));
		TRY(http_parser_feed(c->parser, bytes, n, &used));
	} while (n > 0 && !http_parser_done(c->parser));
	if (end != STREAM_OPEN)
		TRY(answer_ended(c, end));
	if (!http_parser_done(c->parser))
		return NULL;
	c->keep = c->keep && used == n;
	c->phase = FINISHED;
	return NULL;
}

static const struct {
	struct err *(*run)(struct connection *c, int64_t now_ms);
	const char *doing; /* NULL: what the parser reads */
} phases[] = {
	[DIALING] = { dialing, "connecting to" },
	[ASKING_PROXY] = { asking_proxy, "asking the proxy for a tunnel to" },
	[HEARING_PROXY] = { hearing_proxy, "asking the proxy for a tunnel to" },
	[HANDSHAKING] = { handshaking, "TLS with" },
	[SENDING] = { sending, "sending the request to" },
	[READING] = { reading, NULL },
	[FINISHED] = { NULL, "talking to" },
};
static_assert(ARRAY_LEN(phases) == PHASE_COUNT, "a row for each phase");

/* Opened for later: there is nothing to send. */
static bool is_spare(const struct connection *c)
{
	return c->parser == NULL;
}

struct err *connection_step(struct connection *c, int64_t now_ms, bool *done)
{
	enum phase before;

	do {
		before = c->phase;
		if (before == SENDING && is_spare(c)) {
			c->phase = FINISHED;
			c->keep = true;
			break;
		}
		struct err *e = phases[before].run(c, now_ms);

		if (e != NULL) {
			AUTO(free) char *doing = connection_doing(c);

			return err_wrap(e, "%s", doing);
		}
	} while (c->phase != before && c->phase != FINISHED);
	*done = c->phase == FINISHED;
	return NULL;
}

void connection_take(struct connection *c, struct http_message *answer)
{
	http_parser_take(c->parser, answer);
	c->keep = c->keep && http_message_keeps_alive(answer);
}

/* --- what the owner asks --- */

size_t connection_poll(const struct connection *c, struct pollfd fds[CONNECTION_FDS])
{
	if (c->dial != NULL)
		return dial_poll(c->dial, fds);
	fds[0] = (struct pollfd){ .fd = c->stream.fd, .events = c->stream.want };
	return 1;
}

int64_t connection_wake_ms(const struct connection *c)
{
	return c->dial != NULL ? dial_wake_ms(c->dial) : INT64_MAX;
}

bool connection_is_connecting(const struct connection *c)
{
	return c->phase < SENDING;
}

int64_t connection_far_at_ms(const struct connection *c, int rtt_ms)
{
	return c->begun_ms == 0 ? INT64_MAX : c->begun_ms + (int64_t)rtt_ms * trips(c);
}

bool connection_sent_any(const struct connection *c)
{
	return c->phase >= SENDING && c->sent > 0;
}

bool connection_heard_any(const struct connection *c)
{
	return http_parser_started(c->parser);
}

int64_t connection_first_byte_ms(const struct connection *c)
{
	return c->first_byte_ms;
}

bool connection_can_be_kept(const struct connection *c)
{
	return c->phase == FINISHED && c->keep;
}

bool connection_is_idle(struct connection *c)
{
	return stream_is_idle(&c->stream);
}

/* Host and address; of the proxy while it is the proxy we talk to. */
static char *whom(const struct connection *c)
{
	const struct origin *o = c->origin;
	const char *host = o->proxied ? o->proxy.host : o->url.host;
	AUTO(free) char *authority = url_authority(&o->url);

	if (o->proxied && c->phase != DIALING)
		return str_fmt("%s through the proxy %s (%s)", authority, host, c->peer);
	if (strstr(c->peer, host) != NULL)
		return str_fmt("%s%s", o->proxied ? "the proxy " : "", c->peer);
	return str_fmt("%s%s (%s)", o->proxied ? "the proxy " : "", host, c->peer);
}

char *connection_doing(const struct connection *c)
{
	AUTO(free) char *peer = whom(c);

	if (phases[c->phase].doing != NULL)
		return str_fmt("%s %s", phases[c->phase].doing, peer);
	return str_fmt("reading %s from %s", http_parser_reading(c->parser), peer);
}
