#include "site.h"

#include "srv/merge.h"

/* Each letter is a line. */
static struct buf lines(const char *letters)
{
	struct buf b = BUF_INIT(LIMIT_KIB(1));

	for (; *letters != '\0'; letters++)
		buf_addf(&b, "%c\n", *letters);
	return b;
}

static void check(const char *old, const char *fresh, const char *now, const char *wanted)
{
	AUTO(buf_release) struct buf o = lines(old);
	AUTO(buf_release) struct buf f = lines(fresh);
	AUTO(buf_release) struct buf n = lines(now);
	AUTO(buf_release) struct buf w = lines(wanted != NULL ? wanted : "");
	AUTO(buf_release) struct buf out = BUF_INIT(LIMIT_KIB(1));
	bool done = false;

	assert_done(merge_back(&done, &out, &o, &f, &n));
	assert_int_equal(done, wanted != NULL);
	if (wanted != NULL)
		assert_string_equal(buf_str(&out), buf_str(&w));
}

static void test_merges(void **state)
{
	static const struct {
		const char *old, *fresh, *now, *wanted;
	} cases[] = {
		{ "abcd", "abXYcd", "abXYcd", "abcd" },   /* nobody else */
		{ "abcd", "abXYcd", "abcd", "abcd" },     /* taken back already */
		{ "abcd", "abXYcd", "PabXYcd", "Pabcd" }, /* far away */
		{ "abcd", "abXYcd", "bXYcdQ", "bcdQ" },
		{ "abcd", "abXYcd", "abPXYQcd", "abPQcd" }, /* beside ours */
		{ "abcd", "abXYcd", "aPXYcd", "aPcd" },     /* the line before ours is another one */
		{ "abcd", "abXYcd", "abXYPd", "abPd" },
		{ "abcd", "abXYcd", "abXPYcd", NULL }, /* within ours */
		{ "abcd", "abXYcd", "abXPcd", NULL }, /* one of ours is another one */
		{ "abcd", "abXYcd", "", "" },
		{ "abcd", "aXcd", "aXcdP", "abcdP" }, /* a line of before comes back */
		{ "abcd", "aXcd", "aPcd", NULL }, /* is that ours? */
		{ "abcd", "aXcd", "abPcd", "abPcd" }, /* ours was never there */
		{ "abcd", "aXYcd", "aXPcd", NULL },
		{ "abcd", "aXcd", "aXPcd", "abPcd" }, /* behind what comes back */
		{ "abcd", "aXcd", "aPXcd", "aPbcd" },
		{ "abcd", "aXYd", "aXPYd", NULL },
		{ "a", "X", "QXP", "QaP" },
		{ "abcd", "acd", "acPd", "abcPd" },
		{ "", "XY", "XYP", "P" },
		{ "ab", "aXb", "aPb", NULL }, /* is that ours? */
		{ "a", "aX", "aXP", "aP" },
		{ "abcabc", "abcXabcX", "abcXaPbcX", "abcaPbc" },
		{ "abcdefgh", "aXbcdYefghZ", "aXbPcdYefQghZ", "abPcdefQgh" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check(cases[i].old, cases[i].fresh, cases[i].now, cases[i].wanted);
}

/* Lines without an end, and other bytes than text. */
static void test_bytes(void **state)
{
	AUTO(buf_release) struct buf old = text_buf("a\nb");
	AUTO(buf_release) struct buf fresh = text_buf("a\n\xff\r\nb");
	AUTO(buf_release) struct buf now = text_buf("# mine\na\n\xff\r\nb");
	AUTO(buf_release) struct buf out = BUF_INIT(LIMIT_KIB(1));
	bool done = false;

	(void)state;
	assert_done(merge_back(&done, &out, &old, &fresh, &now));
	assert_true(done);
	assert_string_equal(buf_str(&out), "# mine\na\nb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merges),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
