/* The stub against servers that answer, fall silent and lie. */
#include "check.h"

#include <sys/resource.h>

#include "base/fs.h"
#include "base/limits.h"
#include "dns/fake_dns.h"
#include "dns/rdata.h"
#include "dns/resolve.h"

#define LONG_NAME "a-name-of-so-many-letters-that-chance-does-not-help.foo.example"

/* Where a short try is to be lost and a later one won, there are so many that a busy machine may lose some more. */
enum { TRY_MS = 20, PATIENT_MS = 5000, MANY_TRIES = 100 };

static const struct world world = { .clock = &system_clock, .random = &system_random };

struct fixture {
	struct event_base *base;
	struct fake_dns *dns, *second;
	struct address_list servers;
	struct dns_options options;
	struct dns_resolver *resolver;
	struct dns_answer answer;
	size_t answers, wanted;
};

static void add_server(struct fixture *f, const struct address *a)
{
	f->servers.items = xrealloc(f->servers.items, f->servers.count + 1, sizeof(*a));
	f->servers.items[f->servers.count++] = *a;
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->base = event_base_new();
	f->dns = fake_dns_new(f->base);
	f->second = fake_dns_new(f->base);
	add_server(f, fake_dns_address(f->dns));
	f->options = (struct dns_options){ .world = &world,
					   .servers = &f->servers,
					   .try_ms = PATIENT_MS };
	fake_dns_add(f->dns, "foo.example", DNS_TXT, "found");
	fake_dns_add(f->dns, LONG_NAME, DNS_TXT, "found");
	fake_dns_add(f->second, "foo.example", DNS_TXT, "found");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	dns_resolver_free(f->resolver);
	dns_answer_release(&f->answer);
	fake_dns_free(f->dns);
	fake_dns_free(f->second);
	event_base_free(f->base);
	address_list_release(&f->servers);
	free(f);
	return 0;
}

static void answered(void *ctx, const struct dns_answer *answer)
{
	struct fixture *f = ctx;

	dns_answer_release(&f->answer);
	dns_answer_copy(&f->answer, answer);
	if (++f->answers == f->wanted)
		event_base_loopbreak(f->base);
}

static void start(struct fixture *f)
{
	if (f->resolver == NULL)
		assert_done(dns_resolver_new(&f->resolver, f->base, &f->options));
}

static const struct dns_answer *ask(struct fixture *f, const char *name, uint16_t type)
{
	start(f);
	f->wanted = f->answers + 1;
	assert_non_null(dns_query(f->resolver, name, type, 0, answered, f));
	event_base_dispatch(f->base);
	assert_int_equal(f->answers, f->wanted);
	return &f->answer;
}

static void assert_found(const struct dns_answer *a)
{
	AUTO(free) char *text = NULL;
	size_t len = 0;

	assert_int_equal(a->failure, DNS_ANSWERED);
	assert_int_equal(a->rcode, DNS_NOERROR);
	assert_int_equal(a->records.count, 1);
	assert_done(dns_txt_read(&text, &len, &a->records.items[0]));
	assert_string_equal(text, "found");
}

struct lie {
	const char *what;
	enum fake_deed deed;
	unsigned times;
	unsigned try_ms;
	bool mixed_case;
	enum dns_failure failure;
	unsigned rcode;
	bool found;
	unsigned tries;
	bool tcp;
};

