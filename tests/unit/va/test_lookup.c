/* Names to addresses: both families, forbidden addresses, one family in trouble. */
#include "check.h"

#include "base/limits.h"
#include "dns/fake_dns.h"
#include "va/lookup.h"

static const struct world world = { .clock = &system_clock, .random = &system_random };

struct fixture {
	struct event_base *base;
	struct fake_dns *dns;
	struct dns_resolver *resolver;
	struct address_policy *policy;
	struct va_lookup_request request;
	struct err *problem;
	struct strlist v6, v4;
	size_t seen;
};

static void sees(void *ctx, const struct dns_answer *a)
{
	struct fixture *f = ctx;

	assert_string_equal(a->name, "foo.example");
	f->seen++;
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->base = event_base_new();
	f->dns = fake_dns_new(f->base);
	const struct address_list servers = { (struct address *)(uintptr_t)fake_dns_address(f->dns),
					      1 };
	const struct dns_options options = { .world = &world, .servers = &servers, .try_ms = 5000 };

	assert_done(dns_resolver_new(&f->resolver, f->base, &options));
	assert_done(address_policy_new(&f->policy, NULL));
	f->request = (struct va_lookup_request){ .resolver = f->resolver,
						 .policy = f->policy,
						 .host = "foo.example",
						 .port = 8080,
						 .witness = { sees, f } };
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	dns_resolver_free(f->resolver);
	fake_dns_free(f->dns);
	address_policy_free(f->policy);
	event_base_free(f->base);
	strlist_release(&f->v6);
	strlist_release(&f->v4);
	err_free(f->problem);
	free(f);
	return 0;
}

static void keep(struct strlist *out, const struct address_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		strlist_take(out, address_port_text(&l->items[i]));
}

static void finished(void *ctx, struct err *problem, const struct va_addresses *found)
{
	struct fixture *f = ctx;

	f->problem = problem;
	keep(&f->v6, &found->v6);
	keep(&f->v4, &found->v4);
	event_base_loopbreak(f->base);
}

static void look_up(struct fixture *f)
{
	assert_non_null(va_lookup(&f->request, finished, f));
	event_base_dispatch(f->base);
	assert_int_equal(f->seen, 2);
}

static void add(struct fixture *f, uint16_t type, const char *data)
{
	fake_dns_add(f->dns, "foo.example", type, data);
}

static void assert_list(const struct strlist *l, const char *joined)
{
	AUTO(free) char *text = strlist_join(l, " ");

	assert_string_equal(text, joined);
}

static void finds_both_families(void **state)
{
	struct fixture *f = *state;

	add(f, DNS_A, "9.9.9.9");
	add(f, DNS_A, "8.8.8.8");
	add(f, DNS_AAAA, "2600::1");
	look_up(f);
	assert_null(f->problem);
	assert_list(&f->v4, "9.9.9.9:8080 8.8.8.8:8080");
	assert_list(&f->v6, "[2600::1]:8080");
}

static void drops_what_is_forbidden(void **state)
{
	struct fixture *f = *state;

	add(f, DNS_A, "10.0.0.1");
	add(f, DNS_A, "9.9.9.9");
	add(f, DNS_AAAA, "fd00::1");
	add(f, DNS_AAAA, "::ffff:9.9.9.9");
	look_up(f);
	assert_null(f->problem);
	assert_list(&f->v4, "9.9.9.9:8080");
	assert_list(&f->v6, "");
}

static void says_why_nothing_is_left(void **state)
{
	struct fixture *f = *state;

	add(f, DNS_A, "127.0.0.1");
	add(f, DNS_A, "10.0.0.1");
	look_up(f);
	assert_true(err_has_type(f->problem, "dns"));
	assert_string_equal(f->problem->detail,
			    "no valid A records found for foo.example - 127.0.0.1 is in a reserved "
			    "address block: [RFC1122]: Loopback; "
			    "no valid AAAA records found for foo.example");
}

static void forgives_one_family(void **state)
{
	struct fixture *f = *state;

	add(f, DNS_AAAA, "2600::1");
	fake_dns_behave(f->dns, "foo.example", FAKE_SERVFAIL, 1); /* A is asked first */
	look_up(f);
	assert_null(f->problem);
	assert_list(&f->v6, "[2600::1]:8080");
	assert_list(&f->v4, "");
}

static void joins_both_troubles(void **state)
{
	struct fixture *f = *state;

	fake_dns_behave(f->dns, "foo.example", FAKE_SERVFAIL, 1);
	look_up(f);
	assert_string_equal(
		f->problem->detail,
		"DNS problem: SERVFAIL looking up A for foo.example - the domain's "
		"nameservers may be malfunctioning; DNS problem: NXDOMAIN looking up AAAA "
		"for foo.example - check that a DNS record exists for this domain");
}

static void keeps_some_of_very_many(void **state)
{
	struct fixture *f = *state;

	for (int i = 1; i <= 200; i++) {
		AUTO(free) char *text = str_fmt("9.9.9.%d", i);

		add(f, DNS_A, text);
	}
	look_up(f);
	assert_null(f->problem);
	assert_int_equal(f->v4.count, LIMIT_VA_ADDRESSES);
	assert_string_equal(f->v4.items[0], "9.9.9.1:8080");
}

static bool lies_about_lengths(void *ctx, struct dns_message *m, bool tcp)
{
	AUTO(buf_release) struct buf data = BUF_INIT(64);

	(void)ctx;
	(void)tcp;
	m->rcode = DNS_NOERROR;
	buf_adds(&data, "12345");
	dns_records_add(&m->answer, m->question, m->qtype, 60, &data);
	dns_records_add(&m->answer, m->question, m->qtype, 60, &data);
	return true;
}

static void takes_no_odd_addresses(void **state)
{
	struct fixture *f = *state;

	fake_dns_own(f->dns, lies_about_lengths, NULL);
	look_up(f);
	assert_true(err_has_type(f->problem, "dns"));
}

static void can_be_cancelled(void **state)
{
	struct fixture *f = *state;

	va_lookup_cancel(va_lookup(&f->request, finished, f));
	va_lookup_cancel(NULL);
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(f->seen, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_both_families),      TEST(drops_what_is_forbidden),
		TEST(says_why_nothing_is_left), TEST(forgives_one_family),
		TEST(joins_both_troubles),      TEST(takes_no_odd_addresses),
		TEST(can_be_cancelled),         TEST(keeps_some_of_very_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
