#include "base/fs.h"
#include "base/limits.h"
#include "check.h"
#include "plugins/nginx/document.h"
#include "plugins/nginx/word.h"

/* The tree in short: words in <>, blocks in {}, Lua as {lua}. */
static void sketch(const struct directive *d, struct buf *out)
{
	for (; d != NULL; d = d->next) {
		for (size_t i = 0; i < d->word_count; i++)
			buf_addf(out, "<%s>", d->words[i].value);
		if (d->body == BODY_BLOCK) {
			buf_adds(out, "{");
			sketch(d->first, out);
			buf_adds(out, "}");
		}
		buf_adds(out, d->body == BODY_LUA ? "{lua}" : "");
	}
}

static void assert_tree(const char *text, const char *wanted)
{
	AUTO(document_free) struct document *d = NULL;
	AUTO(buf_release) struct buf shape = BUF_INIT(4096), back = BUF_INIT(4096);

	assert_done(document_parse(&d, "site", text, strlen(text)));
	sketch(d->first, &shape);
	assert_string_equal(buf_str(&shape), wanted);
	document_write(d, &back);
	assert_string_equal(buf_str(&back), text);
}

static const struct {
	const char *text, *tree;
} cases[] = {
	{ "", "" },
	{ " \t\r\n# nothing but this", "" },
	{ "a;b c;", "<a><b><c>" },
	{ "a b\r\n\tc ; # d;\r\ne f;\r\n", "<a><b><c><e><f>" },
	{ "\xEF\xBB\xBFuser www;\n", "<user><www>" },
	{ "a { b; c { d; } e; } f;", "<a>{<b><c>{<d>}<e>}<f>" },
	{ "server{listen 80;}", "<server>{<listen><80>}" },
	/* quotes and escapes */
	{ "a 'b c' \"d;{}#\" ;", "<a><b c><d;{}#>" },
	{ "a 'it\\'s' \"\\\\\" \"t\\tn\\nr\\r\" '\\d+\\.x';",
	  "<a><it's><\\><t\tn\nr\r><\\d+\\.x>" },
	{ "a b\\ c d\\;e \\;;", "<a><b\\ c><d\\;e><\\;>" },
	{ "a ''\n\"\";", "<a><><>" },
	{ "a b'c d\"e f#g h}i;", "<a><b'c><d\"e><f#g><h}i>" },
	{ "if ($a = \"b\") { c; }", "<if><($a><=><b><)>{<c>}" },
	{ "log_format x '$a'\n   \"$b\"; # 'c\n", "<log_format><x><$a><$b>" },
	/* variables */
	{ "set $a ${b}c; d { e \"${f}\"; }", "<set><$a><${b}c><d>{<e><${f}>}" },
	{ "a b$ {c;}", "<a><b$>{<c>}" },
	{ "a b{c;}", "<a><b>{<c>}" },
	{ "location ~ ^/a$ { b; }", "<location><~><^/a$>{<b>}" },
	/* a regex with braces has to be quoted for nginx too */
	{ "location ~ \"^/a{2}$\" { b; }", "<location><~><^/a{2}$>{<b>}" },
	/* bodies whose words are no directives */
	{ "map $a $b { default 0; ~*^x$ 1; '' 2; *.a.test 3; include m; }",
	  "<map><$a><$b>{<default><0><~*^x$><1><><2><*.a.test><3><include><m>}" },
	{ "geo $g { 127.0.0.1/32 2; ::1 3; } split_clients \"$a\" $v { 0.5% .one; * \"\"; }",
	  "<geo><$g>{<127.0.0.1/32><2><::1><3>}<split_clients><$a><$v>{<0.5%><.one><*><>}" },
	{ "types { text/html html htm; } charset_map koi8-r utf-8 { 80 E282AC ; }",
	  "<types>{<text/html><html><htm>}<charset_map><koi8-r><utf-8>{<80><E282AC>}" },
	/* other bytes than ASCII, in any encoding */
	{ "a \xE9t\xE9; # \xFF\xFE\nb;", "<a><\xE9t\xE9><b>" },
	/* Lua */
	{ "content_by_lua_block { a = { b = {} } } c;", "<content_by_lua_block>{lua}<c>" },
	{ "set_by_lua_block $x { return '}' .. \"}\\\"}\" } c;", "<set_by_lua_block><$x>{lua}<c>" },
	{ "a_by_lua_block{--}\n--[[ } ]] --[==[ }]] ]=] ]==] x = [[ } ]] .. [=[ } ]] ]=] \n} c;",
	  "<a_by_lua_block>{lua}<c>" },
	{ "a_by_lua_block { t[ [=[x]=] ] = y[1] ; n = #t }", "<a_by_lua_block>{lua}" },
	{ "a_by_lua_block { x = 'don\\'t }' } b { c; }", "<a_by_lua_block>{lua}<b>{<c>}" },
	{ "content_by_lua 'a { b';", "<content_by_lua><a { b>" },
};

