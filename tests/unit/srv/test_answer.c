#include "check.h"

#include <arpa/inet.h>
#include <signal.h>

#include "base/clock.h"
#include "net/peer.h"
#include "srv/answer.h"

#define BODY(length, text) "Content-Length: " length "\r\n\r\n" text

enum { HASTE_MS = 1000 };

/* A clock on which each look costs a second. */
struct hasty_clock {
	struct clock clock;
	int64_t *now_ms;
};

static int64_t hasty_ms(const struct clock *c)
{
	const struct hasty_clock *h = (const struct hasty_clock *)(const void *)c;

	return *h->now_ms += HASTE_MS;
}

static struct address at_port(unsigned port)
{
	struct address a = { .len = sizeof(struct sockaddr_in) };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a.addr;

	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static struct err *ask(struct http_message *out, const struct world *w, unsigned port)
{
	const struct address at = at_port(port);

	return answer_get(out, w,
			  &(struct answer_question){
				  .at = &at, .name = "a.answer.test", .path = "/.well-known/x?y" });
}

static const struct world world = { .clock = &system_clock };

/* An answer of any status is one, and no redirect is followed: the peer would have nothing for a second request. */
static void test_answers(void **state)
{
	static const struct {
		const char *sent;
		int status;
		const char *body;
	} rows[] = {
		{ "HTTP/1.1 200 OK\r\n" BODY("2", "ab"), 200, "ab" },
		{ "HTTP/1.1 404 No\r\n" BODY("0", ""), 404, "" },
		{ "HTTP/1.1 301 Moved\r\nLocation: /z\r\n" BODY("1", "m"), 301, "m" },
		{ "HTTP/1.1 503 Later\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n",
		  503, "c" },
		{ "HTTP/1.0 200 OK\r\n\r\nto the end", 200, "to the end" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *const script[] = { rows[i].sent, NULL };
		const char *const *const scripts[] = { script };
		AUTO(peer_free) struct peer *p = peer_new(scripts, 1, NULL);
		AUTO(http_message_release) struct http_message m = { 0 };

		assert_done(ask(&m, &world, peer_port(p)));
		assert_int_equal(m.status, rows[i].status);
		assert_string_equal(buf_str(&m.body), rows[i].body);
	}
}

/* The name goes into Host, whatever the address is; nothing is looked up: the world has no resolver. */
static void test_the_request(void **state)
{
	static const char *const script[] = { "HTTP/1.1 200 OK\r\n" BODY("0", ""), NULL };
	static const char *const *const scripts[] = { script };
	AUTO(peer_free) struct peer *p = peer_new(scripts, 1, NULL);
	AUTO(http_message_release) struct http_message m = { 0 };
	AUTO(strlist_release) struct strlist asked = { 0 };

	(void)state;
	assert_done(ask(&m, &world, peer_port(p)));
	peer_requests(p, &asked);
	assert_int_equal(asked.count, 1);
	assert_string_equal(asked.items[0], "GET /.well-known/x?y a.answer.test ");
}

static void test_no_answer(void **state)
{
	static const struct {
		const char *sent;
		enum err_code code;
		const char *part;
	} rows[] = {
		{ PEER_RESET, ERR_NETWORK, "" },
		{ "HTTP/1.1 200 OK\r\n" BODY("9", "cut"), ERR_NETWORK, "" },
		{ "SSH-2.0-x\r\n", ERR_PROTOCOL, "" },
		{ "HTTP/1.1 200 OK\r\n" BODY("99999999999", ""), ERR_LIMIT, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *const script[] = { rows[i].sent, NULL };
		const char *const *const scripts[] = { script };
		AUTO(peer_free) struct peer *p = peer_new(scripts, 1, NULL);
		struct http_message m = { 0 };

		assert_refused(ask(&m, &world, peer_port(p)), rows[i].code, rows[i].part);
		assert_int_equal(m.status, 0);
	}
}

static void test_nobody_listens(void **state)
{
	struct peer *p = peer_new(NULL, 0, NULL);
	unsigned port = peer_port(p);
	struct http_message m = { 0 };

	(void)state;
	peer_free(p);
	assert_refused(ask(&m, &world, port), ERR_NETWORK, "refused");
}

static void test_silence_ends(void **state)
{
	static const char *const script[] = { PEER_HANG, NULL };
	static const char *const *const scripts[] = { script };
	AUTO(peer_free) struct peer *p = peer_new(scripts, 1, NULL);
	int64_t now_ms = 0;
	const struct hasty_clock hasty = { .clock = { .monotonic_ms = hasty_ms },
					   .now_ms = &now_ms };
	const struct world w = { .clock = &hasty.clock };
	struct http_message m = { 0 };

	(void)state;
	assert_refused(ask(&m, &w, peer_port(p)), ERR_TIMEOUT, "no whole answer within 5000 ms");
}

static void test_a_signal_ends_the_wait(void **state)
{
	static const char *const script[] = { PEER_HANG, NULL };
	static const char *const *const scripts[] = { script };
	AUTO(peer_free) struct peer *p = peer_new(scripts, 1, NULL);
	AUTO(interrupt_free) struct interrupt *stop = NULL;
	struct http_message m = { 0 };
	sigset_t term;
	const struct timespec none = { 0 };

	(void)state;
	assert_done(interrupt_new(&stop));
	const struct world w = { .clock = &system_clock, .stop = stop };

	assert_int_equal(raise(SIGTERM), 0);
	assert_refused(ask(&m, &w, peer_port(p)), ERR_INTERRUPTED, "SIGTERM");
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	assert_int_equal(sigtimedwait(&term, NULL, &none), SIGTERM); /* taken away again */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),      cmocka_unit_test(test_the_request),
		cmocka_unit_test(test_no_answer),    cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_silence_ends), cmocka_unit_test(test_a_signal_ends_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
