/* libunbound behind dns/resolve, forwarding to a server that lies (tests/e2e/test_dnssec.py has BIND and signed zones). */
#include "check.h"

#include "base/limits.h"
#include "dns/fake_dns.h"
#include "dns/rdata.h"
#include "dns/resolve.h"

/* Of a key that nobody has: what stands below is bogus. */
#define ANCHOR \
	"signed.example. DS 12345 13 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"

static const struct world world = { .clock = &system_clock, .random = &system_random };

struct fixture {
	struct event_base *base;
	struct fake_dns *dns;
	struct strlist anchors;
	struct dns_resolver *resolver;
	unsigned try_ms;
	struct dns_answer answer;
	size_t answers;
};

static struct err *start(struct fixture *f)
{
	const struct address_list servers = { (struct address *)(uintptr_t)fake_dns_address(f->dns),
					      1 };
	const struct dns_options options = { .world = &world,
					     .servers = &servers,
					     .validate = true,
					     .try_ms = f->try_ms,
					     .trust_anchors = &f->anchors };

	return dns_resolver_new(&f->resolver, f->base, &options);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->base = event_base_new();
	f->dns = fake_dns_new(f->base);
	strlist_add(&f->anchors, ANCHOR);
	assert_done(start(f));
	fake_dns_add(f->dns, "foo.example", DNS_TXT, "found");
	fake_dns_add(f->dns, "foo.signed.example", DNS_TXT, "found");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	dns_resolver_free(f->resolver);
	fake_dns_free(f->dns);
	event_base_free(f->base);
	strlist_release(&f->anchors);
	dns_answer_release(&f->answer);
	free(f);
	return 0;
}

static void answered(void *ctx, const struct dns_answer *answer)
{
	struct fixture *f = ctx;

	f->answers++;
	dns_answer_release(&f->answer);
	dns_answer_copy(&f->answer, answer);
	event_base_loopbreak(f->base);
}

static const struct dns_answer *ask(struct fixture *f, const char *name, uint16_t type)
{
	assert_non_null(dns_query(f->resolver, name, type, 20000, answered, f));
	event_base_dispatch(f->base);
	return &f->answer;
}

static void assert_found(const struct dns_answer *a)
{
	AUTO(free) char *text = NULL;
	size_t len = 0;

	assert_int_equal(a->failure, DNS_ANSWERED);
	assert_int_equal(a->records.count, 1);
	assert_done(dns_txt_read(&text, &len, &a->records.items[0]));
	assert_string_equal(text, "found");
	assert_string_equal(a->server, "libunbound");
}

static void finds_what_is_not_signed(void **state)
{
	struct fixture *f = *state;

	assert_found(ask(f, "foo.example", DNS_TXT));
	assert_false(f->answer.authenticated);
	assert_found(ask(f, "foo.example", DNS_TXT)); /* out of its cache */
}

static void says_what_is_forged(void **state) /* RFC 4035 §5 */
{
	struct fixture *f = *state;

	assert_int_equal(ask(f, "foo.signed.example", DNS_TXT)->failure, DNS_BOGUS);
	assert_int_equal(f->answer.records.count, 0);
	assert_non_null(strstr(f->answer.ede_text, "signed.example"));
	assert_false(f->answer.authenticated);
}

static void tells_what_is_not_there(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f, "none.example", DNS_TXT)->failure, DNS_ANSWERED);
	assert_int_equal(f->answer.rcode, DNS_NXDOMAIN);
}

static void follows_cnames(void **state)
{
	struct fixture *f = *state;

	fake_dns_add(f->dns, "alias.example", DNS_CNAME, "foo.example");
	assert_found(ask(f, "alias.example", DNS_TXT));
	assert_int_equal(f->answer.chain.count, 1);
}

static void tells_of_trouble(void **state)
{
	struct fixture *f = *state;

	fake_dns_behave(f->dns, NULL, FAKE_SERVFAIL, 0);
	assert_int_equal(ask(f, "foo.example", DNS_TXT)->failure, DNS_ANSWERED);
	assert_int_equal(f->answer.rcode, DNS_SERVFAIL);
}

