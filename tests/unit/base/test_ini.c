#include "check.h"

#include "base/ini.h"
#include "base/limits.h"

static struct ini *parsed(const char *text)
{
	struct ini *f = NULL;

	assert_done(ini_parse(&f, text, strlen(text)));
	return f;
}

static void expect_written(const struct ini *f, const char *wanted)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_FILE);

	ini_write(f, &b);
	assert_string_equal(buf_str(&b), wanted);
}

static char *value_of(const struct ini *f, const char *section, const char *key)
{
	char *value = NULL;

	assert_done(ini_get(&value, f, section, key));
	return value;
}

static const char renewal[] = "# renew_before_expiry = 30 days\n"
			      "version = 5.7.0.dev0\n"
			      "archive_dir = /etc/letsencrypt/archive/one.test\n"
			      "\n"
			      "# Options used in the renewal process\n"
			      "[renewalparams]\n"
			      "account = 368999d90911e8a1f1573927b21276c0 # mine\n"
			      "pref_challs = http-01,\n"
			      "user_agent = \"my, agent\"\n"
			      "  webroot_path=/var/www/w1, '/var/www/w 2',\n"
			      "renew_hook = '''/tmp/hook.sh deploy 'a,b' \"q\" # not a comment'''\n"
			      "[[webroot_map]]\n"
			      "one.test = /var/www/w1\n"
			      "\n"
			      "# the end\n";

static void test_values(void **state)
{
	static const struct {
		const char *raw, *value;
		int items; /* -1: not a list */
	} rows[] = {
		{ "plain", "plain", -1 },
		{ "", "", -1 },
		{ "  two words  ", "two words", -1 },
		{ "\"double\"", "double", -1 },
		{ "' single '", " single ", -1 },
		{ "\"\"", "", -1 },
		{ "it's", "it's", -1 },
		{ "a # comment", "a", -1 },
		{ "a#comment", "a", -1 },
		{ "# comment", "", -1 },
		{ "\"a # b\" # comment", "a # b", -1 },
		{ "a=b", "a=b", -1 },
		{ "a;b", "a;b", -1 },
		{ "[a]", "[a]", -1 },
		{ "'''a'b\"c'''", "a'b\"c", -1 },
		{ "\"\"\"a'b\"c\"\"\" # x", "a'b\"c", -1 },
		{ "'''one\ntwo''' # x", "one\ntwo", -1 },
		{ "\"a\"b\"", "a\"b", -1 },
		{ "a, b", "a, b", 2 },
		{ "a,", "a", 1 },
		{ ",", "", 0 },
		{ ", # none", "", 0 },
		{ "a,b , 'c, d',", "a, b, c, d", 3 },
		{ "it's, \"x,y\"", "it's, x,y", 2 },
		{ "\"\", x", ", x", 2 },
		{ "a, # b", "a", 1 },
		{ "caf\xc3\xa9", "caf\xc3\xa9", -1 },
		{ "100%", "100%", -1 },
		{ "%d %s %(", "%d %s %(", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *text = str_fmt("k = %s\n", rows[i].raw);
		AUTO(ini_free) struct ini *f = parsed(text);
		AUTO(free) char *value = value_of(f, "", "k");
		AUTO(strlist_release) struct strlist items = { 0 };
		bool found = false;

		assert_string_equal(value, rows[i].value);
		assert_done(ini_get_list(&items, &found, f, "", "k"));
		assert_true(found);
		assert_int_equal(items.count, rows[i].items < 0 ? 1 : rows[i].items);
		expect_written(f, text);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "k\n", "line 1: neither" },
		{ "a = 1\n= x\n", "line 2: neither" },
		{ "a = 1\na = 2\n", "line 2: the key is there twice" },
		{ "[s]\n[s]\n", "line 2: the section is there twice" },
		{ "s = 1\n[s]\n", "twice" },
		{ "[[s]]\n", "nested too deep" },
		{ "[a]\n[[[b]]]\n", "nested too deep" },
		{ "[[a]\n", "do not match" },
		{ "k = \"open\n", "not well formed" },
		{ "k = 'a' b\n", "not well formed" },
		{ "k = a,,b\n", "not well formed" },
		{ "k = a, ,b\n", "not well formed" },
		{ "k = ,a\n", "not well formed" },
		{ "k = '''open\nmore\n", "not closed" },
		{ "k = '''a''' b\n", "behind a closing triple quote" },
		{ "k = '''a\nb''' c\n", "behind a closing triple quote" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ini *f = NULL;

		assert_refused(ini_parse(&f, rows[i].text, strlen(rows[i].text)), ERR_PARSE,
			       rows[i].why);
		assert_null(f);
	}
	struct ini *f = NULL;

	assert_refused(ini_parse(&f, "a = \0b\n", 7), ERR_PARSE, "NUL");
	AUTO(free) char *big = xmalloc(LIMIT_FILE + 1);

	memset(big, '\n', LIMIT_FILE + 1);
	assert_refused(ini_parse(&f, big, LIMIT_FILE + 1), ERR_LIMIT, "larger than");
}

static void test_long_lines(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_FILE);
	struct ini *f = NULL;

	(void)state;
	buf_adds(&b, "k = ");
	while (b.len < 50000)
		buf_adds(&b, "\",");
	buf_adds(&b, "'z");
	/* every element may end at every later quote: done in a moment all the same */
	assert_refused(ini_parse(&f, b.data, b.len), ERR_PARSE, "not well formed");
	while (b.len < LIMIT_INI_VALUE + 10)
		buf_addc(&b, 'x');
	assert_refused(ini_parse(&f, b.data, b.len), ERR_PARSE, "too long");
}

