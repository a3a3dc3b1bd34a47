/* dns-01, dns-account-01 and dns-persist-01 as the validation authority judges them. */
#include "check.h"

#include <event2/event.h>

#include "dns/fake_dns.h"
#include "dns/rdata.h"
#include "dns/resolve.h"
#include "va/va.h"

#define TOKEN "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
#define THUMBPRINT "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
#define PROOF "LPsIwTo7o8BoG0-vjCyGQGBWSVIPxI-i_X336eUOQZo"
#define ACCOUNT "https://example.com/acme/acct/ExampleAccount"
#define LONG \
	"0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrs"
#define DNS01 "_acme-challenge.foo.example"
#define DNSACCOUNT01 "_ujmmovf2vn55tgye._acme-challenge.foo.example"
#define DNSPERSIST01 "_validation-persist.foo.example"

static const struct world world = { .clock = &system_clock, .random = &system_random };

struct attempt {
	const char *what;
	const char *type; /* NULL: dns-01 */
	const char *at;   /* NULL: where dns-01 looks */
	const char *texts[6];
	enum fake_deed deed;
	bool wildcard;
	const char *problem; /* NULL: valid */
	const char *detail;  /* a part */
};

static const struct attempt attempts[] = {
	{ .what = "right", .texts = { PROOF } },
	{ .what = "right, wildcard", .texts = { PROOF }, .wildcard = true },
	{ .what = "right among wrong", .texts = { "a", PROOF, "b" } },
	{ .what = "twice right", .texts = { PROOF, PROOF } },
	{ .what = "nothing there",
	  .problem = "dns",
	  .detail = "NXDOMAIN looking up TXT for " DNS01 " - check that" },
	{ .what = "empty answer",
	  .deed = FAKE_OWN_DEED,
	  .problem = "unauthorized",
	  .detail = "No TXT record found at " DNS01 },
	{ .what = "wrong",
	  .texts = { "a" },
	  .problem = "unauthorized",
	  .detail = "Incorrect TXT record \"a\" found at " DNS01 },
	{ .what = "five wrong",
	  .texts = { "a", "b", "c", "d", "e" },
	  .problem = "unauthorized",
	  .detail = "Incorrect TXT record \"a\" (and 4 more) found at " DNS01 },
	{ .what = "long",
	  .texts = { LONG },
	  .problem = "unauthorized",
	  .detail = "opqr...\" found at" },
	{ .what = "padded",
	  .texts = { PROOF "=" },
	  .problem = "unauthorized",
	  .detail = "Incorrect" },
	{ .what = "blank behind",
	  .texts = { PROOF " " },
	  .problem = "unauthorized",
	  .detail = "Incorrect" },
	{ .what = "key authorization itself",
	  .texts = { TOKEN "." THUMBPRINT },
	  .problem = "unauthorized",
	  .detail = "Incorrect" },
	{ .what = "control bytes",
	  .texts = { "\x1b[0m" },
	  .problem = "unauthorized",
	  .detail = "\\x1b[0m" },
	{ .what = "SERVFAIL",
	  .texts = { PROOF },
	  .deed = FAKE_SERVFAIL,
	  .problem = "dns",
	  .detail = "SERVFAIL looking up TXT for" },
	{ .what = "silence",
	  .texts = { PROOF },
	  .deed = FAKE_SILENT,
	  .problem = "dns",
	  .detail = "query timed out looking up TXT" },
	{ .what = "bogus",
	  .texts = { PROOF },
	  .deed = FAKE_EDE,
	  .problem = "dns",
	  .detail = "DNSSEC: DNSSEC Bogus" },
	{ .what = "by TCP", .texts = { PROOF }, .deed = FAKE_TRUNCATED },
	{ .what = "account", .type = "dns-account-01", .at = DNSACCOUNT01, .texts = { PROOF } },
	{ .what = "account, wildcard",
	  .type = "dns-account-01",
	  .at = DNSACCOUNT01,
	  .texts = { PROOF },
	  .wildcard = true },
	{ .what = "account, wrong",
	  .type = "dns-account-01",
	  .at = DNSACCOUNT01,
	  .texts = { "a", "b" },
	  .problem = "unauthorized",
	  .detail = "\"a\" (and 1 more) found at " DNSACCOUNT01 " (account: \"" ACCOUNT "\")" },
	{ .what = "account, elsewhere",
	  .type = "dns-account-01",
	  .at = DNS01,
	  .texts = { PROOF },
	  .problem = "dns",
	  .detail = "NXDOMAIN" },
	{ .what = "persist",
	  .type = "dns-persist-01",
	  .at = DNSPERSIST01,
	  .texts = { "x", "ca.example; accounturi=" ACCOUNT } },
	{ .what = "persist, wildcard",
	  .type = "dns-persist-01",
	  .at = DNSPERSIST01,
	  .texts = { "ca.example; accounturi=" ACCOUNT "; policy=wildcard" },
	  .wildcard = true },
	{ .what = "persist, no policy",
	  .type = "dns-persist-01",
	  .at = DNSPERSIST01,
	  .texts = { "ca.example; accounturi=" ACCOUNT },
	  .wildcard = true,
	  .problem = "unauthorized",
	  .detail = "policy mismatch" },
	{ .what = "persist, over",
	  .type = "dns-persist-01",
	  .at = DNSPERSIST01,
	  .texts = { "ca.example; accounturi=" ACCOUNT ";persistUntil=1000" },
	  .problem = "unauthorized",
	  .detail = "is over" },
	{ .what = "persist, malformed",
	  .type = "dns-persist-01",
	  .at = DNSPERSIST01,
	  .texts = { "ca.example; accounturi" },
	  .problem = "malformed",
	  .detail = "has no \"=\"" },
	{ .what = "persist, empty",
	  .type = "dns-persist-01",
	  .at = DNSPERSIST01,
	  .deed = FAKE_OWN_DEED,
	  .problem = "unauthorized",
	  .detail = "No TXT record found at " DNSPERSIST01 },
};

