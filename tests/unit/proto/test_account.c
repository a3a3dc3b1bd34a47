/* RFC 8555 §7.1.2, §7.3 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/account.h"

#define URL "https://ca.example/acct/1"

static void requests_say_only_what_was_asked(void **state)
{
	AUTO(strlist_release) struct strlist mails = { 0 };
	struct strlist none = { 0 };

	(void)state;
	strlist_add(&mails, "mailto:a@example.org");
	const struct {
		struct account_request request;
		const char *want;
	} rows[] = {
		{ { 0 }, "{}" },
		{ { .terms_agreed = true, .contacts = &mails },
		  "{\"termsOfServiceAgreed\":true,\"contact\":[\"mailto:a@example.org\"]}" },
		{ { .only_existing = true }, "{\"onlyReturnExisting\":true}" },
		{ { .contacts = &none }, "{\"contact\":[]}" },
		{ { .deactivate = true }, "{\"status\":\"deactivated\"}" },
		{ { .eab = "{\"payload\":\"x\"}" },
		  "{\"externalAccountBinding\":{\"payload\":\"x\"}}" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *text = account_request_render(&rows[i].request);
		AUTO(json_release) json_t *got = json_loads(text, 0, NULL);
		AUTO(json_release) json_t *want = json_loads(rows[i].want, 0, NULL);

		assert_true(json_equal(got, want));
	}
}

static void reads_accounts(void **state)
{
	AUTO(json_release)
	json_t *obj = json_pack("{s:s,s:[s],s:s,s:{}}", "status", "valid", "contact",
				"mailto:a@example.org", "orders", "https://ca.example/orders/1",
				"key");
	AUTO(account_free) struct account *a = NULL;

	(void)state;
	assert_null(account_parse(&a, URL, obj));
	assert_string_equal(a->url, URL);
	assert_string_equal(a->contacts.items[0], "mailto:a@example.org");
	assert_string_equal(a->orders_url, "https://ca.example/orders/1");
}

/* Let's Encrypt sends neither contact nor orders. */
static void little_is_needed(void **state)
{
	AUTO(json_release) json_t *obj = json_pack("{s:s}", "status", "revoked");
	AUTO(account_free) struct account *a = NULL;

	(void)state;
	assert_null(account_parse(&a, URL, obj));
	assert_int_equal(a->status, ACCOUNT_REVOKED);
	assert_null(a->orders_url);
	assert_int_equal(a->contacts.count, 0);
}

static void bad_ones_are_refused(void **state)
{
	static const char *const bodies[] = {
		"{}",
		"{\"status\":\"gone\"}",
		"{\"status\":true}",
		"{\"status\":\"valid\",\"contact\":\"mailto:a@b\"}",
		"{\"status\":\"valid\",\"contact\":[1]}",
		"{\"status\":\"valid\",\"orders\":\"http://ca.example/o\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		AUTO(json_release) json_t *obj = json_loads(bodies[i], 0, NULL);
		AUTO(account_free) struct account *a = NULL;
		AUTO(err_free) struct err *e = account_parse(&a, URL, obj);

		assert_non_null(e);
		assert_null(a);
		assert_true(err_is(e, ERR_PROTOCOL));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_say_only_what_was_asked),
		cmocka_unit_test(reads_accounts),
		cmocka_unit_test(little_is_needed),
		cmocka_unit_test(bad_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