static void test_sections(void **state)
{
	AUTO(ini_free) struct ini *f = parsed(renewal);
	AUTO(strlist_release) struct strlist keys = { 0 };
	AUTO(strlist_release) struct strlist subs = { 0 };
	AUTO(free) char *hook = value_of(f, "renewalparams", "renew_hook");
	AUTO(free) char *none = value_of(f, "renewalparams", "one.test");
	AUTO(free) char *nowhere = value_of(f, "no/such", "one.test");

	(void)state;
	expect_written(f, renewal);
	ini_keys(&keys, f, "renewalparams");
	ini_sections(&subs, f, "renewalparams");
	AUTO(free) char *joined = strlist_join(&keys, " ");

	assert_string_equal(joined, "account pref_challs user_agent webroot_path renew_hook");
	assert_int_equal(subs.count, 1);
	assert_string_equal(hook, "/tmp/hook.sh deploy 'a,b' \"q\" # not a comment");
	assert_null(none);
	assert_null(nowhere);
	assert_true(ini_has_section(f, "renewalparams/webroot_map") &&
		    !ini_has_section(f, "webroot_map"));
	assert_true(ini_has(f, "renewalparams/webroot_map", "one.test") &&
		    !ini_has(f, "renewalparams", "one.test"));
}

/* What Certbot's ConfigObj makes of the same edits, but for lines that it would normalise without need. */
static void test_edits(void **state)
{
	AUTO(ini_free) struct ini *f = parsed(renewal);
	AUTO(strlist_release) struct strlist one = { 0 };

	(void)state;
	strlist_add(&one, "/srv");
	ini_set(f, "", "version", "5.7.0.dev0"); /* the same: no byte changes */
	ini_set(f, "", "renew_before_expiry", "20 days");
	ini_set(f, "renewalparams", "account", "new");
	ini_set(f, "renewalparams", "key_type", "rsa");
	ini_set_list(f, "renewalparams", "webroot_path", &one);
	ini_remove(f, "renewalparams", "user_agent");
	ini_remove(f, "renewalparams", "never there");
	ini_set(f, "renewalparams/webroot_map", "*.two.test", "/srv");
	ini_set(f, "acme_renewal_info", "ari_retry_after", "2026-11-22T05:10:17");
	expect_written(f, "# renew_before_expiry = 30 days\n"
			  "version = 5.7.0.dev0\n"
			  "archive_dir = /etc/letsencrypt/archive/one.test\n"
			  "renew_before_expiry = 20 days\n"
			  "\n"
			  "# Options used in the renewal process\n"
			  "[renewalparams]\n"
			  "account = new # mine\n"
			  "pref_challs = http-01,\n"
			  "  webroot_path=/srv,\n"
			  "renew_hook = '''/tmp/hook.sh deploy 'a,b' \"q\" # not a comment'''\n"
			  "  key_type = rsa\n" /* the file's own indentation, once a level */
			  "[[webroot_map]]\n"
			  "one.test = /var/www/w1\n"
			  "    *.two.test = /srv\n"
			  "  [acme_renewal_info]\n"
			  "  ari_retry_after = 2026-11-22T05:10:17\n"
			  "\n"
			  "# the end\n");
	ini_remove_section(f, "renewalparams");
	ini_remove_section(f, "renewalparams/webroot_map");
	assert_false(ini_has_section(f, "renewalparams"));
}

static void test_fresh_file(void **state)
{
	AUTO(ini_free) struct ini *f = ini_new();
	AUTO(strlist_release) struct strlist two = { 0 };
	const struct strlist none = { 0 };

	(void)state;
	strlist_add(&two, "a b");
	strlist_add(&two, "c,d");
	ini_set(f, "", "version", "1");
	ini_set(f, "renewalparams/webroot_map", "a.test", "/var/www/a");
	ini_set(f, "renewalparams", "server", "https://ca.test/dir");
	ini_set_list(f, "renewalparams", "two", &two);
	ini_set_list(f, "renewalparams", "none", &none);
	expect_written(f, "version = 1\n"
			  "[renewalparams]\n"
			  "server = https://ca.test/dir\n"
			  "two = a b, \"c,d\"\n"
			  "none = ,\n"
			  "[[webroot_map]]\n"
			  "a.test = /var/www/a\n");
}