struct fixture {
	struct event_base *base;
	struct fake_dns *dns;
	struct dns_resolver *resolver;
	unsigned try_ms;
	struct strlist issuers;
	struct va *va;
	struct va_request request;
	struct err *problem;
	struct va_record *record;
};

static bool has_nothing(void *ctx, struct dns_message *m, bool tcp)
{
	(void)ctx;
	(void)tcp;
	m->rcode = DNS_NOERROR;
	return true;
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->base = event_base_new();
	f->dns = fake_dns_new(f->base);
	f->try_ms = 5000;
	strlist_add(&f->issuers, "ca.example");
	f->request = (struct va_request){ .ident = { IDENT_DNS, xstrdup("foo.example") },
					  .challenge = xstrdup("dns-01"),
					  .token = xstrdup(TOKEN),
					  .thumbprint = xstrdup(THUMBPRINT),
					  .account_url = xstrdup(ACCOUNT) };
	*state = f;
	return 0;
}

static void start(struct fixture *f)
{
	const struct address_list servers = { (struct address *)(uintptr_t)fake_dns_address(f->dns),
					      1 };
	const struct dns_options options = { .world = &world,
					     .servers = &servers,
					     .try_ms = f->try_ms };

	assert_done(dns_resolver_new(&f->resolver, f->base, &options));
	const struct va_options va = { .base = f->base,
				       .resolver = f->resolver,
				       .issuer_domains = &f->issuers };

	assert_done(va_new(&f->va, &va));
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	va_free(f->va);
	dns_resolver_free(f->resolver);
	fake_dns_free(f->dns);
	event_base_free(f->base);
	strlist_release(&f->issuers);
	va_request_release(&f->request);
	err_free(f->problem);
	va_record_free(f->record);
	free(f);
	return 0;
}

static void judged(void *ctx, struct err *problem, struct va_record *record)
{
	struct fixture *f = ctx;

	f->problem = problem;
	f->record = record;
	event_base_loopbreak(f->base);
}

static void replace(char **text, const char *with)
{
	free(*text);
	*text = with != NULL ? xstrdup(with) : NULL;
}

static void prepare(struct fixture *f, const struct attempt *a)
{
	if (a->type != NULL)
		replace(&f->request.challenge, a->type);
	if (a->type != NULL && streq(a->type, "dns-persist-01")) {
		replace(&f->request.token, NULL);
		replace(&f->request.thumbprint, NULL);
	}
	f->request.wildcard = a->wildcard;
	for (size_t i = 0; i < ARRAY_LEN(a->texts) && a->texts[i] != NULL; i++)
		fake_dns_add(f->dns, a->at != NULL ? a->at : DNS01, DNS_TXT, a->texts[i]);
	if (a->deed == FAKE_SILENT)
		f->try_ms = 20;
	if (a->deed == FAKE_OWN_DEED)
		fake_dns_own(f->dns, has_nothing, NULL);
	else
		fake_dns_behave(f->dns, NULL, a->deed, 0);
}

static void check(struct fixture *f)
{
	start(f);
	assert_non_null(va_check(f->va, &f->request, judged, f));
	event_base_dispatch(f->base);
}

static void meet(struct fixture *f, const struct attempt *a)
{
	print_message("# %s\n", a->what);
	prepare(f, a);
	check(f);
	assert_int_equal(f->record->answer_count, 1);
	if (a->problem == NULL) {
		assert_null(f->problem);
		return;
	}
	assert_non_null(f->problem);
	assert_string_equal(err_type(f->problem), a->problem);
	if (strstr(f->problem->detail, a->detail) == NULL)
		fail_msg("%s: no \"%s\"", f->problem->detail, a->detail);
}