static void reads_and_writes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_tree(cases[i].text, cases[i].tree);
}

static const struct {
	const char *text, *why;
} wrong[] = {
	{ "a;\n;", "site: line 2: a \";\" without" },
	{ "\n{ a; }", "site: line 2: a \"{\" without" },
	{ "a;\n}\n", "line 2: a \"}\" that closes no block" },
	{ "a {\nb;\n", "line 1: the block of \"a\" that opens here has no \"}\"" },
	{ "a {\nroot /x\n}\n", "line 3: a \"}\" where \"root\" of line 2 has had no \";\" yet" },
	{ "a {\nroot /x", "line 2: \"root\" has no \";\" up to the end" },
	{ "a;\nb 'c;\n\n", "line 2: the text that this line opens with ' is not closed" },
	{ "a \"b", "line 1: the text that this line opens with \" is not closed" },
	{ "a \"b\"c;", "line 1: white space or \";\" is missing behind the closing quote" },
	{ "a \"b\"#;\n", "white space or \";\" is missing" },
	{ "a 'b'}", "white space or \";\" is missing" },
	{ "\nx_by_lua_block {\n '}\n", "line 2: the Lua block that opens here has no \"}\"" },
	{ "a \\", "line 1: \"a\" has no \";\"" },
};

static void says_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct document *d = NULL;

		assert_refused(document_parse(&d, "site", wrong[i].text, strlen(wrong[i].text)),
			       ERR_PARSE, wrong[i].why);
		assert_null(d);
	}
}

static void zero_bytes_are_for_comments(void **state)
{
	struct document *d = NULL;

	(void)state;
	assert_refused(document_parse(&d, "site", "a;\nb\0c;", 7), ERR_PARSE,
		       "site: line 2: a zero byte");
	assert_refused(document_parse(&d, "site", "\xFF\xFE#\0\n\0", 6), ERR_PARSE,
		       "line 1: a zero byte");
	assert_done(document_parse(&d, "site", "a;#\0\nb;", 7));
	assert_string_equal(d->first->next->words[0].value, "b");
	document_free(d);
}

static void depth_has_a_ceiling(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(4096);
	struct document *d = NULL;

	(void)state;
	for (int i = 0; i < LIMIT_SERVER_CONF_DEPTH; i++)
		buf_adds(&b, "a{");
	buf_adds(&b, "b{");
	assert_refused(document_parse(&d, "site", b.data, b.len), ERR_LIMIT,
		       "line 1: more than 64 blocks");
}

static void places_and_ranges(void **state)
{
	static const char text[] = "# head\na 1;\n\n  b \"2\" {\n    c;\n  }\n";
	AUTO(document_free) struct document *d = NULL;

	(void)state;
	assert_done(document_parse(&d, "/etc/x", text, strlen(text)));
	const struct directive *b = d->first->next;
	AUTO(free) char *place = directive_place(b);

	assert_string_equal(place, "/etc/x:4");
	assert_true(directive_is(b, "b"));
	assert_string_equal(directive_word(b, 1), "2");
	assert_null(directive_word(b, 2));
	assert_memory_equal(text + b->lead, "\n\n  b", 5);
	assert_int_equal(text[b->open], '{');
	assert_int_equal(text[b->close], '}');
	assert_int_equal(b->end, b->close + 1);
	assert_ptr_equal(b->first->parent, b);
}

static void words_are_quoted_as_needed(void **state)
{
	static const char *const pairs[][2] = {
		{ "/etc/a.pem", "/etc/a.pem" },
		{ "a b", "\"a b\"" },
		{ "a\"b", "a\"b" },
		{ "\"b", "\"\\\"b\"" },
		{ "C:\\x", "\"C:\\\\x\"" },
		{ "", "\"\"" },
		{ "a;b", "\"a;b\"" },
		{ "#a", "\"#a\"" },
		{ "a#", "a#" },
		{ "}", "\"}\"" },
		{ "max-age=1; x", "\"max-age=1; x\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		AUTO(free) char *word = word_quoted(pairs[i][0]);
		AUTO(free) char *value = word_value(word, strlen(word));

		assert_string_equal(word, pairs[i][1]);
		assert_string_equal(value, pairs[i][0]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(zero_bytes_are_for_comments),
		cmocka_unit_test(depth_has_a_ceiling),
		cmocka_unit_test(places_and_ranges),
		cmocka_unit_test(words_are_quoted_as_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
