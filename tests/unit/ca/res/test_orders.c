/* newOrder, orders and the list of them: what each refuses, in which words of RFC 8555, and what it answers. */
#include "ca/res/desk.h"

#include "base/limits.h"
#include "ca/res/registry.h"
#include "proto/problem.h"

#define NAME "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"example.org\"}]"

/* AQ is a key identifier of our issuer; AKs is the serial 00ab... */
#define OURS ",\"replaces\":\"AQ.Aas\"}"

static void an_order_is_made(void **state)
{
	struct desk d;
	const struct store_order o = desk_order();

	(void)state;
	desk_open(&d, NULL);
	desk_says_order(&d, STORE_DONE, &o);
	desk_post(&d, &resource_new_order, "", NAME "}");
	desk_expect(&d, 201, NULL);
	desk_expect_header(&d, "Location", "https://ca.test/acme/order/7/3");
	desk_expect_text(&d, "status", "pending");
	desk_expect_text(&d, "finalize", "https://ca.test/acme/finalize/7/3");
	desk_expect_text(&d, "profile", "classic");
	desk_expect_asked(&d, "limit");
	desk_expect_asked(&d, "create classic 1 - 604800");
	const json_t *authzs = json_object_get(d.body, "authorizations");

	assert_string_equal(json_string_value(json_array_get(authzs, 0)),
			    "https://ca.test/acme/authz/7/5");
	assert_false(strlist_has(&d.asked, "refund"));
	desk_close(&d);
}

static void what_did_not_come_about_costs_nothing(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, NULL);
	desk_fails(&d);
	desk_post(&d, &resource_new_order, "", NAME "}");
	desk_expect(&d, 503, "none");
	desk_expect_asked(&d, "refund");
	desk_close(&d);
}

/* What could not be issued is not ordered, and costs nothing. */
static void no_issuer_no_order(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, NULL);
	d.no_issuer = problem_new("serverInternal", "The issuer has ended");
	d.no_issuer->http_status = 503;
	desk_post(&d, &resource_new_order, "", NAME "}");
	desk_expect(&d, 503, "serverInternal");
	assert_int_equal(d.asked.count, 0);
	desk_close(&d);
}

static void limits_are_asked_first(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, NULL);
	d.limit = problem_new("rateLimited", "too many");
	desk_post(&d, &resource_new_order, "", NAME "}");
	desk_expect(&d, 429, "rateLimited");
	assert_int_equal(d.asked.count, 1);
	desk_close(&d);
}

/* RFC 9773 §5, ca.md 5.10 */
static void a_renewal_in_its_window_is_told_to_the_limits(void **state)
{
	struct desk d;
	struct store_cert c = desk_cert();
	const struct store_order o = desk_order();

	(void)state;
	desk_open(&d, NULL);
	desk_says_cert(&d, STORE_DONE, &c);
	desk_says_order(&d, STORE_DONE, &o);
	desk_post(&d, &resource_new_order, "", NAME OURS);
	desk_expect(&d, 201, NULL);
	desk_expect_asked(&d, "cert 01ab");
	desk_expect_asked(&d, "limit renewal");
	desk_expect_asked(&d, "create classic 1 01ab 604800");
	desk_close(&d);
}