static const struct lie lies[] = {
	{ .what = "honest", .deed = FAKE_ANSWERS, .found = true, .tries = 1 },
	{ .what = "honest, case mixed", .mixed_case = true, .found = true, .tries = 1 },
	{ .what = "SERVFAIL", .deed = FAKE_SERVFAIL, .rcode = DNS_SERVFAIL, .tries = 1 },
	{ .what = "NXDOMAIN", .deed = FAKE_NXDOMAIN, .rcode = DNS_NXDOMAIN, .tries = 1 },
	{ .what = "REFUSED alone", .deed = FAKE_REFUSED_BARE, .rcode = DNS_REFUSED, .tries = 1 },
	{ .what = "knows no EDNS", .deed = FAKE_NO_EDNS, .found = true, .tries = 1 },
	{ .what = "silent once",
	  .deed = FAKE_SILENT,
	  .times = 1,
	  .try_ms = TRY_MS,
	  .found = true,
	  .tries = 2 },
	{ .what = "silent",
	  .deed = FAKE_SILENT,
	  .try_ms = TRY_MS,
	  .failure = DNS_TIMED_OUT,
	  .tries = 3 },
	{ .what = "truncated", .deed = FAKE_TRUNCATED, .found = true, .tries = 1, .tcp = true },
	{ .what = "truncated by TCP",
	  .deed = FAKE_TRUNCATED_TCP,
	  .failure = DNS_TRUNCATED,
	  .tries = 1,
	  .tcp = true },
	{ .what = "TCP breaks off",
	  .deed = FAKE_CLOSES_TCP,
	  .failure = DNS_TRUNCATED,
	  .tries = 3,
	  .tcp = true },
	{ .what = "TCP in bytes",
	  .deed = FAKE_DRIBBLES_TCP,
	  .found = true,
	  .tries = 1,
	  .tcp = true },
	{ .what = "wrong id",
	  .deed = FAKE_WRONG_ID,
	  .try_ms = TRY_MS,
	  .failure = DNS_TIMED_OUT,
	  .tries = 3 },
	{ .what = "wrong id, then right", .deed = FAKE_WRONG_ID_FIRST, .found = true, .tries = 1 },
	{ .what = "a flood of ids",
	  .deed = FAKE_FORGES_BY_UDP,
	  .found = true,
	  .tries = 1,
	  .tcp = true },
	{ .what = "other name",
	  .deed = FAKE_WRONG_NAME,
	  .failure = DNS_BAD_ANSWER,
	  .tries = 3,
	  .tcp = true },
	{ .what = "other type",
	  .deed = FAKE_WRONG_TYPE,
	  .failure = DNS_BAD_ANSWER,
	  .tries = 3,
	  .tcp = true },
	{ .what = "other case",
	  .deed = FAKE_WRONG_CASE,
	  .mixed_case = true,
	  .found = true,
	  .tries = 1,
	  .tcp = true },
	{ .what = "other case, not mixed", .deed = FAKE_WRONG_CASE, .found = true, .tries = 1 },
	{ .what = "echo", .deed = FAKE_ECHOES, .failure = DNS_BAD_ANSWER, .tries = 3, .tcp = true },
	{ .what = "garbage",
	  .deed = FAKE_GARBAGE,
	  .failure = DNS_BAD_ANSWER,
	  .tries = 3,
	  .tcp = true },
	{ .what = "garbage once",
	  .deed = FAKE_GARBAGE,
	  .times = 1,
	  .found = true,
	  .tries = 1,
	  .tcp = true },
	{ .what = "nothing",
	  .deed = FAKE_EMPTY,
	  .try_ms = TRY_MS,
	  .failure = DNS_TIMED_OUT,
	  .tries = 3 },
};

static void meet(struct fixture *f, const struct lie *l)
{
	print_message("# %s\n", l->what);
	if (l->try_ms > 0)
		f->options.try_ms = l->try_ms;
	if (l->try_ms > 0 && l->found)
		f->options.tries = MANY_TRIES;
	f->options.mixed_case = l->mixed_case;
	fake_dns_behave(f->dns, NULL, l->deed, l->times);
	const struct dns_answer *a = ask(f, LONG_NAME, DNS_TXT);

	assert_string_equal(a->name, LONG_NAME);
	assert_int_equal(a->failure, l->failure);
	assert_int_equal(a->rcode, l->rcode);
	if (f->options.tries == MANY_TRIES)
		assert_in_range(a->tries, l->tries, MANY_TRIES);
	else
		assert_int_equal(a->tries, l->tries);
	assert_int_equal(fake_dns_tcp_questions(f->dns) > 0, l->tcp);
	if (l->found)
		assert_found(a);
	else
		assert_int_equal(a->records.count, 0);
}

