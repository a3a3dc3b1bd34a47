/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "net/http1.h"

static const struct http_limits small = {
	.line = 100, .header_bytes = 400, .header_count = 5, .body = 20
};

struct outcome {
	struct err *err;
	bool done;
	size_t used;
	int refusal;
	struct http_message message;
};

static void outcome_release(struct outcome *o)
{
	err_free(o->err);
	http_message_release(&o->message);
}
AUTO_RELEASE(struct outcome, outcome_release)

/* Feeds text in pieces of `step` bytes; finish: then the peer closes. */
static void run(struct outcome *o, enum http_parser_role role, const char *text, size_t step,
		bool finish)
{
	AUTO(http_parser_free) struct http_parser *p = http_parser_new(role, &small);
	size_t len = strlen(text);

	while (o->err == NULL && !http_parser_done(p) && o->used < len) {
		size_t n = 0;
		size_t piece = len - o->used < step ? len - o->used : step;

		o->err = http_parser_feed(p, text + o->used, piece, &n);
		o->used += n;
		assert_true(n <= piece && (n > 0 || o->err != NULL || http_parser_done(p)));
	}
	if (o->err == NULL && finish)
		o->err = http_parser_finish(p);
	o->refusal = http_parser_refusal(p);
	o->done = o->err == NULL && http_parser_done(p);
	if (o->done)
		http_parser_take(p, &o->message);
}

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define OK "HTTP/1.1 200 OK\r\n"
#define TWENTY "01234567890123456789"

static const struct {
	enum http_parser_role role;
	const char *text;
	const char *rest; /* what is left for the next message */
	const char *body;
	bool keeps_alive;
} good[] = {
	{ HTTP_REQUESTS, GET "\r\n", "", "", true },
	{ HTTP_REQUESTS, "\r\n" GET "\r\nGET", "GET", "", true },
	{ HTTP_REQUESTS, "GET / HTTP/1.0\r\n\r\n", "", "", false },
	{ HTTP_REQUESTS, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "", "", true },
	{ HTTP_REQUESTS, GET "Connection: x, Close\r\n\r\n", "", "", false },
	{ HTTP_REQUESTS, "GET / HTTP/1.9\r\nhost:\t a \t\r\n\r\n", "", "", true },
	{ HTTP_REQUESTS, GET "Content-Length: 3\r\n\r\nabcd", "d", "abc", true },
	{ HTTP_REQUESTS, GET "Content-Length: 0\r\n\r\nd", "d", "", true },
	{ HTTP_REQUESTS, GET "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n00\r\n\r\nX", "X",
	  "abc", true },
	{ HTTP_REQUESTS,
	  GET "Transfer-Encoding: chunked\r\n\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nT: u\r\n\r\n", "",
	  "0123456789", true },
	{ HTTP_RESPONSES, OK "Content-Length: 2\r\n\r\nab", "", "ab", true },
	{ HTTP_RESPONSES, OK "Content-Length: 20\r\n\r\n" TWENTY, "", TWENTY, true },
	{ HTTP_RESPONSES, OK "X: \xff\r\n\r\nto the end", "", "to the end", false },
	{ HTTP_RESPONSES, "HTTP/1.1 204\r\nContent-Length: 9\r\n\r\n", "", "", true },
	{ HTTP_RESPONSES, "HTTP/1.1 304 \r\nTransfer-Encoding: gzip\r\n\r\nX", "X", "", true },
	{ HTTP_RESPONSES,
	  "HTTP/1.1 100 Go\r\nA: b\r\n\r\nHTTP/1.1 103 x\r\n\r\n" OK "Content-Length: 1\r\n\r\na",
	  "", "a", true },
	{ HTTP_RESPONSES, OK "Transfer-Encoding: chunked\r\n\r\n14\r\n" TWENTY "\r\n0\r\n\r\n", "",
	  TWENTY, true },
};

static void test_good(void **state)
{
	static const size_t steps[] = { 1, 2, 7, 1000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good) * ARRAY_LEN(steps); i++) {
		size_t row = i / ARRAY_LEN(steps);
		AUTO(outcome_release) struct outcome o = { 0 };

		run(&o, good[row].role, good[row].text, steps[i % ARRAY_LEN(steps)], true);
		if (o.err != NULL)
			fail_msg("row %zu: %s", row, o.err->msg);
		assert_true(o.done);
		assert_string_equal(good[row].text + o.used, good[row].rest);
		assert_int_equal(o.message.body.len, strlen(good[row].body));
		assert_string_equal(buf_str(&o.message.body), good[row].body);
		assert_int_equal(http_message_keeps_alive(&o.message), good[row].keeps_alive);
	}
}

