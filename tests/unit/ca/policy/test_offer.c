#include "check.h"

#include "ca/config/config.h"
#include "ca/policy/offer.h"

static struct ca_config config;
static const struct policy policy = { .config = &config };

static char *offered(enum ident_type type, const char *value)
{
	AUTO(free)
	const struct challenge_type **types = xcalloc(challenge_type_count, sizeof(*types));
	AUTO(strlist_release) struct strlist names = { 0 };
	AUTO(free) char *copy = xstrdup(value);
	size_t count = offer_for(types, &policy, &(struct ident){ .type = type, .value = copy });

	for (size_t i = 0; i < count; i++)
		strlist_add(&names, types[i]->name);
	return strlist_join(&names, " ");
}

/* ca.md 2.6, RFC 8738 §7: no dns-01 for addresses; RFC 8555 §7.1.3: a wildcard by dns-01 */
static const struct {
	const char *challenges;
	enum ident_type type;
	const char *value, *offered;
} rows[] = {
	{ "http-01,dns-01", IDENT_DNS, "a.com", "http-01 dns-01" },
	{ "dns-01,http-01", IDENT_DNS, "*.a.com", "dns-01" },
	{ "http-01,dns-01", IDENT_IP, "192.0.2.1", "http-01" },
	{ "http-01", IDENT_DNS, "*.a.com", "" },
	{ "dns-01", IDENT_IP, "192.0.2.1", "" },
	{ "dns", IDENT_DNS, "a.com", "" },
	{ "", IDENT_DNS, "a.com", "" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(idents_release) struct idents l = { 0 };

		strlist_split(&config.policy.challenges, rows[i].challenges, ',');
		AUTO(free) char *got = offered(rows[i].type, rows[i].value);

		assert_string_equal(got, rows[i].offered);
		idents_add(&l, rows[i].type, rows[i].value);
		if (*got != '\0')
			assert_done(offer_check(&policy, &l));
		else
			assert_refused(offer_check(&policy, &l), ERR_PROBLEM, "rejectedIdentifier");
		strlist_release(&config.policy.challenges);
	}
}

static void test_switched_off(void **state)
{
	const struct challenge_type *sni = challenge_type_by_name("tls-sni-01");

	(void)state;
	strlist_add(&config.policy.challenges, "dns-01");
	strlist_add(&config.policy.challenges, "tls-sni-01");
	assert_true(offer_has(&policy, challenge_type_by_name("dns-01")));
	assert_false(offer_has(&policy, challenge_type_by_name("http-01")));
	assert_false(offer_has(&policy, sni));
	config.va.tls_sni = true;
	assert_true(offer_has(&policy, sni));
	config.va.tls_sni = false;
	strlist_release(&config.policy.challenges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