/* ca.md 5.12: who has been certified for exactly these names renews. */
static void the_same_names_again_are_a_renewal(void **state)
{
	static const struct {
		enum store_outcome known;
		const char *asked;
	} rows[] = { { STORE_DONE, "limit same" }, { STORE_NOT_FOUND, "limit" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct desk d;
		const struct store_order o = desk_order();

		desk_open(&d, NULL);
		d.limits_are_on = true;
		desk_says(&d, rows[i].known);
		desk_says_order(&d, STORE_DONE, &o);
		desk_post(&d, &resource_new_order, "", NAME "}");
		desk_expect(&d, 201, NULL);
		desk_expect_asked(&d, "renewed example.org 1");
		desk_expect_asked(&d, rows[i].asked);
		desk_close(&d);
	}
}

static const struct {
	const char *payload;
	int64_t owner; /* of the certificate that is replaced; 0: there is none */
	const char *name;
	enum store_outcome created; /* STORE_NOT_FOUND: it does not come so far */
	int status;
	const char *type;
} replaced[] = {
	{ NAME ",\"replaces\":\"Ag.Aas\"}", 0, NULL, STORE_NOT_FOUND, 404, "malformed" },
	{ NAME ",\"replaces\":\"Aas\"}", 0, NULL, STORE_NOT_FOUND, 400, "malformed" },
	{ NAME OURS, DESK_ACCOUNT + 1, "example.org", STORE_NOT_FOUND, 403, "unauthorized" },
	{ NAME OURS, DESK_ACCOUNT, "example.com", STORE_NOT_FOUND, 400, "malformed" },
	{ NAME OURS, DESK_ACCOUNT, "*.example.org", STORE_NOT_FOUND, 400, "malformed" },
	{ NAME OURS, DESK_ACCOUNT, "example.org", STORE_CONFLICT, 409, "alreadyReplaced" },
};

static void what_cannot_be_replaced_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(replaced); i++) {
		struct desk d;

		desk_open(&d, NULL);
		if (replaced[i].name != NULL) {
			struct store_cert c = desk_cert();

			idents_release(&c.idents);
			idents_add(&c.idents, IDENT_DNS, replaced[i].name);
			c.account_id = replaced[i].owner;
			desk_says_cert(&d, STORE_DONE, &c);
		}
		if (replaced[i].created != STORE_NOT_FOUND)
			desk_says(&d, replaced[i].created);
		desk_post(&d, &resource_new_order, "", replaced[i].payload);
		desk_expect(&d, replaced[i].status, replaced[i].type);
		desk_close(&d);
	}
}

static void an_unknown_certificate_is_not_replaced(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, NULL);
	desk_says(&d, STORE_NOT_FOUND);
	desk_post(&d, &resource_new_order, "", NAME OURS);
	desk_expect(&d, 404, "malformed");
	desk_close(&d);
}

/* --- one order */

static const struct {
	const char *ids, *payload;
	int64_t owner; /* 0: the store is not asked */
	int status;
} looks[] = {
	{ "7/3", NULL, 7, 200 }, { "7/3", NULL, 8, 404 },  { "8/3", NULL, 0, 404 },
	{ "7/x", NULL, 0, 404 }, { "7/-3", NULL, 0, 404 }, { "x/3", NULL, 0, 404 },
	{ "7/3", "{}", 0, 400 },
};

static void an_order_is_shown_to_its_account(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		struct desk d;

		desk_open(&d, NULL);
		if (looks[i].owner != 0) {
			struct store_order o = desk_order();

			o.account_id = looks[i].owner;
			desk_says_order(&d, STORE_DONE, &o);
		}
		desk_post(&d, &resource_order, looks[i].ids, looks[i].payload);
		desk_expect(&d, looks[i].status, looks[i].status == 200 ? NULL : "malformed");
		desk_close(&d);
	}
}

static void an_order_without_a_signature_is_shown_by_quirk(void **state)
{
	struct desk d;
	const struct store_order o = desk_order();

	(void)state;
	assert_true(resource_order.get_by_quirk);
	desk_open(&d, NULL);
	desk_says_order(&d, STORE_DONE, &o);
	desk_get(&d, &resource_order, "7/3");
	desk_expect(&d, 200, NULL);
	desk_close(&d);
}

static void a_processing_order_says_when_to_come_back(void **state)
{
	struct desk d;
	struct store_order o = desk_order();

	(void)state;
	o.serial = xstrdup("01ab");
	desk_open(&d, NULL);
	desk_says_order(&d, STORE_DONE, &o);
	desk_post(&d, &resource_order, "7/3", NULL);
	desk_expect_text(&d, "status", "processing");
	desk_expect_header(&d, "Retry-After", "3");
	assert_null(json_object_get(d.body, "certificate"));
	desk_close(&d);
}

