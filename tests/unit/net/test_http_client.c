/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/limits.h"
#include "net/http_client.h"
#include "net/peer.h"

#define OK(length, body) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n" body

struct bench {
	struct peer *peer;
	struct transport *client;
	char *url; /* ends in "/" */
	struct http_client_options options;
};

static void begin(struct bench *b, const char *const *const *scripts, size_t count)
{
	b->peer = peer_new(scripts, count, NULL);
	b->url = str_fmt("http://127.0.0.1:%u/", peer_port(b->peer));
	assert_null(http_client_new(&b->client, &b->options));
}

static void bench_release(struct bench *b)
{
	transport_free(b->client);
	peer_free(b->peer);
	free(b->url);
}
AUTO_RELEASE(struct bench, bench_release)

static struct http_exchange get(const char *url)
{
	return (struct http_exchange){ .method = "GET", .url = url, .idempotent = true };
}

static void assert_body(struct bench *b, const char *body)
{
	AUTO(http_exchange_release) struct http_exchange x = get(b->url);
	AUTO(err_free) struct err *e = transport_one(b->client, &x, NULL);

	if (e != NULL)
		fail_msg("%s", e->msg);
	assert_int_equal(x.answer.status, 200);
	assert_string_equal(buf_str(&x.answer.body), body);
}

/* The error's whole text, or "" for none. */
static char *failure(struct bench *b, struct http_exchange *x)
{
	AUTO(err_free) struct err *e = transport_one(b->client, x, NULL);

	return e != NULL ? err_text(e) : xstrdup("");
}

static void test_connection_is_kept(void **state)
{
	static const char *const first[] = {
		OK("1", "a"), OK("1", "b"),
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n",
		PEER_STAY, NULL
	};
	static const char *const *const scripts[] = { first };
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, scripts, 1);
	assert_body(&b, "a");
	assert_body(&b, "b");
	assert_body(&b, "c");
	assert_int_equal(peer_connections(b.peer), 1);
}

/* What says that the connection ends, or cannot be framed otherwise, is not kept. */
static void test_not_kept(void **state)
{
	static const char *const closing[] = {
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", PEER_STAY,
		NULL
	};
	static const char *const old[] = { "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nb",
					   PEER_STAY, NULL };
	static const char *const until_close[] = { "HTTP/1.1 200 OK\r\n\r\nc", NULL };
	static const char *const chatty[] = { OK("1", "d") "HTTP/1.1 200 OK\r\n", PEER_STAY, NULL };
	static const char *const last[] = { OK("1", "e"), PEER_STAY, NULL };
	static const char *const *const scripts[] = { closing, old, until_close, chatty, last };
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, scripts, ARRAY_LEN(scripts));
	assert_body(&b, "a");
	assert_body(&b, "b");
	assert_body(&b, "c");
	assert_body(&b, "d");
	assert_body(&b, "e");
	assert_int_equal(peer_connections(b.peer), 5);
}

/* Several run at once, at most `width`; the answers are in the order of the exchanges. */
static void test_batch(void **state)
{
	static const char *const script[] = { OK("1", "x"), OK("1", "x"), OK("1", "x"),
					      OK("1", "x"), OK("1", "x"), OK("1", "x"),
					      OK("1", "x"), OK("1", "x"), OK("1", "x"),
					      NULL };
	static const char *const *const scripts[] = {
		script, script, script, script, script, script
	};
	AUTO(bench_release) struct bench b = { 0 };
	struct http_exchange x[9];

	(void)state;
	begin(&b, scripts, ARRAY_LEN(scripts));
	for (size_t i = 0; i < ARRAY_LEN(x); i++)
		x[i] = get(i == 4 ? "http://127.0.0.1:1/" : b.url);
	assert_null(b.client->perform(b.client, x, ARRAY_LEN(x), 3, NULL));
	for (size_t i = 0; i < ARRAY_LEN(x); i++) {
		assert_true((x[i].err != NULL) == (i == 4));
		if (i != 4)
			assert_string_equal(buf_str(&x[i].answer.body), "x");
		http_exchange_release(&x[i]);
	}
	assert_int_equal(peer_connections(b.peer), 3);
}

