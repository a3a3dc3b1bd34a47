#include "check.h"

#include "ca/config/config.h"
#include "ca/policy/identifiers.h"
#include "ca/policy/network.h"
#include "proto/problem.h"

static struct ca_config config = { .policy = { .dns = true, .ip = true, .wildcard = true } };
static struct policy policy = { .config = &config };

static struct err *read(struct idents *out, const char *text)
{
	AUTO(json_release) json_t *payload = NULL;
	AUTO(free) char *with_quotes = xstrdup(text);

	for (char *at = with_quotes; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	assert_done(json_parse(&payload, with_quotes, strlen(with_quotes), "payload"));
	return identifiers_read(out, payload);
}

static const struct {
	const char *payload, *names;
} good[] = {
	{ "{'identifiers':[{'type':'dns','value':'b.com'},{'type':'dns','value':'A.com'}]}",
	  "a.com b.com" },
	{ "{'identifiers':[{'type':'dns','value':'a.com'},{'type':'dns','value':'a.COM'}]}",
	  "a.com" },
	{ "{'identifiers':[{'type':'ip','value':'192.0.2.1'},{'type':'dns','value':'z.com'},"
	  "{'type':'ip','value':'2001:DB8::1'}]}",
	  "z.com 192.0.2.1 2001:db8::1" },
};

static void test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(idents_release) struct idents l = { 0 };
		AUTO(strlist_release) struct strlist names = { 0 };

		assert_done(read(&l, good[i].payload));
		for (size_t n = 0; n < l.count; n++)
			strlist_add(&names, l.items[n].value);
		AUTO(free) char *text = strlist_join(&names, " ");

		assert_string_equal(text, good[i].names);
	}
}

static const struct {
	const char *payload, *says;
} unreadable[] = {
	{ "{}", "(malformed)" },
	{ "{'identifiers':[]}", "(malformed)" },
	{ "{'identifiers':{}}", "(malformed)" },
	{ "{'identifiers':'a.com'}", "(malformed)" },
	{ "{'identifiers':[1]}", "(malformed)" },
	{ "{'identifiers':[{'type':'dns'}]}", "(malformed)" },
	{ "{'identifiers':[{'type':'dns','value':1}]}", "(malformed)" },
	{ "{'identifiers':[{'type':'dns','value':''}]}", "(malformed)" },
	{ "{'identifiers':[{'type':'fakeID','value':'x'}]}", "(unsupportedIdentifier)" },
	{ "{'identifiers':[{'type':'DNS','value':'x'}]}", "(unsupportedIdentifier)" },
};

static void test_unreadable(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(unreadable); i++) {
		AUTO(idents_release) struct idents l = { 0 };

		assert_refused(read(&l, unreadable[i].payload), ERR_PROBLEM, unreadable[i].says);
		assert_int_equal(l.count, 0);
	}
}

/* RFC 8555 §6.7.1 */
static void test_subproblems(void **state)
{
	AUTO(idents_release) struct idents l = { 0 };

	(void)state;
	idents_add(&l, IDENT_DNS, "good.com");
	idents_add(&l, IDENT_DNS, "bad_.com");
	AUTO(err_free) struct err *one = identifiers_check_form(&policy, &l);

	assert_true(err_has_type(one, "rejectedIdentifier"));
	assert_string_equal(one->identifier, "bad_.com");
	assert_int_equal(one->subproblem_count, 0);
	idents_add(&l, IDENT_IP, "10.0.0.1");
	AUTO(err_free) struct err *two = identifiers_check_form(&policy, &l);

	assert_true(err_has_type(two, "rejectedIdentifier"));
	assert_int_equal(two->subproblem_count, 2);
	assert_string_equal(two->subproblems[1]->identifier, "10.0.0.1");
	assert_non_null(strstr(two->subproblems[1]->detail, "[RFC1918]"));
}

/* RFC 8555 §6.7.1: the problem names the identifier as it was ordered, whatever it looks like. */
static void test_blame(void **state)
{
	static const struct {
		enum ident_type type;
		const char *value, *rendered;
	} rows[] = {
		{ IDENT_DNS, "192.0.2.1", "{\"type\":\"dns\",\"value\":\"192.0.2.1\"}" },
		{ IDENT_DNS, "a.com:80", "{\"type\":\"dns\",\"value\":\"a.com:80\"}" },
		{ IDENT_IP, "10.0.0.1/32", "{\"type\":\"ip\",\"value\":\"10.0.0.1/32\"}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(idents_release) struct idents l = { 0 };

		idents_add(&l, rows[i].type, rows[i].value);
		AUTO(err_free) struct err *e = identifiers_check_form(&policy, &l);
		AUTO(json_release) json_t *problem = problem_render(e);
		AUTO(free) char *text = json_compact(json_object_get(problem, "identifier"));

		assert_string_equal(text, rows[i].rendered);
	}
}

static const struct {
	const char *value, *says;
} addresses[] = {
	{ "9.9.9.9", NULL },
	{ "2620:fe::9", NULL },
	{ "2620:fe:0::9", "written 2620:fe::9" },
	{ "192.0.2.1", "[RFC5737]" },
	{ "2001:db8::1", "[RFC3849]" },
	{ "192.0.2.01", "no IP address" },
	{ "192.0.2", "no IP address" },
	{ "fe80::1%eth0", "no IP address" },
	{ "[2001:db8::1]", "no IP address" },
	{ "2001:db8::1/64", "no IP address" },
	{ "192.0.2.1:80", "no IP address" },
	{ "example.com", "no IP address" },
	{ "10.0.0.1", "reserved" },
	{ "::ffff:192.0.2.1", "reserved" },
};

static void test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		AUTO(idents_release) struct idents l = { 0 };

		idents_add(&l, IDENT_IP, addresses[i].value);
		if (addresses[i].says == NULL)
			assert_done(identifiers_check_form(&policy, &l));
		else
			assert_refused(identifiers_check_form(&policy, &l), ERR_PROBLEM,
				       addresses[i].says);
	}
}