/* libunbound would ask for minutes. */
static void gives_up_dead_servers(void **state)
{
	static const struct timeval far_too_long = { .tv_sec = 20 };
	struct fixture *f = *state;

	dns_resolver_free(f->resolver);
	f->try_ms = 10;
	assert_done(start(f));
	fake_dns_behave(f->dns, NULL, FAKE_SILENT, 0);
	assert_non_null(dns_query(f->resolver, "foo.example", DNS_TXT, 0, answered, f));
	assert_int_equal(event_base_loopexit(f->base, &far_too_long), 0);
	event_base_dispatch(f->base);
	assert_int_equal(f->answers, 1);
	assert_int_equal(f->answer.failure, DNS_TIMED_OUT);
}

static void ends_with_the_time_of_the_query(void **state)
{
	struct fixture *f = *state;

	fake_dns_behave(f->dns, NULL, FAKE_SILENT, 0);
	dns_query(f->resolver, "foo.example", DNS_TXT, 30, answered, f);
	event_base_dispatch(f->base);
	assert_int_equal(f->answer.failure, DNS_CANCELED);
}

static void drops_what_is_cancelled(void **state)
{
	struct fixture *f = *state;

	dns_query_cancel(dns_query(f->resolver, "foo.example", DNS_TXT, 0, answered, f));
	assert_found(ask(f, "foo.example", DNS_TXT));
	/* answered at once, out of the cache, and cancelled before that is told */
	dns_query_cancel(dns_query(f->resolver, "foo.example", DNS_TXT, 0, answered, f));
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(f->answers, 1);
}

enum { MANY = 20 * LIMIT_DNS_BURST };

static void counts(void *ctx, const struct dns_answer *answer)
{
	struct fixture *f = ctx;

	assert_int_equal(answer->failure, DNS_ANSWERED);
	if (++f->answers == MANY)
		event_base_loopbreak(f->base);
}

/* More than are begun at once. */
static void lets_many_wait(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < MANY; i++) {
		AUTO(free) char *name = str_fmt("n%zu.example", i);

		assert_non_null(dns_query(f->resolver, name, DNS_TXT, 0, counts, f));
	}
	event_base_dispatch(f->base);
	assert_int_equal(f->answers, MANY);
}

static void frees(void *ctx, const struct dns_answer *answer)
{
	struct fixture *f = ctx;

	assert_found(answer);
	dns_resolver_free(f->resolver);
	f->resolver = NULL;
	event_base_loopbreak(f->base);
}

static void bears_its_end_in_a_callback(void **state)
{
	struct fixture *f = *state;

	fake_dns_behave(f->dns, "other.example", FAKE_SILENT, 0);
	dns_query(f->resolver, "foo.example", DNS_TXT, 0, frees, f);
	dns_query(f->resolver, "other.example", DNS_TXT, 0, answered, f);
	dns_query_cancel(dns_query(f->resolver, "third.example", DNS_TXT, 0, answered, f));
	event_base_dispatch(f->base);
	assert_null(f->resolver);
}

static void refuses_what_is_no_anchor(void **state)
{
	struct fixture *f = *state;

	dns_resolver_free(f->resolver);
	f->resolver = NULL;
	strlist_add(&f->anchors, "this is no anchor");
	assert_refused(start(f), ERR_CONFIG, "trust anchors");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_what_is_not_signed),
		TEST(says_what_is_forged),
		TEST(tells_what_is_not_there),
		TEST(follows_cnames),
		TEST(tells_of_trouble),
		TEST(ends_with_the_time_of_the_query),
		TEST(gives_up_dead_servers),
		TEST(drops_what_is_cancelled),
		TEST(bears_its_end_in_a_callback),
		TEST(lets_many_wait),
		TEST(refuses_what_is_no_anchor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