/* Puts 400 ms between the first looks at the clock, so the first connection seems to lead far away. */
static int64_t far_ms(const struct clock *c)
{
	static int64_t looks;

	if (looks < 8)
		++looks;
	return system_clock.monotonic_ms(c) + looks * 400;
}

static const struct clock far_clock = { .monotonic_ms = far_ms };

static void run_with_spares(struct bench *b, bool opened)
{
	struct http_exchange x[4];

	x[0] = get(b->url);
	for (size_t i = 1; i < ARRAY_LEN(x); i++)
		x[i] = (struct http_exchange){ .url = b->url, .spare_from_ms = 30 };
	assert_null(b->client->perform(b->client, x, ARRAY_LEN(x), ARRAY_LEN(x), NULL));
	for (size_t i = 0; i < ARRAY_LEN(x); i++) {
		assert_null(x[i].err);
		assert_int_equal(x[i].answer.status, i == 0 ? 200 : 0);
		assert_int_equal(x[i].opened, i > 0 && opened);
		http_exchange_release(&x[i]);
	}
}

/* A connection is ours before the peer's thread has taken it. */
static void assert_connections(struct peer *p, size_t count)
{
	for (int tries = 0; peer_connections(p) < count && tries < 500; tries++)
		(void)usleep(10 * 1000);
	assert_int_equal(peer_connections(p), count);
}

static void test_spares_for_a_far_peer(void **state)
{
	static const char *const script[] = { OK("1", "x"), OK("1", "x"), PEER_STAY, NULL };
	static const char *const *const scripts[] = { script, script, script, script };
	AUTO(bench_release) struct bench b = { .options = { .clock = &far_clock } };
	struct http_exchange x[4];

	(void)state;
	begin(&b, scripts, ARRAY_LEN(scripts));
	run_with_spares(&b, true);
	assert_connections(b.peer, 4);
	for (size_t i = 0; i < ARRAY_LEN(x); i++)
		x[i] = get(b.url);
	assert_null(b.client->perform(b.client, x, ARRAY_LEN(x), ARRAY_LEN(x), NULL));
	for (size_t i = 0; i < ARRAY_LEN(x); i++) {
		assert_null(x[i].err);
		http_exchange_release(&x[i]);
	}
	assert_connections(b.peer, 4);
}

/* Stands still: the peer is near, however busy this machine is. */
static int64_t still_ms(const struct clock *c)
{
	(void)c;
	return 1000;
}

static const struct clock still_clock = { .monotonic_ms = still_ms };

static void test_no_spares_for_a_near_peer(void **state)
{
	static const char *const script[] = { OK("1", "x"), PEER_STAY, NULL };
	static const char *const *const scripts[] = { script, script, script, script };
	AUTO(bench_release) struct bench b = { .options = { .clock = &still_clock } };

	(void)state;
	begin(&b, scripts, ARRAY_LEN(scripts));
	run_with_spares(&b, false);
	assert_int_equal(peer_connections(b.peer), 1);
}

static struct err *shake_hands(struct bench *b, size_t spares)
{
	AUTO(free) char *url = str_fmt("https://127.0.0.1:%u/", peer_port(b->peer));
	struct http_exchange x[] = { get(url), { .url = url, .spare_from_ms = 100 } };

	assert_null(b->client->perform(b->client, x, 1 + spares, 2, NULL));
	assert_false(x[1].opened);
	struct err *e = MOVE(x[0].err);

	http_exchange_release(&x[0]);
	http_exchange_release(&x[1]);
	return e;
}

/* Its silence says as much as an answer: spares need not wait for one. */
static void test_spares_for_a_silent_peer(void **state)
{
	static const char *const script[] = { PEER_MEET, NULL };
	static const char *const *const scripts[] = { script, script };
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, scripts, ARRAY_LEN(scripts));
	AUTO(err_free) struct err *e = shake_hands(&b, 1);

	assert_true(err_is(e, ERR_NETWORK));
	assert_connections(b.peer, 2);
}

