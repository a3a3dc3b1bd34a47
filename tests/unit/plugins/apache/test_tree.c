#include "check.h"

#include "base/buf.h"
#include "base/limits.h"
#include "plugins/apache/edit.h"
#include "plugins/apache/line.h"
#include "plugins/apache/tree.h"

static struct apache_file *parsed(const char *text)
{
	struct apache_file *f = NULL;

	assert_done(apache_parse(&f, "x.conf", text, strlen(text)));
	return f;
}

static char *written(const struct apache_file *f)
{
	AUTO(buf_release) struct buf b = BUF_INIT(2 * LIMIT_SERVER_CONF_FILE);

	apache_write(f, &b);
	assert_false(b.overflow);
	return buf_detach(&b);
}

static void expect_written(const struct apache_file *f, const char *wanted)
{
	AUTO(free) char *text = written(f);

	assert_string_equal(text, wanted);
}

static struct apache_node *find(const struct apache_file *f, const char *name)
{
	struct apache_node *n = f->root;

	while (n != NULL && !apache_is(n, name))
		n = apache_next(n, f->root);
	assert_non_null(n);
	return n;
}

/* What httpd 2.4.71 was seen to read in each line. */
static void test_lines(void **state)
{
	static const struct {
		const char *text, *name, *args;
	} rows[] = {
		{ "ServerName a.test\n", "ServerName", "a.test" },
		{ " \tServerName\ta.test \t\r\n", "ServerName", "a.test" },
		{ "\vServerName a.test\f\n", "ServerName", "a.test" },
		{ "\"ServerName\" \"a b\"", "ServerName", "\"a b\"" },
		{ "Server\\\nName a\n", "ServerName", "a" },
		{ "ServerAlias a \\\r\n  b \\\n c\n", "ServerAlias", "a   b  c" },
		{ "ServerAlias a \\\\\nServerName b\n", "ServerAlias", "a \\ServerName b" },
		{ "# c \\\nServerName b\nServerAlias d\n", "ServerAlias", "d" },
		{ "ServerAlias x\\", "ServerAlias", "x\\" },
		{ "\xef\xbb\xbf# mark\nServerName a\n", "ServerName", "a" },
		{ "ServerName \xe9t\xe9.test\n", "ServerName", "\xe9t\xe9.test" },
		{ "<VirtualHost *:80 [::]:80> # all\n</VirtualHost>", "VirtualHost",
		  "*:80 [::]:80" },
		{ "<Virtual\\\nHost \\\n *:80>\n</Virtual\\\nHost>\n", "VirtualHost", "*:80" },
		{ "<If \"%{X} > 3\">\n</If>\n", "If", "\"%{X} > 3\"" },
		{ "<RequireAll>\n</requireall>\n", "RequireAll", "" },
		{ "<IfModule a>\nServerName x\n", "IfModule", "a" },
		{ "<IfModule a>\n<Macro x>\n</Macro> </IfModule>\n", "Macro", "x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(apache_file_free) struct apache_file *f = parsed(rows[i].text);

		assert_string_equal(find(f, rows[i].name)->args, rows[i].args);
		expect_written(f, rows[i].text);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{ "\n<VirtualHost *:80>\nServerName a\n",
		  "x.conf line 2: <VirtualHost> is not closed" },
		{ "<VirtualHost *:80>\n<IfModule b>\n", "<VirtualHost> is not closed" },
		{ "<IfModule a>\n<Directory />\n</IfModule>",
		  "line 3: \"</IfModule>\" where </Directory> must close the section of line 2" },
		{ "# \\\n\n</VirtualHost>\n", "line 3: \"</VirtualHost>\" closes nothing" },
		{ "<VirtualHost *:80\n</VirtualHost>\n",
		  "line 1: \"<VirtualHost *:80\" has no closing \">\"" },
		{ "<IfModule a>\n</IfModule >\n", "line 2: \"</IfModule >\" has no closing" },
		{ "< IfModule a>\n", "without the name of a section" },
		{ "</\n", "closing" },
	};
	static const char wide[] = "S\0e\0";
	struct apache_file *f = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_refused(apache_parse(&f, "x.conf", rows[i].text, strlen(rows[i].text)),
			       ERR_PARSE, rows[i].part);
	assert_refused(apache_parse(&f, "x.conf", wide, sizeof(wide) - 1), ERR_PARSE, "UTF-16");
	assert_null(f);
}

static void test_too_deep(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_FILE);
	struct apache_file *f = NULL;

	(void)state;
	for (int i = 0; i <= LIMIT_SERVER_CONF_DEPTH; i++)
		buf_adds(&b, "<IfModule a>\n");
	assert_refused(apache_parse(&f, "x.conf", buf_str(&b), b.len), ERR_LIMIT,
		       "line 65: more than 64 sections");
}