static void test_switches(void **state)
{
	AUTO(idents_release) struct idents l = { 0 };
	struct ca_config none = { .policy = { .dns = true } };
	const struct policy p = { .config = &none };

	(void)state;
	idents_add(&l, IDENT_DNS, "*.example.com");
	assert_refused(identifiers_check_form(&p, &l), ERR_PROBLEM, "wildcards");
	l.items[0].type = IDENT_IP;
	assert_refused(identifiers_check_form(&p, &l), ERR_PROBLEM, "type ip");
}

static const struct {
	enum ident_type type;
	const char *value;
	bool allowed;
} listed[] = {
	{ IDENT_DNS, "a.example.com", true },        { IDENT_DNS, "example.com", true },
	{ IDENT_DNS, "bad.example.com", false },     { IDENT_DNS, "x.bad.example.com", false },
	{ IDENT_DNS, "*.bad.example.com", false },   { IDENT_DNS, "notbad.example.com", true },
	{ IDENT_DNS, "exact.example.com", false },   { IDENT_DNS, "x.exact.example.com", true },
	{ IDENT_DNS, "*.example.com", false },       { IDENT_DNS, "*.x.example.com", true },
	{ IDENT_DNS, "example.org", false },         { IDENT_DNS, "aexample.com", false },
	{ IDENT_DNS, "www.www.example.com", false }, { IDENT_IP, "192.0.2.1", false },
	{ IDENT_IP, "198.51.100.1", true },
};

static void test_lists(void **state)
{
	AUTO(strlist_release) struct strlist denied = { 0 };

	(void)state;
	strlist_add(&config.policy.allow, "example.com");
	strlist_add(&config.policy.deny, "bad.example.com");
	strlist_add(&config.policy.deny_exact, "exact.example.com");
	strlist_add(&config.policy.on_demand_labels, "www");
	strlist_add(&denied, "192.0.2.0/24");
	assert_done(networks_new(&policy.denied, &denied));
	for (size_t i = 0; i < ARRAY_LEN(listed); i++) {
		AUTO(idents_release) struct idents l = { 0 };

		idents_add(&l, listed[i].type, listed[i].value);
		if (listed[i].allowed)
			assert_done(identifiers_check_lists(&policy, &l));
		else
			assert_refused(identifiers_check_lists(&policy, &l), ERR_PROBLEM,
				       "rejectedIdentifier");
	}
	strlist_release(&config.policy.allow);
	strlist_release(&config.policy.deny);
	strlist_release(&config.policy.deny_exact);
	strlist_release(&config.policy.on_demand_labels);
	networks_free(policy.denied);
}

static void test_overlap(void **state)
{
	AUTO(idents_release) struct idents l = { 0 };

	(void)state;
	idents_add(&l, IDENT_DNS, "*.example.com");
	idents_add(&l, IDENT_DNS, "example.com");
	idents_add(&l, IDENT_DNS, "a.b.example.com");
	assert_done(identifiers_check_overlap(&l));
	idents_add(&l, IDENT_DNS, "www.example.com");
	assert_refused(identifiers_check_overlap(&l), ERR_PROBLEM, "redundant");
}

static const struct {
	enum ident_type type;
	const char *ordered, *certified;
	bool shared;
} shares[] = {
	{ IDENT_DNS, "a.com", "a.com", true },
	{ IDENT_DNS, "a.com", "b.com", false },
	{ IDENT_DNS, "www.a.com", "*.a.com", true },
	{ IDENT_DNS, "a.com", "*.a.com", false },
	{ IDENT_DNS, "*.a.com", "*.a.com", true },
	{ IDENT_DNS, "*.a.com", "www.a.com", false },
	{ IDENT_DNS, "a.b.a.com", "*.a.com", false },
	{ IDENT_IP, "192.0.2.1", "192.0.2.1", true },
	{ IDENT_DNS, "192.0.2.1", "192.0.2.1", false },
};

/* RFC 9773 §5 */
static void test_share(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
		AUTO(idents_release) struct idents l = { 0 };
		AUTO(cert_names_release) struct cert_names names = { 0 };
		bool ip = shares[i].certified[0] == '1';

		idents_add(&l, IDENT_DNS, "unrelated.com");
		idents_add(&l, shares[i].type, shares[i].ordered);
		strlist_add(ip ? &names.ip : &names.dns, shares[i].certified);
		assert_int_equal(identifiers_share(&l, &names), shares[i].shared);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),        cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_subproblems), cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_switches),    cmocka_unit_test(test_lists),
		cmocka_unit_test(test_overlap),     cmocka_unit_test(test_share),
		cmocka_unit_test(test_blame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