static void test_silent_peer(void **state)
{
	static const char *const script[] = { PEER_STAY, NULL };
	static const char *const *const scripts[] = { script };
	AUTO(bench_release) struct bench b = { .options = { .connect_timeout_ms = 100 } };

	(void)state;
	begin(&b, scripts, ARRAY_LEN(scripts));
	AUTO(err_free) struct err *e = shake_hands(&b, 0);

	assert_true(err_is(e, ERR_TIMEOUT));
}

/* Stands still until there is the answer to an exchange. */
struct waiting_clock {
	struct clock clock;
	const struct http_exchange *x;
};

static int64_t waiting_ms(const struct clock *c)
{
	const struct waiting_clock *w = (const struct waiting_clock *)c;

	return w->x->answer.body.len > 0 ? 2000 : 1000;
}

/* The second exchange is over before the first begins, and leaves it its connection. */
static void test_one_goes_later(void **state)
{
	static const char *const script[] = { OK("1", "a"), OK("1", "b"), PEER_STAY, NULL };
	static const char *const *const scripts[] = { script };
	struct http_exchange x[2];
	const struct waiting_clock clock = { .clock = { .monotonic_ms = waiting_ms }, .x = &x[1] };
	AUTO(bench_release) struct bench b = { .options = { .clock = &clock.clock } };

	(void)state;
	begin(&b, scripts, ARRAY_LEN(scripts));
	x[0] = get(b.url);
	x[1] = get(b.url);
	x[0].after_ms = 200;
	assert_null(b.client->perform(b.client, x, 2, 2, NULL));
	assert_null(x[0].err);
	assert_null(x[1].err);
	assert_string_equal(buf_str(&x[1].answer.body), "a");
	assert_string_equal(buf_str(&x[0].answer.body), "b");
	http_exchange_release(&x[0]);
	http_exchange_release(&x[1]);
}

/* Nobody there: the exchange fails, the spares say nothing. */
static void test_spares_of_nobody(void **state)
{
	AUTO(transport_free) struct transport *client = NULL;
	struct http_exchange x[2] = {
		get("http://127.0.0.1:1/"),
		{ .url = "http://127.0.0.1:1/", .spare_from_ms = 30 },
	};

	(void)state;
	assert_null(http_client_new(&client, &(struct http_client_options){ 0 }));
	assert_null(client->perform(client, x, 2, 2, NULL));
	assert_non_null(x[0].err);
	assert_null(x[1].err);
	http_exchange_release(&x[0]);
	http_exchange_release(&x[1]);
}

static void test_request_as_sent(void **state)
{
	static const char *const script[] = {
		"HTTP/1.1 201 Created\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", PEER_STAY, NULL
	};
	static const char *const *const scripts[] = { script };
	AUTO(bench_release) struct bench b = { 0 };
	AUTO(strlist_release) struct strlist requests = { 0 };

	(void)state;
	begin(&b, scripts, 1);
	AUTO(free) char *url = str_fmt("%sa/b?c=d", b.url);
	AUTO(free) char *expected = str_fmt("POST /a/b?c=d 127.0.0.1:%u hello", peer_port(b.peer));
	AUTO(http_exchange_release)
	struct http_exchange x = {
		.method = "POST",
		.url = url,
		.content_type = "application/jose+json",
		.body = "hello!",
		.body_len = 5,
	};

	assert_null(transport_one(b.client, &x, NULL));
	assert_int_equal(x.answer.status, 201);
	assert_string_equal(http_headers_get(&x.answer.headers, "location"), "/x");
	peer_requests(b.peer, &requests);
	assert_string_equal(requests.items[0], expected);
}

static void test_head(void **state)
{
	static const char *const script[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nReplay-Nonce: n\r\n\r\n", OK("1", "a"),
		PEER_STAY, NULL
	};
	static const char *const *const scripts[] = { script };
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, scripts, 1);
	AUTO(http_exchange_release) struct http_exchange x = { .method = "HEAD", .url = b.url };

	assert_null(transport_one(b.client, &x, NULL));
	assert_int_equal(x.answer.body.len, 0);
	assert_string_equal(http_headers_get(&x.answer.headers, "Replay-Nonce"), "n");
	assert_body(&b, "a");
	assert_int_equal(peer_connections(b.peer), 1);
}

