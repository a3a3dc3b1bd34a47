#include "check.h"

#include "proto/ari.h"

static void cert_with(struct cert *c, const void *aki, size_t aki_len, const void *serial,
		      size_t serial_len)
{
	c->authority_key_id = BUF_INIT(64);
	c->serial = BUF_INIT(64);
	buf_add(&c->authority_key_id, aki, aki_len);
	buf_add(&c->serial, serial, serial_len);
}

static void release(struct cert *c)
{
	buf_release(&c->authority_key_id);
	buf_release(&c->serial);
}

/* RFC 9773 §4.1, its example: a serial whose first bit is set keeps its zero byte */
static void test_cert_id(void **state)
{
	static const unsigned char aki[] = { 0x69, 0x88, 0x5b, 0x6b, 0x87, 0x46, 0x40,
					     0x41, 0xe1, 0xb3, 0x7b, 0x84, 0x7b, 0xa0,
					     0xae, 0x2c, 0xde, 0x01, 0xc8, 0xd4 };
	static const unsigned char serial[] = { 0x00, 0x87, 0x65, 0x43, 0x21 };
	struct cert c = { 0 };
	AUTO(free) char *id = NULL;

	(void)state;
	cert_with(&c, aki, sizeof(aki), serial, sizeof(serial));
	assert_done(ari_cert_id(&id, &c));
	assert_string_equal(id, "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
	release(&c);
}

static void test_no_key_id(void **state)
{
	struct cert c = { 0 };
	char *id = NULL;

	(void)state;
	cert_with(&c, "", 0, "\x01", 1);
	assert_refused(ari_cert_id(&id, &c), ERR_CRYPTO, "no authority key identifier");
	assert_null(id);
	release(&c);
}

static struct err *parse(struct ari_window *out, const char *text)
{
	AUTO(json_release) json_t *obj = json_loads(text, 0, NULL);

	assert_non_null(obj);
	return ari_parse(out, obj);
}

#define WINDOW(start, end) "{\"suggestedWindow\":{\"start\":\"" start "\",\"end\":\"" end "\"}"

/* RFC 9773 §4.2, its example */
static void test_parse(void **state)
{
	AUTO(ari_window_release) struct ari_window w = { 0 };

	(void)state;
	assert_done(parse(
		&w,
		WINDOW("2025-01-02T04:00:00Z",
		       "2025-01-03T04:00:00Z") ",\"explanationURL\":\"https://acme.example.com/docs/ari\"}"));
	assert_int_equal(w.start, 1735790400);
	assert_int_equal(w.end, 1735790400 + 86400);
	assert_string_equal(w.explanation_url, "https://acme.example.com/docs/ari");
}

static const char *const explanations[] = { "7", "\"javascript:alert(1)\"",
					    "\"https://a.test/\\u001b[31m\"",
					    "\"https://a.test/ x\"", "null" };

static void test_odd_explanations(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(explanations); i++) {
		AUTO(free)
		char *text = str_fmt(WINDOW("2025-01-02T04:00:00Z",
					    "2025-01-03T04:00:00Z") ",\"explanationURL\":%s}",
				     explanations[i]);
		AUTO(ari_window_release) struct ari_window w = { 0 };

		assert_done(parse(&w, text));
		assert_null(w.explanation_url);
	}
}

static const struct {
	const char *text, *part;
} hostile[] = {
	{ "{}", "\"suggestedWindow\" is missing" },
	{ "[]", "renewal information: an array" },
	{ "{\"suggestedWindow\":[]}", "\"suggestedWindow\" is an array" },
	{ "{\"suggestedWindow\":{}}", "\"start\" is missing" },
	{ "{\"suggestedWindow\":{\"start\":1735790400}}", "\"start\" is a number" },
	{ WINDOW("soon", "2025-01-03T04:00:00Z") "}", "\"start\" is no RFC 3339 date" },
	{ WINDOW("2025-01-02T04:00:00Z", "") "}", "\"end\" is no RFC 3339 date" },
	{ WINDOW("2025-01-02T04:00:00Z", "2025-01-02T04:00:00Z") "}", "ends before it starts" },
	{ WINDOW("2025-01-03T04:00:00Z", "2025-01-02T04:00:00Z") "}", "ends before it starts" },
};