static const struct {
	enum http_parser_role role;
	const char *text;
	int refusal;
	enum err_code code;
} bad[] = {
	/* RFC 9112 §3: the request line */
	{ HTTP_REQUESTS, "GET /\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, "GET  / HTTP/1.1\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, "GET / HTTP/1.1 \r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, " GET / HTTP/1.1\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, "GET / http/1.1\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, "GET / HTTP/2.0\r\n", 505, ERR_PROTOCOL },
	{ HTTP_REQUESTS, "G@T / HTTP/1.1\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, "GET /\xc3\xa4 HTTP/1.1\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, "\r\n\r\nGET / HTTP/1.1\r\n", 400, ERR_PROTOCOL },
	/* §2.2: line ends */
	{ HTTP_REQUESTS, "GET / HTTP/1.1\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "A: b\rc: d\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "A: b\n\r\n", 400, ERR_PROTOCOL },
	/* §3.2: Host */
	{ HTTP_REQUESTS, "GET / HTTP/1.1\r\n\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "Host: a\r\n\r\n", 400, ERR_PROTOCOL },
	/* §5: headers */
	{ HTTP_REQUESTS, GET "A : b\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET " A: b\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "A: b\r\n c\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET ": b\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "A\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "A: \x01\r\n", 400, ERR_PROTOCOL },
	/* §6: framing */
	{ HTTP_REQUESTS, GET "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "Content-Length: 1, 1\r\n\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "Content-Length: -1\r\n\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "Content-Length: +1\r\n\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "Content-Length: 0x1\r\n\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "Content-Length:\r\n\r\n", 400, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "Content-Length: 21\r\n\r\n", 413, ERR_LIMIT },
	{ HTTP_REQUESTS, GET "Content-Length: 99999999999999999999999\r\n\r\n", 413, ERR_LIMIT },
	{ HTTP_REQUESTS, GET "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
	  ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "Transfer-Encoding: gzip, chunked\r\n\r\n", 501, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
	  501, ERR_PROTOCOL },
	{ HTTP_REQUESTS, GET "Transfer-Encoding:\r\n\r\n", 501, ERR_PROTOCOL },
	{ HTTP_REQUESTS, "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
	  ERR_PROTOCOL },
	/* §7.1: chunks */
	{ HTTP_RESPONSES, OK "Transfer-Encoding: chunked\r\n\r\n\r\n", 400, ERR_PROTOCOL },
	{ HTTP_RESPONSES, OK "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400, ERR_PROTOCOL },
	{ HTTP_RESPONSES, OK "Transfer-Encoding: chunked\r\n\r\n0x1\r\n", 400, ERR_PROTOCOL },
	{ HTTP_RESPONSES, OK "Transfer-Encoding: chunked\r\n\r\n1\na\n", 400, ERR_PROTOCOL },
	{ HTTP_RESPONSES, OK "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400, ERR_PROTOCOL },
	{ HTTP_RESPONSES, OK "Transfer-Encoding: chunked\r\n\r\n15\r\n", 413, ERR_LIMIT },
	{ HTTP_RESPONSES, OK "Transfer-Encoding: chunked\r\n\r\n14\r\n" TWENTY "\r\n1\r\n", 413,
	  ERR_LIMIT },
	{ HTTP_RESPONSES, OK "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 400,
	  ERR_PROTOCOL },
	{ HTTP_RESPONSES, OK "Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n", 413,
	  ERR_LIMIT },
	{ HTTP_RESPONSES, OK "Transfer-Encoding: chunked\r\n\r\n0\r\n a: b\r\n", 400,
	  ERR_PROTOCOL },
	{ HTTP_RESPONSES,
	  OK
	  "Transfer-Encoding: chunked\r\n\r\n1;0123456789012345678901234567890123456789012345678901234567890123456\r\n",
	  431, ERR_LIMIT },
	{ HTTP_RESPONSES, OK "\r\n" TWENTY "!", 413, ERR_LIMIT },
	/* §4: the status line */
	{ HTTP_RESPONSES, "HTTP/1.1 99 x\r\n", 400, ERR_PROTOCOL },
	{ HTTP_RESPONSES, "HTTP/1.1 600 x\r\n", 400, ERR_PROTOCOL },
	{ HTTP_RESPONSES, "HTTP/1.1 101 x\r\n", 400, ERR_PROTOCOL },
	{ HTTP_RESPONSES, "HTTP/1.1 2000 x\r\n", 400, ERR_PROTOCOL },
	{ HTTP_RESPONSES, "HTTP/1.1 -20 x\r\n", 400, ERR_PROTOCOL },
	{ HTTP_RESPONSES, "HTTP/1.1  200\r\n", 400, ERR_PROTOCOL },
	{ HTTP_RESPONSES, "ICY 200 OK\r\n\r\n", 400, ERR_PROTOCOL },
	{ HTTP_RESPONSES, "SSH-2.0-OpenSSH_9.2\r\n", 400, ERR_PROTOCOL },
	{ HTTP_RESPONSES, "\r\n" OK, 400, ERR_PROTOCOL },
	/* ceilings */
	{ HTTP_REQUESTS, "GET /" TWENTY TWENTY TWENTY TWENTY TWENTY, 414, ERR_LIMIT },
	{ HTTP_REQUESTS, GET "A: " TWENTY TWENTY TWENTY TWENTY TWENTY, 431, ERR_LIMIT },
	{ HTTP_REQUESTS, GET "A: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n", 431, ERR_LIMIT },
	{ HTTP_RESPONSES,
	  OK "A: " TWENTY TWENTY TWENTY TWENTY "\r\nA: " TWENTY TWENTY TWENTY TWENTY
	     "\r\nA: " TWENTY TWENTY TWENTY TWENTY "\r\nA: " TWENTY TWENTY TWENTY TWENTY
	     "\r\nA: " TWENTY TWENTY TWENTY "\r\n",
	  431, ERR_LIMIT },
	{ HTTP_RESPONSES,
	  OK "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n", 431,
	  ERR_LIMIT },
};

static void test_bad(void **state)
{
	static const size_t steps[] = { 1, 1000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad) * ARRAY_LEN(steps); i++) {
		size_t row = i / ARRAY_LEN(steps);
		AUTO(outcome_release) struct outcome o = { 0 };

		run(&o, bad[row].role, bad[row].text, steps[i % ARRAY_LEN(steps)], false);
		if (o.err == NULL)
			fail_msg("row %zu was accepted: %s", row, bad[row].text);
		assert_int_equal(o.err->code, bad[row].code);
		assert_int_equal(o.refusal, bad[row].refusal);
	}
}

static void test_nul(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n";
	AUTO(http_parser_free) struct http_parser *p = http_parser_new(HTTP_REQUESTS, NULL);
	size_t used = 0;
	AUTO(err_free) struct err *e = http_parser_feed(p, text, sizeof(text) - 1, &used);

	(void)state;
	assert_non_null(e);
	assert_int_equal(e->code, ERR_PROTOCOL);
	AUTO(err_free) struct err *again = http_parser_feed(p, "x", 1, &used);

	assert_non_null(again);
}

/* Where the connection was cut, class by class. */
static void test_cut(void **state)
{
	static const struct {
		const char *text, *reading;
	} rows[] = {
		{ "", "the answer's status line" },
		{ "HTTP/1.1 200", "the answer's status line" },
		{ OK, "the answer's headers" },
		{ OK "Content-Length: 2\r\n\r\n", "the answer's body" },
		{ OK "Content-Length: 2\r\n\r\na", "the answer's body" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n", "the answer's chunks" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n2\r\na", "the answer's body" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\r\na", "the answer's chunks" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n0\r\n", "the answer's trailers" },
		{ "HTTP/1.1 100 x\r\n\r\n", "the answer's status line" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(http_parser_free)
		struct http_parser *p = http_parser_new(HTTP_RESPONSES, NULL);
		size_t used = 0;

		assert_null(http_parser_feed(p, rows[i].text, strlen(rows[i].text), &used));
		assert_int_equal(http_parser_started(p), used > 0);
		AUTO(err_free) struct err *e = http_parser_finish(p);

		assert_non_null(e);
		assert_int_equal(e->code, ERR_PROTOCOL);
		assert_string_equal(http_parser_reading(p), rows[i].reading);
	}
}

/* With cut_body: the first 20 bytes whatever says how long it is, and no kept connection behind them. */
static void test_cut_body(void **state)
{
	static const char *const answers[] = {
		OK "Content-Length: 21\r\n\r\n" TWENTY "x",
		OK "Content-Length: 9000000000000000000\r\n\r\n" TWENTY,
		OK "\r\n" TWENTY "and so on",
		OK "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\nfffffff\r\n567890123456789and",
	};
	struct http_limits limits = small;

	(void)state;
	limits.cut_body = true;
	for (size_t i = 0; i < ARRAY_LEN(answers) * 2; i++) {
		AUTO(http_parser_free)
		struct http_parser *p = http_parser_new(HTTP_RESPONSES, &limits);
		AUTO(http_message_release) struct http_message m = { 0 };
		const char *text = answers[i / 2];
		size_t step = i % 2 == 0 ? strlen(text) : 1;

		while (!http_parser_done(p)) {
			size_t n = 0;

			assert_null(http_parser_feed(p, text, step, &n));
			assert_true(!http_parser_in_body(p) ||
				    http_parser_message(p)->status == 200);
			text += n;
		}
		http_parser_take(p, &m);
		assert_true(m.truncated);
		assert_string_equal(buf_str(&m.body), TWENTY);
		assert_false(http_message_keeps_alive(&m));
	}
}

static void test_interim_flood(void **state)
{
	AUTO(http_parser_free) struct http_parser *p = http_parser_new(HTTP_RESPONSES, NULL);
	struct err *e = NULL;
	unsigned count = 0;

	(void)state;
	for (; e == NULL && count < 100; count++) {
		size_t used = 0;

		e = http_parser_feed(p, "HTTP/1.1 100 x\r\n\r\n", 18, &used);
	}
	assert_non_null(e);
	assert_int_equal(e->code, ERR_LIMIT);
	assert_int_equal(count, LIMIT_HTTP_INTERIM_RESPONSES + 1);
	err_free(e);
}

/* RFC 9112 §6.3: the answer to HEAD has no body; the next one has again. */
static void test_head_then_get(void **state)
{
	static const char head[] = OK "Content-Length: 5\r\n\r\n";
	static const char get[] = OK "Content-Length: 5\r\n\r\nhello";
	AUTO(http_parser_free) struct http_parser *p = http_parser_new(HTTP_RESPONSES, &small);
	size_t used = 0;

	(void)state;
	http_parser_expect_no_body(p);
	assert_null(http_parser_feed(p, head, strlen(head), &used));
	assert_true(http_parser_done(p));
	AUTO(http_message_release) struct http_message first = { 0 };

	http_parser_take(p, &first);
	assert_int_equal(first.body.len, 0);
	assert_true(http_message_keeps_alive(&first));
	assert_null(http_parser_feed(p, get, strlen(get), &used));
	assert_true(http_parser_done(p));
	AUTO(http_message_release) struct http_message second = { 0 };

	http_parser_take(p, &second);
	assert_string_equal(buf_str(&second.body), "hello");
}

static void test_headers(void **state)
{
	AUTO(outcome_release) struct outcome o = { 0 };

	(void)state;
	run(&o, HTTP_REQUESTS, "POST /a?b HTTP/1.1\r\nhOST: x\r\nA:1\r\na: \t2 3 \r\nB:\r\n\r\n",
	    1000, false);
	assert_true(o.done);
	assert_string_equal(o.message.method, "POST");
	assert_string_equal(o.message.target, "/a?b");
	assert_string_equal(http_headers_get(&o.message.headers, "Host"), "x");
	assert_string_equal(http_headers_get(&o.message.headers, "A"), "1");
	assert_string_equal(o.message.headers.items[2].value, "2 3");
	assert_string_equal(http_headers_get(&o.message.headers, "b"), "");
	assert_null(http_headers_get(&o.message.headers, "c"));
	assert_int_equal(http_headers_count(&o.message.headers, "A"), 2);
}

static void test_write(void **state)
{
	AUTO(http_message_release)
	struct http_message request = { .minor_version = 1, .body = BUF_INIT(10) };
	AUTO(http_message_release)
	struct http_message answer = { .status = 404, .body = BUF_INIT(10) };
	AUTO(buf_release) struct buf out = BUF_INIT(1000);

	(void)state;
	request.method = xstrdup("POST");
	request.target = xstrdup("/a");
	http_headers_add(&request.headers, "Host", "b");
	assert_null(http_write_request(&out, &request));
	assert_string_equal(buf_str(&out),
			    "POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 0\r\n\r\n");
	buf_reset(&out);
	buf_adds(&answer.body, "no");
	assert_null(http_write_response(&out, &answer));
	assert_string_equal(buf_str(&out), "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
}

/* What a peer said must not start a line of its own when we send it on. */
static void test_write_refuses(void **state)
{
	static const struct {
		const char *method, *target, *name, *value;
	} rows[] = {
		{ "GE T", "/", "A", "b" },
		{ "GET", "/ HTTP/1.1\r\nX: y", "A", "b" },
		{ "GET", "", "A", "b" },
		{ "GET", "/", "A", "b\r\nX: y" },
		{ "GET", "/", "A\r\nX", "b" },
		{ "GET", "/", "A:", "b" },
		{ "GET", "/", "Content-Length", "1" },
		{ "GET", "/", "transfer-encoding", "chunked" },
		{ "", "/", "A", "b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(http_message_release) struct http_message m = { .minor_version = 1 };
		AUTO(buf_release) struct buf out = BUF_INIT(1000);

		m.method = xstrdup(rows[i].method);
		m.target = xstrdup(rows[i].target);
		http_headers_add(&m.headers, rows[i].name, rows[i].value);
		AUTO(err_free) struct err *e = http_write_request(&out, &m);

		assert_non_null(e);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),          cmocka_unit_test(test_bad),
		cmocka_unit_test(test_nul),           cmocka_unit_test(test_cut),
		cmocka_unit_test(test_interim_flood), cmocka_unit_test(test_head_then_get),
		cmocka_unit_test(test_headers),       cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_refuses), cmocka_unit_test(test_cut_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