static bool is_to(int fd, unsigned port)
{
	struct sockaddr_in to = { 0 };
	socklen_t len = sizeof(to);

	return getpeername(fd, (struct sockaddr *)&to, &len) == 0 && to.sin_family == AF_INET &&
	       ntohs(to.sin_port) == port;
}

/* Until the peer has closed the connection that our client keeps. */
static void wait_for_its_end(const struct bench *b)
{
	int fd = 0;

	while (!is_to(fd, peer_port(b->peer)))
		assert_true(++fd < 1024);
	struct pollfd closed = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&closed, 1, -1), 1);
}

/* A connection that was closed while it was idle is not used: not even a POST gets lost. */
static void test_closed_idle_connection(void **state)
{
	static const char *const first[] = { OK("1", "a"), NULL };
	static const char *const second[] = { OK("1", "b"), NULL };
	static const char *const *const scripts[] = { first, second };
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, scripts, 2);
	assert_body(&b, "a");
	wait_for_its_end(&b);
	AUTO(http_exchange_release)
	struct http_exchange x = { .method = "POST", .url = b.url, .body = "p", .body_len = 1 };

	assert_null(transport_one(b.client, &x, NULL));
	assert_string_equal(buf_str(&x.answer.body), "b");
}

/* Closed when the request is on its way: once more, if that does no harm; and only for a kept connection. */
static void test_stale_connection(void **state)
{
	static const char *const stale[] = { OK("1", "a"), "", NULL };
	static const char *const good[] = { OK("1", "b"), "", NULL };
	static const char *const *const scripts[] = { stale, good };
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, scripts, 2);
	assert_body(&b, "a");
	assert_body(&b, "b");
	assert_int_equal(peer_connections(b.peer), 2);
	AUTO(http_exchange_release)
	struct http_exchange x = { .method = "POST", .url = b.url, .body = "p", .body_len = 1 };
	AUTO(free) char *text = failure(&b, &x);
	AUTO(free)
	char *expected = str_fmt(
		"reading the answer's status line from 127.0.0.1:%u: connection closed",
		peer_port(b.peer));

	assert_string_equal(text, expected);
	assert_int_equal(peer_connections(b.peer), 2);
}

static void test_new_connection_is_not_tried_again(void **state)
{
	static const char *const nothing[] = { "", NULL };
	static const char *const *const scripts[] = { nothing, nothing };
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, scripts, 2);
	AUTO(http_exchange_release) struct http_exchange x = get(b.url);
	AUTO(free) char *text = failure(&b, &x);

	assert_true(str_ends(text, "connection closed"));
	assert_int_equal(peer_connections(b.peer), 1);
}

static const struct {
	const char *answer;
	const char *text; /* part of the error */
} broken[] = {
	{ "", "reading the answer's status line from 127.0.0.1:" },
	{ "HTTP/1.1 2", "reading the answer's status line from 127.0.0.1:" },
	{ "HTTP/1.1 200 OK\r\nContent-", "reading the answer's headers from 127.0.0.1:" },
	{ OK("5", "abc"), "reading the answer's body from 127.0.0.1:" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
	  "reading the answer's body from 127.0.0.1:" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
	  "reading the answer's chunks from 127.0.0.1:" },
	{ "hello\r\n", "the answer's status line: not an HTTP answer" },
	{ "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "the answer's headers: " },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
	  "more than one Content-Length" },
	{ OK("9999999999", ""), "Content-Length is above what is accepted" },
	{ OK("101", ""), "Content-Length is above what is accepted" },
	{ "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
	  "answered in the encoding gzip" },
	{ PEER_RESET, "reading the answer's status line from 127.0.0.1:" },
};