static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		struct ari_window w = { 0 };

		assert_refused(parse(&w, hostile[i].text), ERR_PROTOCOL, hostile[i].part);
	}
}

static void all_zero(const struct rand_source *r, void *out, size_t len)
{
	(void)r;
	memset(out, 0, len);
}

static void test_choose(void **state)
{
	static const struct rand_source zero = { all_zero };
	struct ari_window w = { 1000, 1009, NULL };
	unsigned seen = 0;

	(void)state;
	assert_int_equal(ari_choose(&w, &zero), 1000);
	for (int i = 0; i < 2000; i++) {
		time_t t = ari_choose(&w, &system_random);

		assert_in_range(t, 1000, 1009);
		seen |= 1u << (t - 1000);
	}
	assert_int_equal(seen, 0x3ff); /* each instant can come up */
}

/* RFC 9773 §4.1 */
static void test_id_parse(void **state)
{
	static const char *const bad[] = {
		"", ".", "aYhb.", ".AIdl", "aYhb", "aYhb=.AIdl", "aYhb.AIdlQyE=", "aY+b.AIdl",
		"aYhb.AI/l", "aYhb.AIdl.AIdl", "aYhb. AIdl", "aYhb.A",
	};
	AUTO(ari_id_release) struct ari_id id = { 0 };

	(void)state;
	assert_done(ari_id_parse(&id, "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"));
	assert_int_equal(id.key_id.len, 20);
	assert_int_equal(id.serial.len, 5);
	assert_memory_equal(id.serial.data, "\x00\x87\x65\x43\x21", 5);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_refused(ari_id_parse(&id, bad[i]), ERR_PARSE, "identifier");
}

static void test_id_is_bounded(void **state)
{
	AUTO(ari_id_release) struct ari_id id = { 0 };
	char text[400];

	(void)state;
	memset(text, 'A', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[4] = '.';
	assert_refused(ari_id_parse(&id, text), ERR_PARSE, "more than 64 bytes");
}

/* ca.md 5.10: centre at 2/3 of the validity, 1/2 under 10 days, 1 % to both sides */
static void test_window_of(void **state)
{
	struct ari_window w;

	(void)state;
	ari_window_of(&w, 0, 90 * 86400 - 1);
	assert_int_equal(w.start, 60 * 86400 - 77760);
	assert_int_equal(w.end, 60 * 86400 + 77760);
	ari_window_of(&w, 1000, 1000 + 160 * 3600 - 1);
	assert_int_equal(w.start, 1000 + 80 * 3600 - 5760);
	assert_int_equal(w.end, 1000 + 80 * 3600 + 5760);
	ari_window_of(&w, 0, 9);
	assert_true(w.start < w.end);
}

static void test_round_trip(void **state)
{
	AUTO(ari_window_release) struct ari_window w = { 0 };
	AUTO(ari_window_release) struct ari_window read = { 0 };

	(void)state;
	ari_window_past(&w, 1789000000, "https://ca.example/incident");
	AUTO(json_release) json_t *obj = ari_render(&w);

	assert_done(ari_parse(&read, obj));
	assert_int_equal(read.start, 1789000000 - 3600);
	assert_int_equal(read.end, 1789000000 - 1800);
	assert_string_equal(read.explanation_url, "https://ca.example/incident");
}

static void test_retry_spread(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		unsigned s = ari_retry_spread_s(&system_random);

		assert_in_range(s, 17280, 25920);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cert_id), cmocka_unit_test(test_no_key_id),
		cmocka_unit_test(test_parse),   cmocka_unit_test(test_odd_explanations),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_choose),
		cmocka_unit_test(test_id_parse),
		cmocka_unit_test(test_id_is_bounded),
		cmocka_unit_test(test_window_of),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_retry_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
