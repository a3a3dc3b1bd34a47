#include "check.h"

#include "ca/policy/network.h"
#include "ca/policy/order_request.h"

#define NOW 1789000000 /* 2026-09-10T00:26:40Z */
#define ID "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"

static struct profile_config profiles[] = {
	{ .name = (char[]){ "classic" },
	  .max_names = 3,
	  .dns = true,
	  .lifetime_s = 90 * 86400,
	  .backdate_s = 3600 },
	{ .name = (char[]){ "short" },
	  .max_names = 2,
	  .dns = true,
	  .ip = true,
	  .lifetime_s = 86400,
	  .backdate_s = 3600 },
};

static struct ca_config config = {
	.policy = { .dns = true, .ip = true, .wildcard = true, .not_before_after = true },
	.profiles = profiles,
	.profile_count = ARRAY_LEN(profiles),
};
static struct policy policy = { .config = &config };

static int set_up(void **state)
{
	(void)state;
	strlist_split(&config.policy.challenges, "http-01,dns-01", ',');
	assert_done(networks_new(&policy.denied, &(struct strlist){ 0 }));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	strlist_release(&config.policy.challenges);
	networks_free(policy.denied);
	return 0;
}

/* A payload for names (by spaces) with one more field. */
static json_t *payload(const char *names, const char *key, json_t *value)
{
	AUTO(strlist_release) struct strlist list = { 0 };
	json_t *array = json_array();

	strlist_split(&list, names, ' ');
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(array, json_pack("{s:s,s:s}", "type",
						       list.items[i][0] == '1' ? "ip" : "dns",
						       "value", list.items[i]));
	json_t *obj = json_pack("{s:o}", "identifiers", array);

	if (key != NULL)
		json_object_set_new(obj, key, value);
	return obj;
}

static struct err *ask(struct order_asked *out, json_t *body)
{
	AUTO(json_release) json_t *owned = body;

	return order_asked_read(out, &policy, owned, 7, NOW);
}

static void test_plain(void **state)
{
	AUTO(order_asked_release) struct order_asked a = { 0 };

	(void)state;
	assert_done(ask(&a, payload("b.com *.A.com a.com", NULL, NULL)));
	assert_int_equal(a.idents.count, 3);
	assert_string_equal(a.idents.items[0].value, "*.a.com");
	assert_string_equal(a.profile->name, "classic");
	assert_null(a.replaces_text);
	assert_int_equal(a.not_before + a.not_after, 0);
}

static void test_whole(void **state)
{
	AUTO(json_release)
	json_t *body = payload("a.com 1.1.1.1", "profile", json_string("short"));
	AUTO(order_asked_release) struct order_asked a = { 0 };

	(void)state;
	json_object_set_new(body, "replaces", json_string(ID));
	json_object_set_new(body, "notBefore", json_string("2026-09-10T00:00:00Z"));
	json_object_set_new(body, "notAfter", json_string("2026-09-10T12:00:00Z"));
	assert_done(order_asked_read(&a, &policy, body, 7, NOW));
	assert_string_equal(a.profile->name, "short");
	assert_string_equal(a.replaces_text, ID);
	assert_int_equal(a.replaces.serial.len, 5);
	assert_int_equal(a.not_before, NOW - 1600);
	assert_int_equal(a.not_after, NOW - 1600 + 43200);
}

static const struct {
	const char *names, *key, *text, *says;
} bad[] = {
	{ "", NULL, NULL, "malformed" },
	{ "a_.com", NULL, NULL, "rejectedIdentifier" },
	{ "a.com b.com c.com d.com", NULL, NULL, "more than 3 identifiers" },
	{ "192.0.2.1", NULL, NULL, "rejectedIdentifier" },
	{ "*.a.com www.a.com", NULL, NULL, "malformed" },
	{ "a.com", "profile", "none", "invalidProfile" },
	{ "a.com", "profile", NULL, "malformed" },
	{ "a.com", "replaces", "x", "malformed" },
	{ "a.com", "replaces", NULL, "malformed" },
	{ "a.com", "replaces", ID "=", "malformed" },
	{ "a.com", "notBefore", "tomorrow", "malformed" },
	{ "a.com", "notBefore", "2026-09-09T00:00:00Z", "in the past" },
	{ "a.com", "notAfter", "2026-09-10T00:00:00Z", "not after" },
	{ "a.com", "notAfter", "2026-12-20T00:00:00Z", "beyond" },
	{ "a.com", "notBefore", "2026-12-09T00:26:40Z", "beyond" },
	{ "a.com", "notAfter", "1969-12-31T00:00:00Z", "malformed" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(order_asked_release) struct order_asked a = { 0 };
		json_t *value = bad[i].text != NULL ? json_string(bad[i].text) : json_integer(1);
		json_t *body = payload(bad[i].names, bad[i].key, value);

		if (bad[i].key == NULL)
			json_decref(value);
		assert_refused(ask(&a, body), ERR_PROBLEM, bad[i].says);
		assert_null(a.profile);
	}
	struct order_asked a = { 0 };

	assert_refused(ask(&a, NULL), ERR_PROBLEM, "malformed");
}

/* It may begin later, and ends no later for that. */
static void test_begins_later(void **state)
{
	static const char *const good[] = { "2026-09-10T02:00:00Z", "2026-12-09T00:26:39Z" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(order_asked_release) struct order_asked a = { 0 };

		assert_done(ask(&a, payload("a.com", "notBefore", json_string(good[i]))));
		assert_true(a.not_before > NOW);
		assert_int_equal(a.not_after, 0);
	}
}

/* Let's Encrypt: dates are the CA's */
static void test_dates_off(void **state)
{
	struct order_asked a = { 0 };

	(void)state;
	config.policy.not_before_after = false;
	assert_refused(ask(&a, payload("a.com", "notAfter", json_string("2026-09-20T00:00:00Z"))),
		       ERR_PROBLEM, "malformed");
	config.policy.not_before_after = true;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),     cmocka_unit_test(test_whole),
		cmocka_unit_test(test_bad),       cmocka_unit_test(test_begins_later),
		cmocka_unit_test(test_dates_off),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