static void test_broken_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		const char *const script[] = { broken[i].answer, NULL };
		const char *const *const scripts[] = { script };
		AUTO(bench_release) struct bench b = { 0 };

		begin(&b, scripts, 1);
		AUTO(http_exchange_release) struct http_exchange x = get(b.url);

		x.max_body = 100;
		AUTO(free) char *text = failure(&b, &x);

		if (strstr(text, broken[i].text) == NULL)
			fail_msg("row %zu: \"%s\"", i, text);
	}
}

static void test_refused_connection(void **state)
{
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, NULL, 0);
	unsigned port = peer_port(b.peer);

	peer_free(MOVE(b.peer));
	AUTO(free) char *by_name = str_fmt("http://localhost:%u/", port);
	AUTO(free) char *expected = str_fmt("connecting to 127.0.0.1:%u: Connection refused", port);
	AUTO(http_exchange_release) struct http_exchange x = get(b.url);
	AUTO(http_exchange_release) struct http_exchange named = get(by_name);
	AUTO(free) char *text = failure(&b, &x);
	AUTO(free) char *named_text = failure(&b, &named);

	assert_string_equal(text, expected);
	assert_true(str_starts(named_text, "connecting to localhost ("));
	assert_true(str_ends(named_text, "Connection refused"));
}

/* --- addresses --- */

static const char *const *addresses; /* of the next lookup */
static unsigned lookups;

static struct err *lookup_listed(struct resolver *r, const char *host, unsigned port,
				 struct address_list *out)
{
	(void)r;
	lookups++;
	if (!streq(host, "ca.test"))
		return err_new(ERR_NETWORK, "resolving %s: unknown here", host);
	for (size_t i = 0; addresses[i] != NULL; i++) {
		AUTO(address_list_release) struct address_list one = { 0 };

		TRY(system_resolver.lookup(&system_resolver, addresses[i], port, &one));
		out->items = xrealloc(out->items, out->count + 1, sizeof(*out->items));
		out->items[out->count++] = one.items[0];
	}
	return NULL;
}

/* 192.0.2.1 (RFC 5737) drops or refuses; 127.0.0.2 refuses, as the peer listens on 127.0.0.1 only. */
static void test_next_address(void **state)
{
	static const char *const lists[][4] = {
		{ "127.0.0.2", "127.0.0.1", NULL },
		{ "::1", "127.0.0.1", NULL },
		{ "192.0.2.1", "127.0.0.1", NULL },
		{ "192.0.2.1", "127.0.0.2", "127.0.0.1", NULL },
	};
	static const char *const script[] = { OK("1", "a"), NULL };
	static const char *const *const scripts[] = { script, script, script, script };
	struct resolver resolver = { .lookup = lookup_listed };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		AUTO(bench_release) struct bench b = { .options = { .resolver = &resolver } };

		begin(&b, scripts, ARRAY_LEN(scripts));
		addresses = lists[i];
		AUTO(free) char *url = str_fmt("http://ca.test:%u/", peer_port(b.peer));
		AUTO(http_exchange_release) struct http_exchange x = get(url);
		AUTO(free) char *text = failure(&b, &x);

		assert_string_equal(text, "");
		assert_string_equal(buf_str(&x.answer.body), "a");
	}
}

static void test_every_address_has_its_cause(void **state)
{
	static const char *const list[] = { "127.0.0.2", "127.0.0.3", NULL };
	struct resolver resolver = { .lookup = lookup_listed };
	AUTO(bench_release) struct bench b = { .options = { .resolver = &resolver } };

	(void)state;
	begin(&b, NULL, 0);
	addresses = list;
	AUTO(http_exchange_release) struct http_exchange x = get("http://ca.test:1/");
	AUTO(free) char *text = failure(&b, &x);

	assert_string_equal(text,
			    "connecting to ca.test (127.0.0.2:1, 127.0.0.3:1): Connection refused");
	AUTO(http_exchange_release) struct http_exchange unknown = get("http://other.test/");
	AUTO(free) char *unknown_text = failure(&b, &unknown);

	assert_string_equal(unknown_text, "resolving other.test: unknown here");
}

static int64_t lookup_took_ms;

