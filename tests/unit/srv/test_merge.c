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

static void check(const char *old, const char *fresh, const char *now, const char *wanted, const char *lines_disputed)
{
	AUTO(buf_release) struct buf o = lines(old);
	AUTO(buf_release) struct buf f = lines(fresh);
	AUTO(buf_release) struct buf n = lines(now);
	AUTO(buf_release) struct buf w = lines(wanted);
	AUTO(buf_release) struct buf out = BUF_INIT(LIMIT_KIB(1));
	AUTO(strlist_release) struct strlist disputed = { 0 };

	assert_done(merge_back(&disputed, &out, &o, &f, &n));
	AUTO(free) char *at = strlist_join(&disputed, " ");

	assert_string_equal(buf_str(&out), buf_str(&w));
	assert_string_equal(at, lines_disputed);
}

static void test_merges(void **state)
{
	static const struct {
		const char *old, *fresh, *now, *wanted, *disputed;
	} cases[] = {
		{ "abcd", "abXYcd", "abXYcd", "abcd", "" },   /* nobody else */
		{ "abcd", "abXYcd", "abcd", "abcd", "" },     /* taken back already */
		{ "abcd", "abXYcd", "PabXYcd", "Pabcd", "" }, /* far away */
		{ "abcd", "abXYcd", "bXYcdQ", "bcdQ", "" },
		{ "abcd", "abXYcd", "abPXYQcd", "abPQcd", "" }, /* beside ours */
		{ "abcd", "abXYcd", "aPXYcd", "aPcd", "" },     /* the line before ours is another one */
		{ "abcd", "abXYcd", "abXYPd", "abPd", "" },
		{ "abcd", "abXYcd", "abXPYcd", "abXPYcd", "3-5" }, /* within ours */
		{ "abcd", "abXYcd", "abXPcd", "abXPcd", "3-4" },  /* one of ours is another one */
		{ "abcd", "abXYcd", "aPXQcd", "aPXQcd", "3-4" },  /* that before ours is theirs for sure */
		{ "abcd", "aXbcYd", "aPbcYd", "aPbcd", "2" },     /* the others are taken out */
		{ "abcd", "aXbcYd", "aXbcPd", "abcPd", "4" },
		{ "abcd", "abXYcd", "", "", "" },
		{ "abcd", "aXcd", "aXcdP", "abcdP", "" }, /* a line of before comes back */
		{ "abcd", "aXcd", "aPcd", "aPcd", "2" }, /* is that ours? */
		{ "abcd", "aXcd", "abPcd", "abPcd", "" }, /* ours was never there */
		{ "abcd", "aXYcd", "aXPcd", "aXPcd", "2-3" },
		{ "abcd", "aXcd", "aXPcd", "abPcd", "" }, /* behind what comes back */
		{ "abcd", "aXcd", "aPXcd", "aPbcd", "" },
		{ "abcd", "aXYd", "aXPYd", "aXPYd", "2-4" },
		{ "a", "X", "QXP", "QaP", "" },
		{ "abcd", "acd", "acPd", "abcPd", "" },
		{ "", "XY", "XYP", "P", "" },
		{ "ab", "aXb", "aPb", "aPb", "2" }, /* is that ours? */
		{ "a", "aX", "aXP", "aP", "" },
		{ "abcabc", "abcXabcX", "abcXaPbcX", "abcaPbc", "" },
		{ "abcdefgh", "aXbcdYefghZ", "aXbPcdYefQghZ", "abPcdefQgh", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check(cases[i].old, cases[i].fresh, cases[i].now, cases[i].wanted, cases[i].disputed);
}

/* Lines without an end, and other bytes than text. */
static void test_bytes(void **state)
{
	AUTO(buf_release) struct buf old = text_buf("a\nb");
	AUTO(buf_release) struct buf fresh = text_buf("a\n\xff\r\nb");
	AUTO(buf_release) struct buf now = text_buf("# mine\na\n\xff\r\nb");
	AUTO(buf_release) struct buf out = BUF_INIT(LIMIT_KIB(1));
	AUTO(strlist_release) struct strlist disputed = { 0 };

	(void)state;
	assert_done(merge_back(&disputed, &out, &old, &fresh, &now));
	assert_int_equal(disputed.count, 0);
	assert_string_equal(buf_str(&out), "# mine\na\nb");
}

#define OURS "    listen 443 ssl; # managed by Certbot\n    ssl_certificate c;\n"
#define BLOCK "    location = /.well-known/x {\n        return 200 y;\n    }\n"

/* What lines do not tell apart, statements do; blanks around them do not count. */
static void test_statements(void **state)
{
	static const struct {
		const char *old, *fresh, *now, *wanted, *disputed;
	} cases[] = {
		/* on one line */
		{ "server { a; location / { return 200 shop; } }\n", "server { a; location = /x { return 200 y; } location / { return 200 shop; } }\n",
		  "server { a; location = /x { return 200 y; } location / { return 200 SHOP; } }\n", "server { a; location / { return 200 SHOP; } }\n", "" },
		{ "server { a; b; }\n", "server { a; listen 443 ssl; cert c; b; }\n", "server { a; listen 443 ssl; mine; cert c; b; }\n",
		  "server { a; mine; b; }\n", "" },
		{ "server { a; b; }\n", "server { a; listen 443 ssl; b; }\n", "server { a; listen 443 ssl http2; b; }\n",
		  "server { a; listen 443 ssl http2; b; }\n", "1" },
		/* the line was broken up by us, and ours is taken away already */
		{ "server { a; location / { return 200 shop; } }\n", "server { a;\n" BLOCK " location / { return 200 shop; } }\n", "server { a;\n location / { return 200 SHOP; } }\n",
		  "server { a;\n location / { return 200 SHOP; } }\n", "" },
		/* between whole statements, and within a block of ours */
		{ "a;\nb;\n", "a;\n" OURS "b;\n", "a;\n    listen 443 ssl; # managed by Certbot\n# mine\n    ssl_certificate c;\nb;\n", "a;\n# mine\nb;\n", "" },
		{ "a;\nb;\n", "a;\n" BLOCK "b;\n", "a;\n    location = /.well-known/x {\n        mine;\n        return 200 y;\n    }\nb;\n",
		  "a;\n    location = /.well-known/x {\n        mine;\n        return 200 y;\n    }\nb;\n", "2-5" },
		/* indented anew, and with other ends of lines */
		{ "a;\nb;\n", "a;\n" OURS "b;\n", "\ta;\n\tlisten 443 ssl; # managed by Certbot\n\tssl_certificate c;\n\tb;\n", "\ta;\n\tb;\n", "" },
		{ "a;\nb;\n", "a;\nours;\nb;\n", "a;\r\nours;\r\nb;\r\n", "a;\r\nb;\r\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(buf_release) struct buf old = text_buf(cases[i].old);
		AUTO(buf_release) struct buf fresh = text_buf(cases[i].fresh);
		AUTO(buf_release) struct buf now = text_buf(cases[i].now);
		AUTO(buf_release) struct buf out = BUF_INIT(LIMIT_KIB(4));
		AUTO(strlist_release) struct strlist disputed = { 0 };

		assert_done(merge_back(&disputed, &out, &old, &fresh, &now));
		AUTO(free) char *at = strlist_join(&disputed, " ");

		assert_string_equal(buf_str(&out), cases[i].wanted);
		assert_string_equal(at, cases[i].disputed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merges),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_statements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
