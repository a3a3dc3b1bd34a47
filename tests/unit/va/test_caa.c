/* CAA: sets of records, and the walk up the tree. */
#include "check.h"

#include "dns/fake_dns.h"
#include "dns/rdata.h"
#include "va/caa.h"

#define ACCOUNT "https://ca.example/acme/acct/1"
#define ALIAS "https://old.example/acct/1"
#define OURS "0 issue \"ca.example\""
#define OTHERS "0 issue \"other.example\""

static const struct world world = { .clock = &system_clock, .random = &system_random };

struct set {
	const char *what;
	const char *records[4];
	bool wildcard;
	const char *method; /* NULL: http-01 */
	bool permits;
};

#define ISSUE(parameters) "0 issue \"ca.example" parameters "\""

static const struct set sets[] = {
	{ "issue for us", { OURS }, .permits = true },
	{ "issue for another", { OTHERS }, .permits = false },
	{ "another and us", { OTHERS, OURS }, .permits = true },
	{ "mixed case of the tag", { "0 iSsUe \"other.example\"" }, .permits = false },
	{ "mixed case of the tag, us", { "0 ISSUE \"ca.example\"" }, .permits = true },
	{ "critical, another", { "128 issue \"other.example\"" }, .permits = false },
	{ "critical, us", { "128 issue \"ca.example\"" }, .permits = true },
	{ "critical twice, one us",
	  { "128 issue \"other.example\"", "128 issue \"ca.example\"" },
	  .permits = true },
	{ "unknown critical", { "128 foo \"\"" }, .permits = false },
	{ "unknown critical beside us", { OURS, "128 foo \"\"" }, .permits = false },
	{ "unknown, flag 1", { "1 foo \"\"" }, .permits = false },
	{ "unknown, flag 9", { "9 foo \"\"" }, .permits = false },
	{ "unknown, other flags", { "126 foo \"\"" }, .permits = true },
	{ "unknown, no flag", { "0 foo \"\"" }, .permits = true },
	{ "only iodef and kin, critical",
	  { "128 iodef \"mailto:a@b\"", "128 issuemail \";\"", "128 issuevmc \";\"" },
	  .permits = true },
	{ "nobody", { "0 issue \";\"" }, .permits = false },
	{ "nobody, empty", { "0 issue \"\"" }, .permits = false },
	{ "nobody and us", { "0 issue \";\"", OURS }, .permits = true },
	{ "nobody, wildcard", { "0 issue \";\"" }, .wildcard = true },
	{ "issue for us, wildcard", { OURS }, .wildcard = true, .permits = true },
	{ "no wildcards", { "0 issuewild \";\"" }, .wildcard = true },
	{ "no wildcards, plain", { "0 issuewild \";\"" }, .permits = true },
	{ "wildcards of another", { OURS, "0 issuewild \"other.example\"" }, .wildcard = true },
	{ "wildcards of another, plain",
	  { OURS, "0 issuewild \"other.example\"" },
	  .permits = true },
	{ "our wildcards",
	  { OTHERS, "0 issuewild \"ca.example\"" },
	  .wildcard = true,
	  .permits = true },
	{ "our wildcards, plain", { OTHERS, "0 issuewild \"ca.example\"" }, .permits = false },
	{ "second wildcard us",
	  { "0 issuewild \"other.example\"", "0 issuewild \"ca.example\"" },
	  .wildcard = true,
	  .permits = true },
	{ "domain in other case", { "0 issue \"CA.example\"" }, .permits = false },
	{ "domain below ours", { "0 issue \"sub.ca.example\"" }, .permits = false },
	{ "domain with a dot behind", { "0 issue \"ca.example.\"" }, .permits = false },
	{ "white space",
	  { "0 issue \" \tca.example\t ;\taccounturi = " ACCOUNT " \"" },
	  .permits = true },
	{ "semicolon behind", { ISSUE(";") }, .permits = true },
	{ "semicolon and blanks", { ISSUE(" ; \t") }, .permits = true },
	{ "two semicolons", { ISSUE(";;") }, .permits = false },
	{ "semicolon behind a parameter",
	  { ISSUE("; a=b;") },
	  .permits = false }, /* not in RFC 8659 §4.2 */
	{ "unknown parameter", { ISSUE("; a=b") }, .permits = true },
	{ "unknown parameters", { ISSUE(";a=b;c=;d=e=f") }, .permits = true },
	{ "tag with underscore", { ISSUE("; a_b=c") }, .permits = false },
	{ "tag with hyphen", { ISSUE("; a-b=c") }, .permits = false },
	{ "no tag", { ISSUE("; =c") }, .permits = false },
	{ "no equals", { ISSUE("; a") }, .permits = false },
	{ "space in a value", { ISSUE("; a=b c") }, .permits = false },
	{ "non-ASCII value", { ISSUE("; a=\xc3\xa9") }, .permits = false },
	{ "control in a value", { ISSUE("; a=b\x7f") }, .permits = false },
	{ "no semicolon between", { ISSUE("; a=b c=d") }, .permits = false },
	{ "no semicolon before", { ISSUE(" a=b") }, .permits = false },
	{ "malformed beside ours", { ISSUE("; a"), OURS }, .permits = true },
	{ "our account", { ISSUE("; accounturi=" ACCOUNT) }, .permits = true },
	{ "our account by its other name", { ISSUE("; accounturi=" ALIAS) }, .permits = true },
	{ "other account",
	  { ISSUE("; accounturi=https://ca.example/acme/acct/2") },
	  .permits = false },
	{ "other CA's account",
	  { ISSUE("; accounturi=https://other.example/acme/acct/1") },
	  .permits = false },
	{ "account no URI", { ISSUE("; accounturi=1") }, .permits = false },
	{ "account empty", { ISSUE("; accounturi=") }, .permits = false },
	{ "account twice",
	  { ISSUE("; accounturi=" ACCOUNT "; accounturi=" ACCOUNT) },
	  .permits = false },
	{ "one of two has our account",
	  { ISSUE("; accounturi=https://ca.example/acme/acct/2"), ISSUE("; accounturi=" ACCOUNT) },
	  .permits = true },
	{ "our method", { ISSUE("; validationmethods=http-01,dns-01") }, .permits = true },
	{ "our method, last", { ISSUE("; validationmethods=dns-01,http-01") }, .permits = true },
	{ "other method",
	  { ISSUE("; validationmethods=http-01,dns-01") },
	  .method = "tls-alpn-01" },
	{ "part of a method", { ISSUE("; validationmethods=http-011,http-0") }, .permits = false },
	{ "no method", { ISSUE("; validationmethods=") }, .permits = false },
	{ "comma", { ISSUE("; validationmethods=,") }, .permits = false },
	{ "comma behind", { ISSUE("; validationmethods=http-01,") }, .permits = false },
	{ "method with odd letters",
	  { ISSUE("; validationmethods=howdy!,http-01") },
	  .permits = false },
	{ "methods twice",
	  { ISSUE("; validationmethods=http-01; validationmethods=http-01") },
	  .permits = false },
	{ "unknown method too", { ISSUE("; validationmethods=ca-foo,http-01") }, .permits = true },
	{ "account and method",
	  { ISSUE("; accounturi=" ACCOUNT "; validationmethods=http-01") },
	  .permits = true },
	{ "account, not method",
	  { ISSUE("; accounturi=" ACCOUNT "; validationmethods=dns-01") },
	  .permits = false },
	{ "method, not account",
	  { ISSUE("; accounturi=" ALIAS "/; validationmethods=http-01") },
	  .permits = false },
};

