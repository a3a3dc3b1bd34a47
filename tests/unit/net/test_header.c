/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include "net/header.h"

/* RFC 8288 §3 */
static void test_links(void **state)
{
	static const struct {
		const char *value, *rel, *targets;
	} rows[] = {
		{ "<http://a/1>;rel=\"alternate\"", "alternate", "http://a/1" },
		{ "<http://a/1>; rel=alternate", "alternate", "http://a/1" },
		{ "<http://a/1> ; REL = \"x Alternate\"", "alternate", "http://a/1" },
		{ "<a>;rel=\"alternate\", <b>;rel=\"index\",<c>;rel=alternate", "alternate",
		  "a c" },
		{ "<a;b,c>;title=\"x, \\\"y;\";rel=up", "up", "a;b,c" },
		{ "<a>;rel=up;rel=next", "next", "" },
		{ "<a>;crossorigin;rel=up", "up", "a" },
		{ "<a>", "up", "" },
		{ "<>;rel=up", "up", "" },
		{ "<a>;rel=\"up", "up", "" },
		{ "a;rel=up", "up", "" },
		{ "<a;rel=up", "up", "" },
		{ "<a>rel=up", "up", "" },
		{ "<a>;rel=up x", "up", "" },
		{ ",, <a>;rel=up,,", "up", "a" },
		{ "", "up", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(http_headers_release) struct http_headers h = { 0 };
		AUTO(strlist_release) struct strlist found = { 0 };

		http_headers_add(&h, "Other", "<z>;rel=up");
		http_headers_add(&h, "link", rows[i].value);
		link_targets(&found, &h, rows[i].rel);
		AUTO(free) char *joined = strlist_join(&found, " ");

		assert_string_equal(joined, rows[i].targets);
	}
}

static void test_several_link_headers(void **state)
{
	AUTO(http_headers_release) struct http_headers h = { 0 };
	AUTO(strlist_release) struct strlist found = { 0 };

	(void)state;
	http_headers_add(&h, "Link", "<a>;rel=alternate");
	http_headers_add(&h, "Link", "broken");
	http_headers_add(&h, "Link", "<b>;rel=alternate");
	link_targets(&found, &h, "alternate");
	assert_int_equal(found.count, 2);
	assert_string_equal(found.items[1], "b");
}

/* RFC 9110 §10.2.3; now is Sun, 06 Nov 1994 08:49:37 GMT */
static void test_retry_after(void **state)
{
	static const time_t now = 784111777;
	static const struct {
		const char *value;
		bool found;
		unsigned seconds;
	} rows[] = {
		{ "0", true, 0 },
		{ "120", true, 120 },
		{ "0120", true, 120 },
		{ "-1", true, 0 },
		{ "-99999999999999999999999", true, 0 },
		{ "31536000", true, 1000 },
		{ "99999999999999999999999", true, 1000 },
		{ "Sun, 06 Nov 1994 08:50:37 GMT", true, 60 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", true, 0 },
		{ "Sun, 06 Nov 1984 08:49:37 GMT", true, 0 },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", true, 0 },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", true, 1000 },
		{ "1.5", false, 77 },
		{ "", false, 77 },
		{ "-", false, 77 },
		{ "soon", false, 77 },
		{ "1 2", false, 77 },
		{ NULL, false, 77 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(http_headers_release) struct http_headers h = { 0 };
		unsigned seconds = 77;
		bool found = !rows[i].found;

		if (rows[i].value != NULL)
			http_headers_add(&h, "retry-after", rows[i].value);
		retry_after_s(&seconds, &found, &h, now, 1000);
		assert_int_equal(found, rows[i].found);
		assert_int_equal(seconds, rows[i].seconds);
	}
}

static void test_media_type(void **state)
{
	static const struct {
		const char *value, *type;
	} rows[] = {
		{ "application/json", "application/json" },
		{ " Application/JSON ; charset=utf-8", "application/json" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(http_headers_release) struct http_headers h = { 0 };

		http_headers_add(&h, "Content-Type", rows[i].value);
		AUTO(free) char *type = content_media_type(&h);

		assert_string_equal(type, rows[i].type);
	}
	assert_null(content_media_type(&(struct http_headers){ 0 }));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_several_link_headers),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_media_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