static void a_valid_order_names_its_certificate(void **state)
{
	struct desk d;
	struct store_order o = desk_order();

	(void)state;
	o.serial = xstrdup("01ab");
	o.certified = true;
	desk_open(&d, NULL);
	desk_says_order(&d, STORE_DONE, &o);
	desk_post(&d, &resource_order, "7/3", NULL);
	desk_expect_text(&d, "status", "valid");
	desk_expect_text(&d, "certificate", "https://ca.test/acme/cert/01ab");
	assert_null(http_headers_get(&d.headers, "Retry-After"));
	desk_close(&d);
}

static void a_failed_order_says_why(void **state)
{
	struct desk d;
	struct store_order o = desk_order();

	(void)state;
	o.error = xstrdup("{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"no\"}");
	desk_open(&d, NULL);
	desk_says_order(&d, STORE_DONE, &o);
	desk_post(&d, &resource_order, "7/3", NULL);
	desk_expect_text(&d, "status", "invalid");
	const json_t *error = json_object_get(d.body, "error");

	assert_string_equal(json_string_value(json_object_get(error, "type")),
			    "urn:ietf:params:acme:error:caa");
	desk_close(&d);
}

/* --- the list (RFC 8555 §7.1.2.1) */

static void says_orders(struct desk *d, size_t count)
{
	struct store_order *orders = xcalloc(count, sizeof(*orders));

	for (size_t i = 0; i < count; i++) {
		orders[i] = desk_order();
		orders[i].id = (int64_t)(1000 - i);
	}
	if (count > 1)
		orders[1].error = xstrdup("{}");
	desk_says(d, STORE_DONE);
	d->script[d->scripted - 1].orders = orders;
	d->script[d->scripted - 1].order_count = count;
}

static void the_list_has_pages_and_no_invalid_orders(void **state)
{
	struct desk d;
	const size_t more = LIMIT_ORDERS_PER_PAGE + 1;

	(void)state;
	desk_open(&d, NULL);
	says_orders(&d, more);
	desk_post(&d, &resource_orders, "7", NULL);
	desk_expect(&d, 200, NULL);
	const json_t *list = json_object_get(d.body, "orders");

	assert_int_equal(json_array_size(list), LIMIT_ORDERS_PER_PAGE - 1);
	assert_string_equal(json_string_value(json_array_get(list, 0)),
			    "https://ca.test/acme/order/7/1000");
	AUTO(free)
	char *next = str_fmt("next https://ca.test/acme/orders/7/%d",
			     1000 - LIMIT_ORDERS_PER_PAGE + 1);

	desk_expect_header(&d, "Link", next);
	desk_close(&d);
}

static void the_last_page_has_no_next_one(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, NULL);
	says_orders(&d, 1);
	desk_post(&d, &resource_orders, "7/901", NULL);
	desk_expect(&d, 200, NULL);
	desk_expect_asked(&d, "orders 7 901 101");
	assert_null(http_headers_get(&d.headers, "Link"));
	desk_post(&d, &resource_orders, "8", NULL);
	desk_expect(&d, 403, "unauthorized");
	desk_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_is_made),
		cmocka_unit_test(what_did_not_come_about_costs_nothing),
		cmocka_unit_test(no_issuer_no_order),
		cmocka_unit_test(limits_are_asked_first),
		cmocka_unit_test(a_renewal_in_its_window_is_told_to_the_limits),
		cmocka_unit_test(the_same_names_again_are_a_renewal),
		cmocka_unit_test(what_cannot_be_replaced_is_refused),
		cmocka_unit_test(an_unknown_certificate_is_not_replaced),
		cmocka_unit_test(an_order_is_shown_to_its_account),
		cmocka_unit_test(an_order_without_a_signature_is_shown_by_quirk),
		cmocka_unit_test(a_processing_order_says_when_to_come_back),
		cmocka_unit_test(a_valid_order_names_its_certificate),
		cmocka_unit_test(a_failed_order_says_why),
		cmocka_unit_test(the_list_has_pages_and_no_invalid_orders),
		cmocka_unit_test(the_last_page_has_no_next_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