/* certbot.md 8.3, "Writing"; the last rows are values that ConfigObj itself writes so that nobody can read them. */
static void test_quoting(void **state)
{
	static const struct {
		const char *value, *written;
	} rows[] = {
		{ "", "\"\"" },
		{ "plain", "plain" },
		{ "two words", "two words" },
		{ " lead", "\" lead\"" },
		{ "trail\t", "\"trail\t\"" },
		{ "a,b", "\"a,b\"" },
		{ "a#b", "\"a#b\"" },
		{ "it's", "it's" },
		{ "say \"x\"", "'say \"x\"'" },
		{ "'x'", "\"'x'\"" },
		{ "\"x", "'\"x'" },
		{ "say \"x\" y", "say \"x\" y" },
		{ "it's \"x\"", "'''it's \"x\"'''" },
		{ "a\nb", "'''a\nb'''" },
		{ "/tmp/hook.sh post; exit 3", "/tmp/hook.sh post; exit 3" },
		{ "a=b", "a=b" },
		{ "'''a\"b", "\"\"\"'''a\"b\"\"\"" },
		{ "a'b\"\"\"c", "'''a'b\"\"\"c'''" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(ini_free) struct ini *f = ini_new();
		AUTO(free) char *wanted = str_fmt("k = %s\n", rows[i].written);

		ini_set(f, "", "k", rows[i].value);
		expect_written(f, wanted);
		AUTO(ini_free) struct ini *again = parsed(wanted);
		AUTO(free) char *value = value_of(again, "", "k");

		assert_string_equal(value, rows[i].value);
	}
}

static void test_interpolation(void **state)
{
	AUTO(ini_free)
	struct ini *f = parsed("home = /srv\n"
			       "base = %(home)s/www\n"
			       "loop = a%(loop)s\n"
			       "lost = %(nothing)s\n"
			       "list = %(home)s, %(base)s\n"
			       "of_list = %(list)s\n"
			       "[DEFAULT]\n"
			       "fallback = default\n"
			       "[s]\n"
			       "own = %(base)s/%(home)s\n"
			       "home = x\n"
			       "far = %(fallback)s %%(home)s %(home)\n"
			       "nested = %(%(home)s\n");
	AUTO(free) char *base = value_of(f, "", "base");
	AUTO(free) char *own = value_of(f, "s", "own");
	AUTO(free) char *far = value_of(f, "s", "far");
	AUTO(free) char *list = value_of(f, "", "list");
	char *none = NULL;

	(void)state;
	assert_string_equal(base, "/srv/www");
	assert_string_equal(own, "/srv/www/x"); /* a value is expanded where it was found */
	assert_string_equal(far, "default %x %(home)");
	assert_string_equal(list, "/srv, /srv/www");
	assert_refused(ini_get(&none, f, "", "loop"), ERR_PARSE,
		       "key loop: %(loop)s leads back to itself");
	assert_refused(ini_get(&none, f, "", "lost"), ERR_PARSE, "%(nothing)s stands for nothing");
	assert_refused(ini_get(&none, f, "", "of_list"), ERR_PARSE, "stands for a list");
	assert_refused(ini_get(&none, f, "s", "nested"), ERR_PARSE, "stands for nothing");
}

static void test_interpolation_has_ceilings(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_FILE);
	char *none = NULL;

	(void)state;
	buf_adds(&b, "k0 = \"\"\n");
	for (int i = 1; i < 40; i++)
		buf_addf(&b, "k%d = %%(k%d)s%%(k%d)s\n", i, i - 1, i - 1);
	AUTO(ini_free) struct ini *f = parsed(buf_str(&b));

	assert_refused(ini_get(&none, f, "", "k39"), ERR_LIMIT, "more than 1000 names");
}

static void test_line_ends_and_mark(void **state)
{
	static const struct {
		const char *text, *written;
	} rows[] = {
		{ "a = 1", "a = 1\nnew = x\n" },
		{ "a = 1\r\n[s]\r\n", "a = 1\r\nnew = x\r\n[s]\r\n" },
		{ "\xef\xbb\xbf"
		  "a = 1\n",
		  "\xef\xbb\xbf"
		  "a = 1\nnew = x\n" },
		{ "", "new = x\n" },
		{ "# only\n\n", "# only\n\nnew = x\n" },
		{ "# head\n[s]\n", "# head\nnew = x\n[s]\n" },
		{ "\"a b\" = 1\n", "\"a b\" = 1\nnew = x\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(ini_free) struct ini *f = parsed(rows[i].text);

		ini_set(f, "", "new", "x");
		expect_written(f, rows[i].written);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_fresh_file),
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_interpolation),
		cmocka_unit_test(test_interpolation_has_ceilings),
		cmocka_unit_test(test_line_ends_and_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