static int64_t after_lookup_ms(const struct clock *c)
{
	return system_clock.monotonic_ms(c) + lookup_took_ms;
}

static struct err *lookup_slowly(struct resolver *r, const char *host, unsigned port,
				 struct address_list *out)
{
	lookup_took_ms = 2000;
	return lookup_listed(r, host, port, out);
}

/* What a lookup takes is not taken from the time to connect. */
static void test_slow_lookup(void **state)
{
	static const char *const list[] = { "127.0.0.1", NULL };
	static const char *const script[] = { OK("1", "a"), NULL };
	static const char *const *const scripts[] = { script };
	static const struct clock clock = { .monotonic_ms = after_lookup_ms };
	struct resolver resolver = { .lookup = lookup_slowly };
	AUTO(bench_release)
	struct bench b = {
		.options = { .resolver = &resolver, .clock = &clock, .connect_timeout_ms = 1000 }
	};

	(void)state;
	begin(&b, scripts, ARRAY_LEN(scripts));
	addresses = list;
	AUTO(free) char *url = str_fmt("http://ca.test:%u/", peer_port(b.peer));
	AUTO(http_exchange_release) struct http_exchange x = get(url);
	AUTO(free) char *text = failure(&b, &x);

	assert_string_equal(text, "");
}

/* Sixteen connections need one lookup. */
static void test_lookup_is_shared(void **state)
{
	static const char *const list[] = { "127.0.0.1", NULL };
	static const char *const script[] = { OK("1", "a"), NULL };
	static const char *const *const scripts[] = { script, script, script, script };
	struct resolver resolver = { .lookup = lookup_listed };
	AUTO(bench_release) struct bench b = { .options = { .resolver = &resolver } };
	struct http_exchange x[4];

	(void)state;
	begin(&b, scripts, ARRAY_LEN(scripts));
	addresses = list;
	lookups = 0;
	AUTO(free) char *url = str_fmt("http://ca.test:%u/", peer_port(b.peer));

	for (size_t i = 0; i < ARRAY_LEN(x); i++)
		x[i] = get(url);
	assert_null(b.client->perform(b.client, x, ARRAY_LEN(x), 4, NULL));
	for (size_t i = 0; i < ARRAY_LEN(x); i++) {
		assert_null(x[i].err);
		http_exchange_release(&x[i]);
	}
	assert_int_equal(lookups, 1);
}

/* --- time --- */

static void test_deadline(void **state)
{
	static const char *const script[] = { PEER_HANG, NULL };
	static const char *const *const scripts[] = { script };
	AUTO(bench_release) struct bench b = { .options = { .request_timeout_ms = 200 } };

	(void)state;
	begin(&b, scripts, 1);
	AUTO(http_exchange_release) struct http_exchange x = get(b.url);
	int64_t before = system_clock.monotonic_ms(&system_clock);
	AUTO(err_free) struct err *e = transport_one(b.client, &x, NULL);
	int64_t waited = system_clock.monotonic_ms(&system_clock) - before;

	assert_non_null(e);
	assert_int_equal(e->code, ERR_TIMEOUT);
	assert_true(str_ends(e->msg, "not done within 0.2 s"));
	assert_true(waited >= 200);
}

/* To that thread, not to the process: valgrind would hand it to one of the peer's, blocked as it is there. */
static void *end_thread(void *thread)
{
	(void)usleep(200 * 1000);
	(void)pthread_kill(*(pthread_t *)thread, SIGTERM);
	return NULL;
}

/* The signal stays pending for every waiter: it has to be taken before the mask comes back. */
static void take_signal(void)
{
	const struct timespec none = { 0 };
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	assert_int_equal(sigtimedwait(&set, NULL, &none), SIGTERM);
}

