#include "check.h"

#include "ca/config/config.h"
#include "ca/http/route.h"

static bool is_off(const struct ca_config *c)
{
	return !c->accounts.eab_required;
}

static void get(struct ca_request *r)
{
	(void)r;
}

static const struct resource top = { .path = "/", .get = get };
static const struct resource order = { .path = "/acme/order",
				       .min_ids = 2,
				       .max_ids = 2,
				       .get = get,
				       .post = get,
				       .get_by_quirk = true };
static const struct resource orders = {
	.path = "/acme/orders", .min_ids = 1, .max_ids = 1, .post = get
};
static const struct resource cert = {
	.path = "/acme/cert", .min_ids = 1, .max_ids = 2, .get = get, .post = get
};
static const struct resource hidden = { .path = "/acme/hidden", .get = get, .is_off = is_off };
static const struct resource *const all[] = { &top, &order, &orders, &cert, &hidden };
static const struct route_table table = { all, ARRAY_LEN(all) };

static const struct {
	const char *target;
	const struct resource *meant;
	const char *ids;
} rows[] = {
	{ "/", &top, "" },
	{ "/?a=b", &top, "" },
	{ "/acme/order/1/2", &order, "1 2" },
	{ "/acme/order/1/2?x=/3", &order, "1 2" },
	{ "http://ca.test/acme/order/1/2", &order, "1 2" }, /* RFC 9112 §3.2.2 */
	{ "https://ca.test:8443/acme/orders/7", &orders, "7" },
	{ "/acme/cert/0af3", &cert, "0af3" },
	{ "/acme/cert/0af3/1", &cert, "0af3 1" },
	{ "/acme/order/1", NULL, "" },
	{ "/acme/order/1/2/3", NULL, "" },
	{ "/acme/order/1/2/", NULL, "" },
	{ "/acme/order//2", NULL, "" },
	{ "/acme/order/1/%32", NULL, "" },
	{ "/acme/order/1/2;x", NULL, "" },
	{ "//acme/order/1/2", NULL, "" },
	{ "/acme//order/1/2", NULL, "" },
	{ "/./acme/order/1/2", NULL, "" },
	{ "/x/../acme/order/1/2", NULL, "" },
	{ "/ACME/order/1/2", NULL, "" },
	{ "/acme/orderx/1/2", NULL, "" },
	{ "/acme/ord", NULL, "" },
	{ "/acme", NULL, "" },
	{ "/acme/hidden", NULL, "" },
	{ "*", NULL, "" },
	{ "ca.test:443", NULL, "" },
	{ "http://ca.test", NULL, "" },
	{ "ftp://ca.test/acme/orders/7", NULL, "" },
};

static void test_find(void **state)
{
	const struct ca_config c = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *path = route_path(rows[i].target);
		AUTO(strlist_release) struct strlist ids = { 0 };
		const struct resource *r = path != NULL ? route_find(&ids, &table, path, &c) : NULL;
		AUTO(free) char *joined = strlist_join(&ids, " ");

		if (r != rows[i].meant)
			fail_msg("%s", rows[i].target);
		assert_string_equal(joined, rows[i].ids);
	}
}

static void test_long_id(void **state)
{
	const struct ca_config c = { 0 };
	AUTO(strlist_release) struct strlist ids = { 0 };
	AUTO(free) char *path = str_fmt("/acme/orders/%0201d", 1);

	(void)state;
	assert_null(route_find(&ids, &table, path, &c));
	path[strlen(path) - 1] = '\0';
	assert_ptr_equal(route_find(&ids, &table, path, &c), &orders);
}

static void test_switched(void **state)
{
	const struct ca_config c = { .accounts.eab_required = true };
	AUTO(strlist_release) struct strlist ids = { 0 };

	(void)state;
	assert_ptr_equal(route_find(&ids, &table, "/acme/hidden", &c), &hidden);
}

/* RFC 8555 §6.3: a plain GET is for few resources; Let's Encrypt allows more of them. */
static void test_methods(void **state)
{
	const struct ca_config le = { .policy.quirks = QUIRKS_LETSENCRYPT };
	const struct ca_config rfc = { .policy.quirks = QUIRKS_RFC };
	AUTO(free) char *as_le = route_methods(&order, &le);
	AUTO(free) char *as_rfc = route_methods(&order, &rfc);
	AUTO(free) char *get_only = route_methods(&top, &rfc);

	(void)state;
	assert_string_equal(as_le, "GET, HEAD, POST");
	assert_string_equal(as_rfc, "POST");
	assert_string_equal(get_only, "GET, HEAD");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_long_id),
		cmocka_unit_test(test_switched),
		cmocka_unit_test(test_methods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