struct fixture {
	struct event_base *base;
	struct fake_dns *dns;
	struct dns_resolver *resolver;
	unsigned try_ms;
	struct strlist uris;
	struct caa_request request;
	struct err *problem;
	char *found_at;
	size_t seen;
};

static void sees(void *ctx, const struct dns_answer *a)
{
	struct fixture *f = ctx;

	assert_int_equal(a->type, DNS_CAA);
	f->seen++;
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->base = event_base_new();
	f->dns = fake_dns_new(f->base);
	fake_dns_add(f->dns, "example", DNS_TXT, "so that there is such a TLD");
	strlist_add(&f->uris, ACCOUNT);
	strlist_add(&f->uris, ALIAS);
	f->try_ms = 5000;
	f->request = (struct caa_request){ .domain = "www.foo.example",
					   .method = "http-01",
					   .issuer_domain = "ca.example",
					   .account_uris = &f->uris,
					   .witness = { sees, f } };
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	dns_resolver_free(f->resolver);
	fake_dns_free(f->dns);
	event_base_free(f->base);
	strlist_release(&f->uris);
	err_free(f->problem);
	free(f->found_at);
	free(f);
	return 0;
}

static void add_record(struct fixture *f, const char *text)
{
	fake_dns_add(f->dns, "foo.example", DNS_CAA, text);
}