static void test_interruption(void **state)
{
	static const char *const script[] = { PEER_HANG, NULL };
	static const char *const *const scripts[] = { script };
	AUTO(interrupt_free) struct interrupt *stop = NULL;
	AUTO(bench_release) struct bench b = { 0 };
	pthread_t self = pthread_self();
	pthread_t killer;

	(void)state;
	assert_null(interrupt_new(&stop));
	begin(&b, scripts, 1);
	assert_int_equal(pthread_create(&killer, NULL, end_thread, &self), 0);
	AUTO(http_exchange_release) struct http_exchange x = get(b.url);
	AUTO(err_free) struct err *e = transport_one(b.client, &x, stop);

	assert_int_equal(pthread_join(killer, NULL), 0);
	take_signal();
	assert_non_null(e);
	assert_int_equal(e->code, ERR_INTERRUPTED);
}

/* --- proxies --- */

static void test_http_proxy(void **state)
{
	static const char *const script[] = { OK("1", "a"), PEER_STAY, NULL };
	static const char *const *const scripts[] = { script };
	AUTO(bench_release) struct bench b = { 0 };
	AUTO(strlist_release) struct strlist requests = { 0 };

	(void)state;
	b.peer = peer_new(scripts, 1, NULL);
	AUTO(free) char *proxy = str_fmt("http://user:p%%40ss@127.0.0.1:%u", peer_port(b.peer));

	assert_int_equal(setenv("http_proxy", proxy, 1), 0);
	assert_null(http_client_new(&b.client, &b.options));
	assert_int_equal(unsetenv("http_proxy"), 0);
	AUTO(http_exchange_release) struct http_exchange x = get("http://ca.test:8080/dir");

	assert_null(transport_one(b.client, &x, NULL));
	peer_requests(b.peer, &requests);
	assert_string_equal(requests.items[0],
			    "GET http://ca.test:8080/dir ca.test:8080 Basic dXNlcjpwQHNz");
}

static void test_refusing_proxy(void **state)
{
	static const char *const script[] = {
		"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n", NULL
	};
	static const char *const *const scripts[] = { script };
	AUTO(bench_release) struct bench b = { 0 };
	AUTO(strlist_release) struct strlist requests = { 0 };

	(void)state;
	b.peer = peer_new(scripts, 1, NULL);
	AUTO(free) char *proxy = str_fmt("127.0.0.1:%u", peer_port(b.peer));

	assert_int_equal(setenv("https_proxy", proxy, 1), 0);
	assert_null(http_client_new(&b.client, &b.options));
	assert_int_equal(unsetenv("https_proxy"), 0);
	AUTO(http_exchange_release) struct http_exchange x = get("https://ca.test/dir");
	AUTO(free) char *text = failure(&b, &x);

	assert_non_null(strstr(text, "asking the proxy for a tunnel to ca.test"));
	assert_non_null(strstr(text, "the proxy answered 407 Who are you (put user:password@"));
	peer_requests(b.peer, &requests);
	assert_string_equal(requests.items[0], "CONNECT ca.test:443 ca.test:443 ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connection_is_kept),
		cmocka_unit_test(test_not_kept),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_spares_for_a_far_peer),
		cmocka_unit_test(test_no_spares_for_a_near_peer),
		cmocka_unit_test(test_spares_for_a_silent_peer),
		cmocka_unit_test(test_silent_peer),
		cmocka_unit_test(test_one_goes_later),
		cmocka_unit_test(test_spares_of_nobody),
		cmocka_unit_test(test_request_as_sent),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_closed_idle_connection),
		cmocka_unit_test(test_stale_connection),
		cmocka_unit_test(test_new_connection_is_not_tried_again),
		cmocka_unit_test(test_broken_answers),
		cmocka_unit_test(test_refused_connection),
		cmocka_unit_test(test_next_address),
		cmocka_unit_test(test_every_address_has_its_cause),
		cmocka_unit_test(test_slow_lookup),
		cmocka_unit_test(test_lookup_is_shared),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_interruption),
		cmocka_unit_test(test_http_proxy),
		cmocka_unit_test(test_refusing_proxy),
	};
	static const char *const variables[] = { "http_proxy", "https_proxy", "HTTPS_PROXY",
						 "all_proxy",  "ALL_PROXY",   "no_proxy",
						 "NO_PROXY" };

	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		(void)unsetenv(variables[i]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