static void judges_attempts(void **state) /* RFC 8555 §8.4 */
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(attempts); i++) {
		void *own = NULL;

		setup(&own);
		meet(own, &attempts[i]);
		teardown(&own);
	}
}

static bool ends_early(void *ctx, struct dns_message *m, bool tcp)
{
	AUTO(buf_release) struct buf data = BUF_INIT(300);

	(void)ctx;
	(void)tcp;
	m->rcode = DNS_NOERROR;
	buf_addc(&data, (char)(sizeof(PROOF) + 1));
	buf_add(&data, PROOF "\0x", sizeof(PROOF) + 1);
	dns_records_add(&m->answer, m->question, DNS_TXT, 60, &data);
	return true;
}

static void takes_no_nul_for_an_end(void **state)
{
	struct fixture *f = *state;

	fake_dns_own(f->dns, ends_early, NULL);
	check(f);
	assert_true(err_has_type(f->problem, "unauthorized"));
}

enum { FILLER = 250, FILLERS_MAX = 246 }; /* so many fit into 64 KiB */

/* The proof behind so many other records. */
static bool hides_the_proof(void *ctx, struct dns_message *m, bool tcp)
{
	AUTO(buf_release) struct buf proof = BUF_INIT(300);
	char filler[FILLER + 1] = { 0 };
	size_t count = *(const size_t *)ctx;

	m->truncated = !tcp && count % 2 == 0; /* by TC, or by a datagram of any size */
	memset(filler, 'x', FILLER);
	m->rcode = DNS_NOERROR;
	for (size_t i = 0; i < count && !m->truncated; i++) {
		AUTO(buf_release) struct buf data = BUF_INIT(300);

		dns_txt_write(&data, filler, FILLER);
		dns_records_add(&m->answer, m->question, DNS_TXT, 60, &data);
	}
	dns_txt_write(&proof, PROOF, strlen(PROOF));
	dns_records_add(&m->answer, m->question, DNS_TXT, 60, &proof);
	return true;
}

static void finds_the_proof_in_answers_of_all_sizes(void **state)
{
	for (size_t count = 0; count <= FILLERS_MAX; count = count * 2 + count / 3 + 1) {
		void *own = NULL;

		setup(&own);
		struct fixture *f = own;

		fake_dns_own(f->dns, hides_the_proof, &count);
		check(f);
		assert_null(f->problem);
		assert_int_equal(f->record->answers[0].record_count, count + 1);
		teardown(&own);
	}
	(void)state;
}

static void wants_an_account(void **state)
{
	struct fixture *f = *state;

	replace(&f->request.challenge, "dns-account-01");
	replace(&f->request.account_url, NULL);
	check(f);
	assert_int_equal(f->problem->code, ERR_INTERNAL);
}

static void wants_a_token(void **state)
{
	struct fixture *f = *state;

	replace(&f->request.token, NULL);
	replace(&f->request.thumbprint, NULL);
	check(f);
	assert_true(err_has_type(f->problem, "malformed"));
}

static void proves_no_address(void **state) /* RFC 8738 §7 */
{
	struct fixture *f = *state;

	f->request.ident.type = IDENT_IP;
	replace(&f->request.ident.value, "192.0.2.1");
	check(f);
	assert_true(err_has_type(f->problem, "malformed"));
	assert_int_equal(fake_dns_questions(f->dns), 0);
}

static void caa_has_the_last_word(void **state) /* RFC 8657 §4 */
{
	struct fixture *f = *state;

	fake_dns_add(f->dns, DNS01, DNS_TXT, PROOF);
	fake_dns_add(f->dns, "foo.example", DNS_CAA,
		     "0 issue \"ca.example; validationmethods=http-01\"");
	f->request.check_caa = true;
	check(f);
	assert_true(err_has_type(f->problem, "caa"));
}

static void can_be_cancelled(void **state)
{
	struct fixture *f = *state;
	start(f);
	struct va_job *job = va_check(f->va, &f->request, judged, f);

	fake_dns_behave(f->dns, NULL, FAKE_SILENT, 0);
	while (fake_dns_questions(f->dns) == 0)
		event_base_loop(f->base, EVLOOP_ONCE);
	va_cancel(job);
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_null(f->record);
	assert_int_equal(va_open_count(f->va), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_attempts),
		cmocka_unit_test(finds_the_proof_in_answers_of_all_sizes),
		TEST(takes_no_nul_for_an_end),
		TEST(wants_an_account),
		TEST(wants_a_token),
		TEST(proves_no_address),
		TEST(caa_has_the_last_word),
		TEST(can_be_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