static void finished(void *ctx, struct err *problem, const char *found_at)
{
	struct fixture *f = ctx;

	f->problem = problem;
	f->found_at = found_at != NULL ? xstrdup(found_at) : NULL;
	event_base_loopbreak(f->base);
}

static void check(struct fixture *f)
{
	const struct address_list servers = { (struct address *)(uintptr_t)fake_dns_address(f->dns),
					      1 };
	const struct dns_options options = { .world = &world,
					     .servers = &servers,
					     .try_ms = f->try_ms };

	assert_done(dns_resolver_new(&f->resolver, f->base, &options));
	f->request.resolver = f->resolver;
	assert_non_null(caa_check(&f->request, finished, f));
	event_base_dispatch(f->base);
}

static void judge(struct fixture *f, const struct set *s)
{
	print_message("# %s\n", s->what);
	for (size_t i = 0; i < ARRAY_LEN(s->records) && s->records[i] != NULL; i++)
		add_record(f, s->records[i]);
	if (s->wildcard)
		f->request.domain = "*.www.foo.example";
	if (s->method != NULL)
		f->request.method = s->method;
	check(f);
	assert_string_equal(f->found_at, "foo.example");
	assert_int_equal(f->problem == NULL, s->permits);
	if (!s->permits) {
		assert_true(err_has_type(f->problem, "caa"));
		assert_string_equal(f->problem->detail,
				    "CAA record for foo.example prevents issuance");
	}
}

static void judges_sets(void **state) /* RFC 8659 §4.2, §4.3, RFC 8657 §3, §4 */
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		void *own = NULL;

		setup(&own);
		judge(own, &sets[i]);
		teardown(&own);
	}
}

/* Without a tag: what nobody can read is nobody's permission. */
static void forbids_what_it_cannot_read(void **state)
{
	struct fixture *f = *state;
	AUTO(dns_records_release) struct dns_records set = { 0 };
	AUTO(buf_release) struct buf data = BUF_INIT(16);

	buf_add(&data, "\0\0", 2);
	dns_records_add(&set, "foo.example", DNS_CAA, 60, &data);
	assert_false(caa_permits(&set, &f->request));
}

static void asks_the_whole_tree(void **state) /* RFC 8659 §3 */
{
	struct fixture *f = *state;

	check(f);
	assert_null(f->problem);
	assert_null(f->found_at);
	assert_true(fake_dns_was_asked(f->dns, "www.foo.example", DNS_CAA));
	assert_true(fake_dns_was_asked(f->dns, "foo.example", DNS_CAA));
	assert_true(fake_dns_was_asked(f->dns, "example", DNS_CAA));
	assert_int_equal(f->seen, 3);
}

static void asks_nothing_of_the_star(void **state)
{
	struct fixture *f = *state;

	f->request.domain = "*.foo.example";
	check(f);
	assert_null(f->problem);
	assert_int_equal(f->seen, 2);
}