static void knows_answers_from_lies(void **state) /* RFC 5452 §9.1, RFC 7766 §5, RFC 6891 §7 */
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		void *own = NULL;

		setup(&own);
		meet(own, &lies[i]);
		teardown(&own);
	}
}

static void asks_as_it_should(void **state)
{
	struct fixture *f = *state;
	const struct dns_message *asked = fake_dns_last(f->dns);

	f->options.trust_ad = true;
	ask(f, "FOO.example", DNS_TXT);
	assert_string_equal(f->answer.name, "foo.example");
	assert_true(asked->recursion_desired);
	assert_true(asked->authentic_data); /* RFC 6840 §5.7 */
	assert_true(asked->edns);
	assert_int_equal(asked->udp_size, 1232);
}

static bool says_authentic(void *ctx, struct dns_message *reply, bool tcp)
{
	(void)ctx;
	(void)tcp;
	reply->authentic_data = true;
	return true;
}

static void believes_ad_only_when_told(void **state) /* RFC 6840 §5.8 */
{
	for (int trusted = 0; trusted < 2; trusted++) {
		void *own = NULL;

		setup(&own);
		struct fixture *f = own;

		f->options.trust_ad = trusted == 1;
		fake_dns_own(f->dns, says_authentic, NULL);
		assert_int_equal(ask(f, "foo.example", DNS_TXT)->authenticated, trusted == 1);
		teardown(&own);
	}
	(void)state;
}

static void keeps_extended_errors(void **state) /* RFC 8914 §2 */
{
	struct fixture *f = *state;

	fake_dns_behave(f->dns, NULL, FAKE_EDE, 0);
	const struct dns_answer *a = ask(f, "foo.example", DNS_TXT);

	assert_int_equal(a->failure, DNS_ANSWERED);
	assert_int_equal(a->rcode, DNS_SERVFAIL);
	assert_int_equal(a->ede_code, 6);
	assert_string_equal(a->ede_text, "signature expired");
}

static void goes_on_to_the_next_server(void **state)
{
	struct fixture *f = *state;
	AUTO(free) char *second = address_port_text(fake_dns_address(f->second));

	add_server(f, fake_dns_address(f->second));
	f->options.try_ms = TRY_MS;
	f->options.tries = MANY_TRIES;
	fake_dns_behave(f->dns, NULL, FAKE_SILENT, 0);
	for (int i = 0; i < 10; i++) {
		assert_found(ask(f, "foo.example", DNS_TXT));
		assert_string_equal(f->answer.server, second);
	}
	assert_true(fake_dns_questions(f->dns) < fake_dns_questions(f->second)); /* stays there */
}

static void asks_another_when_one_will_not(void **state)
{
	struct fixture *f = *state;

	add_server(f, fake_dns_address(f->second));
	fake_dns_behave(f->dns, NULL, FAKE_REFUSED_BARE, 0);
	assert_found(ask(f, "foo.example", DNS_TXT));
	assert_int_equal(f->answer.tries, 2);
}

static void does_not_shop_around_after_servfail(void **state)
{
	struct fixture *f = *state;

	add_server(f, fake_dns_address(f->second));
	fake_dns_behave(f->dns, NULL, FAKE_SERVFAIL, 0);
	assert_int_equal(ask(f, "foo.example", DNS_TXT)->rcode, DNS_SERVFAIL);
	assert_int_equal(fake_dns_questions(f->second), 0);
}

/* A port where nobody listens. */
static void add_dead_server(struct fixture *f)
{
	struct fake_dns *gone = fake_dns_new(f->base);

	add_server(f, fake_dns_address(gone));
	fake_dns_free(gone);
}

static void passes_over_a_dead_server(void **state)
{
	struct fixture *f = *state;

	f->servers.count = 0;
	add_dead_server(f);
	add_server(f, fake_dns_address(f->second));
	assert_found(ask(f, "foo.example", DNS_TXT));
	assert_int_equal(f->answer.tries, 2);
}

