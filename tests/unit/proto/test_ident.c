/* RFC 8555 §9.7.7; addresses in the text forms of RFC 1123 §2.1 and RFC 5952 §4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "proto/ident.h"

static json_t *object(const char *type, const char *value)
{
	json_t *obj = json_object();

	json_object_set_new(obj, "type", json_string(type));
	json_object_set_new(obj, "value", json_string(value));
	return obj;
}

static void canonical_values(void **state)
{
	static const struct {
		const char *type, *value, *want;
	} rows[] = {
		{ "dns", "example.org", "example.org" },
		{ "dns", "Example.ORG", "example.org" },
		{ "dns", "*.example.org", "*.example.org" },
		{ "dns", "localhost", "localhost" },
		{ "dns", "_x.xn--bcher-kva.example", "_x.xn--bcher-kva.example" },
		{ "ip", "192.0.2.1", "192.0.2.1" }, /* RFC 8738 §3 */
		{ "ip", "2001:DB8:0:0::1", "2001:db8::1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(json_release) json_t *obj = object(rows[i].type, rows[i].value);
		AUTO(ident_release) struct ident id = { 0 };

		assert_null(ident_parse(&id, obj));
		assert_string_equal(id.value, rows[i].want);
		AUTO(json_release) json_t *back = ident_render(&id);
		assert_string_equal(json_string_value(json_object_get(back, "type")), rows[i].type);
		assert_string_equal(json_string_value(json_object_get(back, "value")),
				    rows[i].want);
	}
}

static void hostile_values_are_refused(void **state)
{
	static const struct {
		const char *type, *value;
	} rows[] = {
		{ "dns", "" },           { "dns", "*." },
		{ "dns", "a..b" },       { "dns", ".a" },
		{ "dns", "a.b." },       { "dns", "../../etc" },
		{ "dns", "a/b" },        { "dns", "a b" },
		{ "dns", "a\nb" },       { "dns", "*.*.a" },
		{ "dns", "a.*.b" },      { "dns", "b\xc3\xbc.example" },
		{ "ip", "192.0.2.256" }, { "ip", "example.org" },
		{ "ip", "::1%eth0" },    { "ip", "" },
		{ "email", "a@b" },      { "DNS", "a.example" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(json_release) json_t *obj = object(rows[i].type, rows[i].value);
		AUTO(ident_release) struct ident id = { 0 };
		AUTO(err_free) struct err *e = ident_parse(&id, obj);

		assert_non_null(e);
		assert_int_equal(e->code, ERR_PROTOCOL);
		assert_null(id.value);
		assert_null(strchr(e->msg, '\n'));
	}
}

static void long_names_are_refused(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[254] = '\0';
	AUTO(json_release) json_t *obj = object("dns", name);
	AUTO(ident_release) struct ident id = { 0 };
	AUTO(err_free) struct err *e = ident_parse(&id, obj);

	assert_non_null(e);
}

static void lists_are_bounded(void **state)
{
	AUTO(json_release) json_t *array = json_array();
	AUTO(idents_release) struct idents l = { 0 };

	(void)state;
	for (int i = 0; i <= LIMIT_IDENTIFIERS; i++)
		json_array_append_new(array, object("dns", "a.example"));
	AUTO(err_free) struct err *e = idents_parse(&l, array);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_LIMIT);
	assert_int_equal(l.count, 0);
}

static void sets_ignore_order_and_repeats(void **state)
{
	AUTO(idents_release) struct idents a = { 0 };
	AUTO(idents_release) struct idents b = { 0 };

	(void)state;
	idents_add(&a, IDENT_DNS, "a.example");
	idents_add(&a, IDENT_IP, "192.0.2.1");
	idents_add(&b, IDENT_IP, "192.0.2.1");
	assert_false(idents_same_set(&a, &b));
	idents_add(&b, IDENT_DNS, "a.example");
	idents_add(&b, IDENT_DNS, "a.example");
	assert_true(idents_same_set(&a, &b));
	idents_add(&b, IDENT_DNS, "192.0.2.1");
	assert_false(idents_same_set(&a, &b));
}

static void names_go_there_and_back(void **state)
{
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(cert_names_release) struct cert_names back = { 0 };
	AUTO(idents_release) struct idents l = { 0 };

	(void)state;
	strlist_add(&names.dns, "*.a.example");
	strlist_add(&names.ip, "::1");
	idents_from_names(&l, &names);
	assert_int_equal(l.count, 2);
	idents_to_names(&back, &l);
	assert_true(strlist_same_set(&names.dns, &back.dns));
	assert_true(strlist_same_set(&names.ip, &back.ip));
}

static void summaries(void **state)
{
	static const char *const want[] = { "nothing", "n0.example", "n0.example and n1.example",
					    "n0.example and 2 more domains" };
	AUTO(idents_release) struct idents l = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		AUTO(free) char *text = idents_summary(&l);
		AUTO(free) char *name = str_fmt("n%zu.example", i);

		assert_string_equal(text, want[i]);
		idents_add(&l, IDENT_DNS, name);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical_values),
		cmocka_unit_test(hostile_values_are_refused),
		cmocka_unit_test(long_names_are_refused),
		cmocka_unit_test(lists_are_bounded),
		cmocka_unit_test(sets_ignore_order_and_repeats),
		cmocka_unit_test(names_go_there_and_back),
		cmocka_unit_test(summaries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