static void test_words(void **state)
{
	static const struct {
		const char *text, *first, *second;
	} rows[] = {
		{ " a\tb", "a", "b" },
		{ "\"a b\" 'c \"d'", "a b", "c \"d" },
		{ "\"a\\\"b\\\\\" c\\\\d", "a\"b\\", "c\\d" },
		{ "a\\ b", "a\\", "b" },
		{ "\"never closed", "never closed", NULL },
		{ "\"\" x", "", "x" },
		{ "a\"b c", "a\"b", "c" },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *rest = rows[i].text;
		AUTO(free) char *first = apache_word(&rest);
		AUTO(free) char *second = apache_word(&rest);

		assert_true(first == rows[i].first || streq(first, rows[i].first));
		assert_true(second == rows[i].second || streq(second, rows[i].second));
	}
}

static void test_quoted_words_come_back(void **state)
{
	static const char *const words[] = { "a",  "",   "a b",         "it's",
					     "\"", "\\", "a\\\"b \\\\", "/srv/x" };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(words); i++) {
		const char *word = words[i / 2];
		AUTO(free) char *quoted = apache_quoted(word, i % 2 == 1);
		const char *rest = quoted;
		AUTO(free) char *back = apache_word(&rest);

		assert_string_equal(back, word);
		assert_string_equal(rest, "");
	}
	AUTO(free) char *plain = apache_quoted("/srv/x", false);

	assert_string_equal(plain, "/srv/x");
}

/* --- edits --- */

static void add_first(struct apache_file *f, const char *section, const char *text)
{
	assert_done(apache_add_first(f, find(f, section), text));
}

static void add_last(struct apache_file *f, const char *section, const char *text)
{
	assert_done(apache_add_last(f, find(f, section), text));
}