static void says_that_nobody_is_there(void **state)
{
	struct fixture *f = *state;

	f->servers.count = 0;
	add_dead_server(f);
	add_dead_server(f);
	assert_int_equal(ask(f, "foo.example", DNS_TXT)->failure, DNS_UNREACHABLE);
	assert_int_equal(f->answer.tries, 2);
	assert_null(f->answer.server);
}

static void ends_with_the_time_of_the_query(void **state)
{
	struct fixture *f = *state;

	fake_dns_behave(f->dns, NULL, FAKE_SILENT, 0);
	start(f);
	f->wanted = 1;
	dns_query(f->resolver, "foo.example", DNS_TXT, TRY_MS, answered, f);
	event_base_dispatch(f->base);
	assert_int_equal(f->answer.failure, DNS_CANCELED);
}

static void refuses_what_is_no_name(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f, "a..example", DNS_TXT)->failure, DNS_BAD_ANSWER);
	assert_non_null(f->answer.ede_text);
	assert_int_equal(fake_dns_questions(f->dns), 0);
}

/* The names c0 -> c1 -> ... -> c<count>, where the text is; the server tells one step at a time. */
static void add_chain(struct fixture *f, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(free) char *from = str_fmt("c%zu.example", i);
		AUTO(free) char *to = str_fmt("C%zu.example", i + 1);

		fake_dns_add(f->dns, from, DNS_CNAME, to);
	}
	AUTO(free) char *end = str_fmt("c%zu.example", count);

	fake_dns_add(f->dns, end, DNS_TXT, "found");
}

static void follows_cnames_from_server_to_server(void **state) /* RFC 1034 §3.6.2 */
{
	struct fixture *f = *state;

	add_chain(f, LIMIT_DNS_CHAIN);
	assert_found(ask(f, "c0.example", DNS_TXT));
	assert_int_equal(f->answer.chain.count, LIMIT_DNS_CHAIN);
	assert_int_equal(fake_dns_questions(f->dns), LIMIT_DNS_CHAIN + 1);
	assert_string_equal(f->answer.name, "c0.example");
}

static void gives_long_chains_up(void **state)
{
	struct fixture *f = *state;

	add_chain(f, LIMIT_DNS_CHAIN + 1);
	assert_int_equal(ask(f, "c0.example", DNS_TXT)->failure, DNS_BAD_ANSWER);
	assert_int_equal(f->answer.records.count, 0);
}

static void add_cname(struct dns_message *m, const char *from, const char *to)
{
	AUTO(buf_release) struct buf data = BUF_INIT(LIMIT_DNS_DATA);

	assert_done(dns_target_write(&data, to));
	dns_records_add(&m->answer, from, DNS_CNAME, 60, &data);
}

static void add_txt(struct dns_message *m, const char *name, const char *text)
{
	AUTO(buf_release) struct buf data = BUF_INIT(LIMIT_DNS_DATA);

	dns_txt_write(&data, text, strlen(text));
	dns_records_add(&m->answer, name, DNS_TXT, 60, &data);
}

/* Backwards, with other people's records between. */
static bool tells_the_chain(void *ctx, struct dns_message *m, bool tcp)
{
	(void)ctx;
	(void)tcp;
	m->rcode = DNS_NOERROR;
	add_txt(m, "b.example", "found");
	add_txt(m, "stranger.example", "not asked for");
	add_cname(m, "A.example", "b.example");
	add_cname(m, "foo2.example", "a.EXAMPLE");
	add_txt(m, "foo2.example.evil", "not asked for");
	return true;
}

static void follows_cnames_in_one_answer(void **state)
{
	struct fixture *f = *state;

	fake_dns_own(f->dns, tells_the_chain, NULL);
	assert_found(ask(f, "foo2.example", DNS_TXT));
	assert_int_equal(f->answer.chain.count, 2);
	assert_int_equal(fake_dns_questions(f->dns), 1);
}

static bool loops(void *ctx, struct dns_message *m, bool tcp)
{
	(void)ctx;
	(void)tcp;
	m->rcode = DNS_NOERROR;
	add_cname(m, "foo2.example", "a.example");
	add_cname(m, "a.example", "FOO2.example");
	return true;
}

