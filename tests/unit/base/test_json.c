#include "check.h"

#include "base/json.h"
#include "base/json_plain.h"
#include "base/limits.h"

static json_t *parsed(const char *text)
{
	json_t *value = NULL;

	assert_done(json_parse(&value, text, strlen(text), "test"));
	return value;
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "not JSON" },
		{ "{", "not JSON" },
		{ "{\"a\":1,\"a\":2}", "duplicate object key" },
		{ "{\"a\":1} x", "end of file expected" },
		{ "{\"a\":1}{}", "end of file expected" },
		{ "{\"a\":\"\\u0000\"}", "not JSON" },
		{ "{\"a\\u0000\":1}", "not JSON" },
		{ "{\"a\":\"\xff\"}", "not JSON" },
		{ "{\"a\":\"\xc0\xaf\"}", "not JSON" },
		{ "{\"a\":\"\\ud800\"}", "not JSON" },
		{ "{\"a\":\"\n\"}", "not JSON" },
		{ "{'a':1}", "not JSON" },
		{ "{\"a\":1,}", "not JSON" },
		{ "{\"a\":01}", "not JSON" },
		{ "{\"a\":NaN}", "not JSON" },
		{ "{\"a\":99999999999999999999}", "not JSON" },
		{ "\"text\"", "not JSON" },
		{ "// no comments\n{}", "not JSON" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *value = NULL;

		assert_refused(json_parse(&value, rows[i].text, strlen(rows[i].text), "body"),
			       ERR_PARSE, rows[i].why);
		assert_null(value);
	}
	json_t *value = NULL;

	assert_refused(json_parse(&value, "{\"a\":1}\0", 8, "body"), ERR_PARSE, "body: not JSON");
}

static void assert_plain(const char *text, bool plain)
{
	AUTO(json_release) json_t *value = json_plain(text, strlen(text));
	AUTO(json_release) json_t *full = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	if ((value != NULL) != plain)
		fail_msg("%s: %s", text, plain ? "not taken" : "taken");
	assert_true(value == NULL || json_equal(value, full));
}

/* What is taken without jansson is the same value; all that is odd is left to it. */
static void test_plain(void **state)
{
	static const char *const taken[] = {
		"{}",
		"[]",
		" { } ",
		"[[],{}]",
		"{\"a\":\"b~ \"}",
		"{\"\":\"\"}",
		"\t[true,\nfalse , null,\r\"x\"] ",
		"{ \"payload\" : \"e30\", \"list\" : [ \"a\" , { \"b\" : [ ] } ] }",
	};
	static const char *const left[] = {
		"",
		"x",
		"{",
		"[",
		"[,]",
		"[ ,\"a\"]",
		"[\"a\",]",
		"[\"a\" \"b\"]",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1}",
		"{\"a\" \"b\"}",
		"{\"a\":\"b\",}",
		"{,\"a\":\"b\"}",
		"{} x",
		"{}{}",
		"[}",
		"{]",
		"{\"a\":\"\\n\"}",
		"{\"a\":\"\n\"}",
		"{\"a\":\"\xc3\xa9\"}",
		"{\"a\":\"\x7f\"}",
		"{\"a\":\"b\n\"}",
		"{\"a\":true,\"a\":true}",
		"[truex]",
		"[tru]",
		"true",
		"\"a\"",
		"[\"a",
		"{\"a12345678901234567890123456789012345678901234567890123456789012\\u0041\":{}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		assert_plain(taken[i], true);
	for (size_t i = 0; i < ARRAY_LEN(left); i++)
		assert_plain(left[i], false);
}

static struct err *parse_nested(size_t depth, bool quoted)
{
	AUTO(free) char *text = xcalloc(2 * depth + 10, 1);
	AUTO(json_release) json_t *value = NULL;
	size_t n = 0;

	text[n++] = '[';
	if (quoted)
		text[n++] = '"';
	for (size_t i = 1; i < depth; i++)
		text[n++] = '[';
	if (!quoted)
		for (size_t i = 1; i < depth; i++)
			text[n++] = ']';
	else
		text[n++] = '"';
	text[n++] = ']';
	return json_parse(&value, text, n, "deep");
}

static void test_ceilings(void **state)
{
	AUTO(free) char *big = xmalloc(LIMIT_JSON_BYTES + 1);
	json_t *value = NULL;

	(void)state;
	assert_done(parse_nested(LIMIT_JSON_DEPTH, false));
	assert_refused(parse_nested(LIMIT_JSON_DEPTH + 1, false), ERR_LIMIT,
		       "deep: JSON nested deeper than 32 levels");
	assert_refused(parse_nested(100000, false), ERR_LIMIT, "nested deeper");
	assert_done(parse_nested(1000, true)); /* within a string they are text */
	memset(big, ' ', LIMIT_JSON_BYTES + 1);
	assert_refused(json_parse(&value, big, LIMIT_JSON_BYTES + 1, "big"), ERR_LIMIT,
		       "big: JSON larger than");
}