static void test_insertions_follow_the_file(void **state)
{
	static const struct {
		const char *section; /* "": the file */
		bool first;
		const char *before, *after;
	} rows[] = {
		{ "V", true, "<V>\n    A\n</V>\n", "<V>\n    New 1\n    A\n</V>\n" },
		{ "V", false, "<V>\r\n\t\tA\r\n</V>\r\n", "<V>\r\n\t\tA\r\n\t\tNew 1\r\n</V>\r\n" },
		{ "V", false, "<V>\n</V>\n", "<V>\n\tNew 1\n</V>\n" },
		{ "V", false, "<W>\n  A\n</W>\n <V>\n </V>",
		  "<W>\n  A\n</W>\n <V>\n   New 1\n </V>" },
		{ "V", false, "<V>\n  # c\n\n</V>\n", "<V>\n  # c\n\n\tNew 1\n</V>\n" },
		{ "", false, "A\n", "A\nNew 1\n" },
		{ "", false, "A", "A\nNew 1" },
		{ "", false, "A\r\nB", "A\r\nB\r\nNew 1" },
		{ "", false, "", "New 1\n" },
		{ "", true,
		  "\xef\xbb\xbf"
		  "A\n",
		  "\xef\xbb\xbf"
		  "New 1\nA\n" },
		{ "", false, "A \\\n", "A \\\n\nNew 1\n" },
		{ "", false, "A \\", "A \\\n\nNew 1" },
		{ "I", false, "<I>\n\tA\n</I> </J>\n", "<I>\n\tA\n\tNew 1\n</I> </J>\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(apache_file_free) struct apache_file *f = parsed(rows[i].before);

		(rows[i].first ? add_first : add_last)(f, rows[i].section, "New 1\n");
		assert_true(f->edited);
		expect_written(f, rows[i].after);
		apache_remove(f, find(f, "New"));
		if (strstr(rows[i].before, "A \\") == NULL && rows[i].before[0] != '\0' &&
		    !str_ends(rows[i].before, "B") && !streq(rows[i].before, "A"))
			expect_written(f, rows[i].before);
	}
}

static void test_a_whole_section_is_inserted(void **state)
{
	AUTO(apache_file_free) struct apache_file *f = parsed("<V>\n  A\n</V>\n");

	(void)state;
	add_last(f, "V", "<I m>\n\tX\n\n</I>\n");
	expect_written(f, "<V>\n  A\n  <I m>\n  \tX\n\n  </I>\n</V>\n");
	apache_remove(f, find(f, "I"));
	expect_written(f, "<V>\n  A\n</V>\n");
	assert_done(apache_add_after(f, find(f, "A"), "B\n"));
	expect_written(f, "<V>\n  A\n  B\n</V>\n");
}

static void test_values_keep_the_style(void **state)
{
	static const struct {
		const char *before, *value, *after;
	} rows[] = {
		{ "  D\t/a  \r\n", "/b", "  D\t/b  \r\n" },
		{ "D \"/a\"\n", "/b", "D \"/b\"\n" },
		{ "D /a", "/b c", "D \"/b c\"" },
		{ "d \\\n /a\nE\n", "/b", "D \\\n /b\nE\n" },
		{ "D a \\\n b\nE\n", "/b", "D /b\nE\n" },
		{ "D DD\n", "x", "D x\n" },
		{ "D\n", "x", "D x\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(apache_file_free) struct apache_file *f = parsed(rows[i].before);
		struct apache_node *n = find(f, "D");

		apache_set_value(f, n, rows[i].value);
		AUTO(free) char *text = written(f);

		assert_true(streq_nocase(text, rows[i].after));
	}
}

static void test_section_heads_are_changed(void **state)
{
	AUTO(apache_file_free)
	struct apache_file *f = parsed(" <V *:80> # c\n</V>\n<W \\\n a>\n</W>\n<X X>\n</X>\n");

	(void)state;
	apache_set_args(f, find(f, "V"), "*:443");
	apache_set_args(f, find(f, "W"), "b");
	apache_set_args(f, find(f, "X"), "c");
	expect_written(f, " <V *:443> # c\n</V>\n<W \\\n b>\n</W>\n<X c>\n</X>\n");
}

static void test_commented_out(void **state)
{
	AUTO(apache_file_free) struct apache_file *f = parsed("<V>\n  R a \\\n  b\n  S\n</V>\n");

	(void)state;
	apache_comment_out(f, find(f, "R"));
	expect_written(f, "<V>\n  # R a \\\n  b\n  S\n</V>\n");
	AUTO(apache_file_free)
	struct apache_file *again = parsed("<V>\n  # R a \\\n  b\n  S\n</V>\n");

	assert_int_equal(find(again, "S")->line, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_deep),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_quoted_words_come_back),
		cmocka_unit_test(test_insertions_follow_the_file),
		cmocka_unit_test(test_a_whole_section_is_inserted),
		cmocka_unit_test(test_values_keep_the_style),
		cmocka_unit_test(test_section_heads_are_changed),
		cmocka_unit_test(test_commented_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