static void ends_a_loop(void **state)
{
	struct fixture *f = *state;

	fake_dns_own(f->dns, loops, NULL);
	assert_int_equal(ask(f, "foo2.example", DNS_TXT)->failure, DNS_BAD_ANSWER);
}

static bool has_no_more(void *ctx, struct dns_message *m, bool tcp)
{
	AUTO(buf_release) struct buf data = BUF_INIT(LIMIT_DNS_DATA);

	(void)ctx;
	(void)tcp;
	m->rcode = DNS_NOERROR;
	add_cname(m, "foo2.example", "a.example");
	buf_add(&data, "\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1", 22);
	dns_records_add(&m->authority, "example", DNS_SOA, 60, &data);
	return true;
}

static void asks_no_more_where_nothing_is(void **state) /* RFC 2308 §2.2 */
{
	struct fixture *f = *state;

	fake_dns_own(f->dns, has_no_more, NULL);
	ask(f, "foo2.example", DNS_TXT);
	assert_int_equal(f->answer.failure, DNS_ANSWERED);
	assert_int_equal(f->answer.records.count, 0);
	assert_int_equal(fake_dns_questions(f->dns), 1);
}

static bool is_huge(void *ctx, struct dns_message *m, bool tcp)
{
	size_t count = *(const size_t *)ctx;
	char text[1000] = { 0 };

	memset(text, 'x', sizeof(text) - 1);
	m->rcode = DNS_NOERROR;
	m->truncated = !tcp;
	for (size_t i = 0; tcp && i < count; i++)
		add_txt(m, m->question, text);
	return true;
}

static void takes_answers_of_any_size(void **state)
{
	struct fixture *f = *state;

	for (size_t count = 1; count <= 64; count *= 2) {
		if (count == 1)
			fake_dns_own(f->dns, is_huge, &count);
		assert_int_equal(ask(f, "foo2.example", DNS_TXT)->records.count, count);
	}
}

/* Longer than any datagram that we asked for, by UDP all the same. */
static bool is_too_long_for_udp(void *ctx, struct dns_message *m, bool tcp)
{
	size_t count = 12;

	(void)ctx;
	(void)is_huge(&count, m, true);
	(void)tcp;
	return true;
}

static void takes_no_huge_datagrams(void **state)
{
	struct fixture *f = *state;

	fake_dns_own(f->dns, is_too_long_for_udp, NULL);
	assert_int_equal(ask(f, "foo2.example", DNS_TXT)->records.count, 12);
	assert_int_equal(fake_dns_tcp_questions(f->dns), 1);
}

static size_t open_files(void)
{
	AUTO(strlist_release) struct strlist all = { 0 };

	assert_done(fs_list(&all, "/proc/self/fd"));
	return all.count;
}

static void set_file_limit(rlim_t soft)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = soft;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void makes_room(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	set_file_limit(*(const rlim_t *)arg);
}

static void waits_for_a_socket(void **state)
{
	static const struct timeval soon = { .tv_usec = 1000 };
	struct fixture *f = *state;
	struct rlimit before;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	f->options.try_ms = TRY_MS;
	f->options.tries = MANY_TRIES;
	start(f);
	event_base_once(f->base, -1, EV_TIMEOUT, makes_room, &before.rlim_cur, &soon);
	set_file_limit(3);
	assert_found(ask(f, "foo.example", DNS_TXT));
	assert_true(f->answer.tries > 1);
}

enum { MANY = 2000 };

static void asks_thousands_side_by_side(void **state)
{
	struct fixture *f = *state;
	size_t files = open_files();

	start(f);
	f->wanted = MANY;
	for (size_t i = 0; i < MANY; i++) {
		AUTO(free) char *name = str_fmt("n%zu.example", i);

		assert_non_null(dns_query(f->resolver, name, DNS_TXT, 0, answered, f));
	}
	event_base_dispatch(f->base);
	assert_int_equal(f->answers, MANY);
	assert_int_equal(f->answer.rcode, DNS_NXDOMAIN);
	dns_resolver_free(f->resolver);
	f->resolver = NULL;
	assert_int_equal(open_files(), files);
}