static void the_leaf_decides(void **state)
{
	struct fixture *f = *state;

	fake_dns_add(f->dns, "www.foo.example", DNS_CAA, OURS);
	add_record(f, OTHERS);
	check(f);
	assert_null(f->problem);
	assert_string_equal(f->found_at, "www.foo.example");
}

static void the_leaf_decides_over_troubles_above(void **state)
{
	struct fixture *f = *state;

	fake_dns_add(f->dns, "www.foo.example", DNS_CAA, OURS);
	fake_dns_behave(f->dns, "foo.example", FAKE_SERVFAIL, 0);
	fake_dns_behave(f->dns, "example", FAKE_SILENT, 0);
	check(f);
	assert_null(f->problem);
}

static void goes_over_cnames(void **state)
{
	struct fixture *f = *state;

	fake_dns_add(f->dns, "www.foo.example", DNS_CNAME, "host.other.example");
	fake_dns_add(f->dns, "host.other.example", DNS_CAA, OTHERS);
	add_record(f, OURS);
	check(f);
	assert_string_equal(f->found_at, "www.foo.example");
	assert_true(err_has_type(f->problem, "caa"));
}

struct trouble {
	const char *name;
	enum fake_deed deed;
	const char *detail;
};

static const struct trouble troubles[] = {
	{ "www.foo.example", FAKE_SERVFAIL,
	  "SERVFAIL looking up CAA for www.foo.example - the domain's" },
	{ "www.foo.example", FAKE_SILENT, "query timed out looking up CAA for www.foo.example" },
	{ "www.foo.example", FAKE_TRUNCATED_TCP, "response was truncated looking up CAA for" },
	{ "www.foo.example", FAKE_EDE,
	  "DNS problem: looking up CAA for www.foo.example: DNSSEC: DNSSEC Bogus: signature expired" },
	{ "foo.example", FAKE_SERVFAIL, "SERVFAIL looking up CAA for foo.example" },
};

static void meet(struct fixture *f, const struct trouble *t)
{
	fake_dns_behave(f->dns, t->name, t->deed, 0);
	if (t->deed == FAKE_SILENT)
		f->try_ms = 20;
	if (!streq(t->name, "foo.example"))
		add_record(f, OURS);
	check(f);
	assert_non_null(f->problem);
	assert_true(err_has_type(f->problem, "dns"));
	assert_true(str_starts(f->problem->detail,
			       "While processing CAA for www.foo.example: DNS problem: "));
	if (strstr(f->problem->detail, t->detail) == NULL)
		fail_msg("%s: no \"%s\"", f->problem->detail, t->detail);
}

static void trouble_is_no_permission(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
		void *own = NULL;

		setup(&own);
		meet(own, &troubles[i]);
		teardown(&own);
	}
}

/* Unless it is one that only an inner server knows the names of. */
static void the_tld_has_to_exist(void **state)
{
	struct fixture *f = *state;

	f->request.domain = "www.foo.org";
	check(f);
	assert_non_null(f->problem);
	assert_true(err_has_type(f->problem, "dns"));
	assert_non_null(strstr(f->problem->detail, "NXDOMAIN looking up CAA for org - check that"));
}

static void a_private_tld_may_be_unknown(void **state)
{
	struct fixture *f = *state;

	f->request.domain = "www.corp.lan";
	check(f);
	assert_null(f->problem);
	assert_null(f->found_at);
}

static void can_be_cancelled(void **state)
{
	struct fixture *f = *state;

	check(f);
	f->seen = 0;
	caa_check_cancel(caa_check(&f->request, finished, f));
	caa_check_cancel(NULL);
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(f->seen, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_sets), TEST(forbids_what_it_cannot_read),
		TEST(asks_the_whole_tree),     TEST(asks_nothing_of_the_star),
		TEST(the_leaf_decides),        TEST(the_leaf_decides_over_troubles_above),
		TEST(goes_over_cnames),        cmocka_unit_test(trouble_is_no_permission),
		TEST(the_tld_has_to_exist),    TEST(a_private_tld_may_be_unknown),
		TEST(can_be_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
