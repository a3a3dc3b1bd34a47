#include "check.h"

#include "base/clock.h"
#include "net/peer.h"
#include "srv/circle.h"

#define NAME "a.circle.test"
#define TO(status, headers) "HTTP/1.1 " status "\r\nContent-Length: 0\r\n" headers "\r\n"
#define MOVED(to) TO("301 Moved", "Location: " to "\r\n")

static const struct world world = { .clock = &system_clock };

struct servers {
	SSL_CTX *certificate;
	struct peer *tls, *plain;
};

static void stop(struct servers *s)
{
	peer_free(s->tls);
	peer_free(s->plain);
	SSL_CTX_free(s->certificate);
}

AUTO_RELEASE(struct servers, stop)

typedef const char *const *const *scripts_of;

static void start(struct servers *s, scripts_of tls, scripts_of plain)
{
	static const char ca[] = "circle-ca.pem";

	s->certificate = peer_tls(ca, "DNS:" NAME);
	assert_int_equal(remove(ca), 0);
	s->tls = peer_new(tls, 3, s->certificate);
	s->plain = peer_new(plain, 1, NULL);
}

static struct err *look(const struct servers *s, const struct strlist *before)
{
	AUTO(endpoints_release) struct endpoints at = { 0 };

	assert_done(endpoints_add(&at, NAME, "127.0.0.1", peer_port(s->tls), NULL));
	assert_done(endpoints_add(&at, "*.circle.test", "127.0.0.1", peer_port(s->tls), NULL));
	return circles_refuse(
		&world, &(struct circle_search){ .at = &at, .http_port = peer_port(s->plain) },
		before);
}

/* What HTTPS answers one after the other, what HTTP answers, and the way that is a circle. */
static void test_ways(void **state)
{
	static const struct {
		const char *tls[4], *plain[2], *way;
	} rows[] = {
		{ { TO("200 OK", "") }, { NULL }, NULL },
		{ { MOVED("https://" NAME "/") },
		  { NULL },
		  "https://a.circle.test/ -> https://a.circle.test/." },
		{ { MOVED("/") }, { NULL }, "leads to itself" },
		{ { MOVED("/in"), MOVED("/out"), MOVED("/in") },
		  { NULL },
		  "/in -> https://a.circle.test/out -> https://a.circle.test/in" },
		{ { MOVED("http://A.circle.test/") },
		  { MOVED("https://a.circle.test:443/") },
		  "--no-redirect" },
		{ { MOVED("http://" NAME "/") }, { TO("200 OK", "") }, NULL },
		{ { MOVED("/in"), TO("404 None", "") }, { NULL }, NULL },
		{ { MOVED("https://elsewhere.test/") }, { NULL }, NULL },
		{ { MOVED("https://" NAME ":8443/") }, { NULL }, NULL },
		{ { MOVED("ftp://x") }, { NULL }, NULL },
		{ { TO("302 Found", "Location: /\r\nSet-Cookie: seen=1\r\n") }, { NULL }, NULL },
		{ { TO("302 Found", "") }, { NULL }, NULL },
		{ { PEER_RESET }, { NULL }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *const tls[][2] = { { rows[i].tls[0] },
					       { rows[i].tls[1] },
					       { rows[i].tls[2] } };
		const char *const *const scripts[] = { tls[0], tls[1], tls[2] };
		const char *const *const plain[] = { rows[i].plain };
		AUTO(strlist_release) struct strlist before = { 0 };
		AUTO(stop) struct servers s = { 0 };

		start(&s, scripts, plain);
		if (rows[i].way != NULL)
			assert_refused(look(&s, &before), ERR_CHALLENGE, rows[i].way);
		else
			assert_done(look(&s, &before));
	}
}

static void test_what_was_one_before(void **state)
{
	static const char *const script[] = { MOVED("/"), NULL };
	static const char *const *const scripts[] = { script, script, script };
	AUTO(strlist_release) struct strlist before = { 0 };
	AUTO(endpoints_release) struct endpoints at = { 0 };
	AUTO(stop) struct servers s = { 0 };

	(void)state;
	start(&s, scripts, scripts);
	assert_done(endpoints_add(&at, NAME, "127.0.0.1", peer_port(s.tls), NULL));
	assert_done(circles_find(&before, &world, &(struct circle_search){ .at = &at }));
	assert_int_equal(before.count, 1);
	assert_string_equal(before.items[0], NAME);
	assert_done(look(&s, &before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_what_was_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