static void asks_once_for_all(void **state) /* RFC 5452 §5 */
{
	struct fixture *f = *state;

	start(f);
	f->wanted = 10;
	for (size_t i = 0; i < f->wanted; i++)
		assert_non_null(dns_query(f->resolver, i % 2 ? "foo.example" : "FOO.example",
					  DNS_TXT, 0, answered, f));
	event_base_dispatch(f->base);
	assert_found(&f->answer);
	assert_int_equal(f->answers, 10);
	assert_int_equal(fake_dns_questions(f->dns), 1);
	assert_found(ask(f, "foo.example", DNS_TXT));
	assert_int_equal(fake_dns_questions(f->dns), 2); /* it is no cache */
}

static void forgets_what_nobody_asks_any_more(void **state)
{
	struct fixture *f = *state;
	struct dns_query *queries[4];

	start(f);
	for (size_t i = 0; i < ARRAY_LEN(queries); i++)
		queries[i] = dns_query(f->resolver, "foo.example", DNS_TXT, 0, answered, f);
	for (size_t i = 0; i < ARRAY_LEN(queries); i++)
		dns_query_cancel(queries[i]);
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(f->answers, 0);
}

static void drops_what_is_cancelled(void **state)
{
	struct fixture *f = *state;
	struct dns_query *first = NULL, *second = NULL;

	start(f);
	first = dns_query(f->resolver, "foo.example", DNS_TXT, 0, answered, f);
	second = dns_query(f->resolver, "foo.example", DNS_TXT, 0, answered, f);
	dns_query_cancel(first);
	f->wanted = 1;
	event_base_dispatch(f->base);
	assert_int_equal(f->answers, 1);
	(void)second;
}

struct nest {
	struct fixture *f;
	struct dns_query *other;
};

static void cancels_and_frees(void *ctx, const struct dns_answer *answer)
{
	struct nest *n = ctx;

	assert_int_equal(answer->failure, DNS_ANSWERED);
	dns_query_cancel(n->other);
	dns_resolver_free(n->f->resolver);
	n->f->resolver = NULL;
	assert_string_equal(answer->name, "foo.example");
	event_base_loopbreak(n->f->base);
}

static void bears_its_end_in_a_callback(void **state)
{
	struct fixture *f = *state;
	struct nest n = { .f = f };

	start(f);
	n.other = dns_query(f->resolver, "foo.example", DNS_TXT, 0, answered, f);
	dns_query(f->resolver, "foo.example", DNS_TXT, 0, answered, f);
	dns_query(f->resolver, "foo.example", DNS_TXT, 0, cancels_and_frees, &n);
	fake_dns_behave(f->dns, "other.example", FAKE_SILENT, 0);
	dns_query(f->resolver, "other.example", DNS_A, 0, answered, f);
	event_base_dispatch(f->base);
	assert_null(f->resolver);
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(f->answers, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_answers_from_lies),
		TEST(asks_as_it_should),
		cmocka_unit_test(believes_ad_only_when_told),
		TEST(keeps_extended_errors),
		TEST(goes_on_to_the_next_server),
		TEST(asks_another_when_one_will_not),
		TEST(does_not_shop_around_after_servfail),
		TEST(passes_over_a_dead_server),
		TEST(says_that_nobody_is_there),
		TEST(ends_with_the_time_of_the_query),
		TEST(refuses_what_is_no_name),
		TEST(follows_cnames_from_server_to_server),
		TEST(gives_long_chains_up),
		TEST(follows_cnames_in_one_answer),
		TEST(ends_a_loop),
		TEST(asks_no_more_where_nothing_is),
		TEST(takes_answers_of_any_size),
		TEST(takes_no_huge_datagrams),
		TEST(waits_for_a_socket),
		TEST(asks_thousands_side_by_side),
		TEST(asks_once_for_all),
		TEST(forgets_what_nobody_asks_any_more),
		TEST(drops_what_is_cancelled),
		TEST(bears_its_end_in_a_callback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