static void test_getters(void **state)
{
	AUTO(json_release)
	json_t *o = parsed(
		"{\"s\":\"text\",\"i\":-3,\"t\":true,\"a\":[\"x\",\"y\"],\"o\":{\"k\":1},\"n\":null}");
	AUTO(strlist_release) struct strlist l = { 0 };
	const char *s = NULL;
	int64_t i = 0;
	bool t = false;
	json_t *a = NULL;
	json_t *inner = NULL;

	(void)state;
	assert_done(json_get_string(&s, o, "s", JSON_REQUIRED));
	assert_done(json_get_int(&i, o, "i", JSON_REQUIRED));
	assert_done(json_get_bool(&t, o, "t", JSON_REQUIRED));
	assert_done(json_get_array(&a, o, "a", JSON_REQUIRED));
	assert_done(json_get_object(&inner, o, "o", JSON_REQUIRED));
	assert_done(json_get_strings(&l, o, "a", JSON_REQUIRED));
	assert_string_equal(s, "text");
	assert_int_equal(i, -3);
	assert_true(t);
	assert_int_equal(json_array_size(a), 2);
	assert_int_equal(json_object_size(inner), 1);
	assert_string_equal(l.items[1], "y");
}

static void test_optional_leaves_the_default(void **state)
{
	AUTO(json_release) json_t *o = parsed("{\"n\":null}");
	const char *s = "default";
	int64_t i = 7;

	(void)state;
	assert_done(json_get_string(&s, o, "n", JSON_OPTIONAL));
	assert_done(json_get_string(&s, o, "missing", JSON_OPTIONAL));
	assert_done(json_get_int(&i, o, "missing", JSON_OPTIONAL));
	assert_string_equal(s, "default");
	assert_int_equal(i, 7);
	assert_refused(json_get_string(&s, o, "n", JSON_REQUIRED), ERR_PARSE,
		       "field \"n\" is missing");
	assert_refused(json_get_int(&i, o, "missing", JSON_REQUIRED), ERR_PARSE,
		       "field \"missing\" is missing");
}

static void test_wrong_types(void **state)
{
	AUTO(json_release) json_t *o = parsed("{\"s\":\"1\",\"i\":1,\"f\":1.0,\"a\":[1],\"o\":{}}");
	AUTO(strlist_release) struct strlist l = { 0 };
	const char *s = NULL;
	int64_t i = 0;
	bool t = false;
	json_t *v = NULL;

	(void)state;
	assert_refused(json_get_string(&s, o, "i", JSON_OPTIONAL), ERR_PARSE,
		       "field \"i\" is a number, not a string");
	assert_refused(json_get_int(&i, o, "s", JSON_REQUIRED), ERR_PARSE,
		       "\"s\" is a string, not a whole number");
	assert_refused(json_get_int(&i, o, "f", JSON_REQUIRED), ERR_PARSE,
		       "\"f\" is a fraction, not a whole number");
	assert_refused(json_get_bool(&t, o, "i", JSON_REQUIRED), ERR_PARSE, "not true or false");
	assert_refused(json_get_array(&v, o, "o", JSON_REQUIRED), ERR_PARSE,
		       "\"o\" is an object, not an array");
	assert_refused(json_get_object(&v, o, "a", JSON_REQUIRED), ERR_PARSE,
		       "\"a\" is an array, not an object");
	assert_refused(json_get_strings(&l, o, "a", JSON_REQUIRED), ERR_PARSE,
		       "item 0 of \"a\" is a number, not a string");
	assert_refused(json_get_string(&s, json_object_get(o, "a"), "x", JSON_OPTIONAL), ERR_PARSE,
		       "an array where an object");
	assert_refused(json_get_string(&s, NULL, "x", JSON_OPTIONAL), ERR_PARSE,
		       "nothing where an object");
	assert_int_equal(l.count, 0);
}

static void test_writing(void **state)
{
	AUTO(json_release) json_t *o = parsed("{\"z\":\"\xc3\xa9\\u001f\\\\uAB/\",\"a\":[1,true]}");
	AUTO(free) char *compact = json_compact(o);
	AUTO(free) char *spaced = json_spaced(o);

	(void)state;
	assert_string_equal(compact, "{\"z\":\"\xc3\xa9\\u001F\\\\uAB/\",\"a\":[1,true]}");
	assert_string_equal(spaced, "{\"z\": \"\\u00e9\\u001f\\\\uAB/\", \"a\": [1, true]}");
}

/* As jansson writes it. */
static void test_compact(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"[[],{},[{}],{\"a\":{}}]",
		"{\"z\":1,\"a\":2,\"\":3}",
		"[0,-1,9223372036854775807,-9223372036854775808,10]",
		"[0.5,1e300,-0.0,1.0]",
		"[true,false,null]",
		"[\"\",\"\\\"\\\\/\",\"\\b\\f\\n\\r\\t\",\"\\u0001 \\u001f\\u007f\",\"\xc3\xa9 \xf0\x9f\x94\x92\"]",
		"{\"\\n\":\"\\n\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(json_release) json_t *value = parsed(texts[i]);
		AUTO(free) char *compact = json_compact(value);
		AUTO(free) char *expected = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

		assert_string_equal(compact, expected);
	}
	AUTO(json_release) json_t *with_nul = json_stringn("a\0b", 3);
	AUTO(free) char *text = json_compact(with_nul);

	assert_string_equal(text, "\"a\\u0000b\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_ceilings),
		cmocka_unit_test(test_getters),
		cmocka_unit_test(test_optional_leaves_the_default),
		cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_writing),
		cmocka_unit_test(test_compact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
