#include "check.h"

#include "jose/base64url.h"

/* RFC 4648 §5, §10, without padding; RFC 7515 Appendix C */
static const struct {
	const char *bytes;
	size_t len;
	const char *text;
} pairs[] = {
	{ "", 0, "" },
	{ "f", 1, "Zg" },
	{ "fo", 2, "Zm8" },
	{ "foo", 3, "Zm9v" },
	{ "foob", 4, "Zm9vYg" },
	{ "fooba", 5, "Zm9vYmE" },
	{ "foobar", 6, "Zm9vYmFy" },
	{ "\x03\xec\xff\xe0\xc1", 5, "A-z_4ME" },
	{ "\0", 1, "AA" },
};

static void test_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		AUTO(buf_release) struct buf b = BUF_INIT(64);
		AUTO(free) char *text = base64url_encode(pairs[i].bytes, pairs[i].len);

		assert_string_equal(text, pairs[i].text);
		assert_done(base64url_decode(&b, text, strlen(text)));
		assert_int_equal(b.len, pairs[i].len);
		assert_memory_equal(buf_str(&b), pairs[i].bytes, pairs[i].len);
	}
}

static void test_long(void **state)
{
	AUTO(buf_release) struct buf back = BUF_INIT(4096);
	unsigned char bytes[1021];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 + i / 256);
	AUTO(free) char *text = base64url_encode(bytes, sizeof(bytes));

	assert_int_equal(strlen(text), (sizeof(bytes) * 8 + 5) / 6);
	assert_done(base64url_decode(&back, text, strlen(text)));
	assert_int_equal(back.len, sizeof(bytes));
	assert_memory_equal(back.data, bytes, sizeof(bytes));
}

static void test_decode_appends(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(64);

	(void)state;
	buf_adds(&b, "a ");
	assert_done(base64url_decode(&b, "Zm9v", 4));
	assert_string_equal(buf_str(&b), "a foo");
}

/* RFC 7515 §2: no padding, no line breaks; RFC 4648 §3.5: no stray bits */
static const char *const hostile[] = {
	"A",    "Zm9vY", "Zg==", "Zm8=", "Zm9v=",  "Zm9v\n",           " Zm9v",   "Zm 9v",
	"Zm+v", "Zm/v",  "Zh",   "Zm9",  "Zm9vYh", "\xc3\xa4\xc3\xa4", "Zm9v.Zg",
};

static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		AUTO(buf_release) struct buf b = BUF_INIT(64);

		assert_refused(base64url_decode(&b, hostile[i], strlen(hostile[i])), ERR_PARSE,
			       "base64url");
		assert_int_equal(b.len, 0);
	}
}

static void test_nul_and_ceiling(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(3);

	(void)state;
	assert_refused(base64url_decode(&b, "Zm\0v", 4), ERR_PARSE, "character 3 of 4");
	assert_refused(base64url_decode(&b, "Zm9vYg", 6), ERR_LIMIT, "more than 3 bytes");
	assert_int_equal(b.len, 0);
	assert_done(base64url_decode(&b, "Zm9v", 4));
}

static void test_is(void **state)
{
	(void)state;
	assert_true(base64url_is("abc-_09AZ"));
	assert_false(base64url_is(""));
	assert_false(base64url_is("a/b"));
	assert_false(base64url_is("ab="));
	assert_false(base64url_is("a\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),       cmocka_unit_test(test_long),
		cmocka_unit_test(test_decode_appends),  cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_nul_and_ceiling), cmocka_unit_test(test_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
