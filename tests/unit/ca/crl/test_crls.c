/* CRLs made on schedule and after revocations, from a store that the test plays: RFC 5280 §5, §3.3. */
#include "check.h"

#include "../sign/fixture.h"

#include <event2/event.h>
#include <openssl/x509.h>

#include "base/fs.h"
#include "ca/crl/crls.h"
#include "ca/log/log.h"
#include "ca/store/store.h"
#include "net/mailbox.h"

enum { PAGE = 1000 };

static time_t now_s;

static time_t virtual_now(const struct clock *c)
{
	(void)c;
	return now_s;
}

/* One shard of one issuer; what the store has revoked there. */
static struct play {
	struct fixture fixture;
	struct clock clock;
	struct world world;
	struct ca ca;
	struct event_base *base;
	struct mailbox *mailbox;
	struct crls *crls;
	size_t revoked; /* how many there are */
	int64_t number;
	bool fails;
	size_t pages;
	time_t expired_before;
} play;

/* --- the store */

struct pending {
	struct store_asker who;
	struct store_answer answer;
};

static void deliver(void *arg)
{
	struct pending *p = arg;

	p->who.done(p->who.ctx, &p->answer);
	err_free(p->answer.error);
	for (size_t i = 0; i < p->answer.cert_count; i++)
		store_cert_release(&p->answer.certs[i]);
	free(p->answer.certs);
	free(p);
}

static struct pending *answer_to(const struct store_asker *who)
{
	struct pending *p = xcalloc(1, sizeof(*p));

	p->who = *who;
	if (play.fails) {
		p->answer.error = err_new(ERR_BUSY, "the disk is full");
		play.fails = false;
	}
	mailbox_post(who->mailbox, deliver, p);
	return p;
}

void store_crl_number(struct store *s, const struct store_asker *who, const char *issuer,
		      int64_t shard)
{
	(void)s;
	assert_string_equal(issuer, "only");
	assert_int_equal(shard, 0);
	answer_to(who)->answer.number = ++play.number;
}

void store_certs_revoked(struct store *s, const struct store_asker *who, const char *issuer,
			 int64_t shard, time_t expired_before, const char *after, size_t limit)
{
	int64_t first = 0;

	(void)s;
	(void)issuer;
	assert_int_equal(shard, 0);
	assert_int_equal(limit, PAGE);
	assert_true(after == NULL || str_to_int(after + 2, 0, INT64_MAX, &first));
	struct store_answer *a = &answer_to(who)->answer;

	play.expired_before = expired_before;
	play.pages++;
	a->certs = xcalloc(limit, sizeof(*a->certs));
	for (size_t i = (size_t)first; i < play.revoked && a->cert_count < limit; i++)
		a->certs[a->cert_count++] = (struct store_cert){
			.serial = str_fmt("01%06zu", i + 1), .revoked = FIXTURE_NOW, .reason = 1
		};
}

/* --- */

static int setup(void **state)
{
	(void)state;
	fixture_new(
		&play.fixture,
		"[issuer only]\ncertificate = e1.pem\nkey = e1.key\ncrl_url = http://ca.test/only\n");
	for (size_t i = 0; i < 3; i++) /* e1, e2, r1 have none here */
		free(MOVE(play.fixture.config->issuers[i].crl_url));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_free(&play.fixture);
	return 0;
}

static int begin(void **state)
{
	const struct log_options o = { .path = "/dev/null", .clock = &play.clock };

	(void)state;
	now_s = FIXTURE_NOW;
	play = (struct play){ .fixture = play.fixture,
			      .clock = { .now = virtual_now,
					 .monotonic_ms = system_clock.monotonic_ms } };
	play.world = (struct world){ .clock = &play.clock, .random = &system_random };
	play.base = event_base_new();
	assert_done(mailbox_new(&play.mailbox, play.base));
	play.ca = (struct ca){ .world = &play.world,
			       .config = play.fixture.config,
			       .sign = play.fixture.sign };
	assert_done(ca_log_new(&play.ca.log, &o));
	play.crls = crls_new(&play.ca, play.base, play.mailbox);
	return 0;
}

static int end(void **state)
{
	(void)state;
	crls_stop(play.crls);
	while (!crls_are_idle(play.crls))
		(void)event_base_loop(play.base, EVLOOP_ONCE);
	mailbox_free(play.mailbox);
	crls_free(play.crls);
	ca_log_free(play.ca.log);
	event_base_free(play.base);
	return 0;
}

/* Turns the loop until the n-th number was asked for and its CRL is made. */
static X509_CRL *wait_for(int64_t number)
{
	bool expected = false;

	while (play.number < number || !crls_are_idle(play.crls))
		(void)event_base_loop(play.base, EVLOOP_ONCE);
	struct crl_copy *copy = crls_read(play.crls, "only", 0, &expected);

	assert_true(expected);
	assert_non_null(copy);
	const unsigned char *at = (const unsigned char *)crl_copy_der(copy)->data;
	X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)crl_copy_der(copy)->len);

	assert_non_null(crl);
	crl_copy_release(copy);
	return crl;
}

static void assert_crl(int64_t number, int revoked)
{
	X509_CRL *crl = wait_for(number);
	ASN1_INTEGER *n = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);

	assert_int_equal(ASN1_INTEGER_get(n), number);
	assert_int_equal(entries != NULL ? sk_X509_REVOKED_num(entries) : 0, revoked);
	ASN1_INTEGER_free(n);
	X509_CRL_free(crl);
}

static void test_first(void **state)
{
	bool expected = false;

	(void)state;
	assert_null(crls_read(play.crls, "only", 0, &expected));
	assert_true(expected);
	assert_null(crls_read(play.crls, "only", 1, &expected));
	assert_false(expected);
	assert_null(crls_read(play.crls, "e1", 0, &expected));
	assert_false(expected);
	assert_null(crls_read(NULL, "only", 0, &expected));
	assert_false(expected);
	assert_crl(1, 0);
	/* for one lifetime of a CRL they stay although expired */
	assert_int_equal(play.expired_before, FIXTURE_NOW - 9L * 24 * 3600);
}

static void test_pages(void **state)
{
	(void)state;
	play.revoked = 2 * PAGE + 1;
	assert_crl(1, 2 * PAGE + 1);
	assert_int_equal(play.pages, 3);
}

static void test_whole_page(void **state)
{
	(void)state;
	play.revoked = PAGE;
	assert_crl(1, PAGE);
	assert_int_equal(play.pages, 2);
}

/* Soon, not when the schedule says; what is revoked elsewhere is nothing to it. */
static void test_revoked(void **state)
{
	(void)state;
	assert_crl(1, 0);
	play.revoked = 1;
	crls_revoked(play.crls, "only", 7);
	crls_revoked(play.crls, "e1", 0);
	crls_revoked(NULL, "only", 0);
	(void)event_base_loop(play.base, EVLOOP_NONBLOCK);
	assert_int_equal(play.number, 1);
	crls_revoked(play.crls, "only", 0);
	now_s += 60;
	crls_revoked(play.crls, "only", 0); /* is on its way already */
	assert_crl(2, 1);
}

/* After crl_refresh, which here passes at once. */
static void test_schedule(void **state)
{
	(void)state;
	assert_crl(1, 0);
	now_s += 6 * 3600;
	crls_use(play.crls, &play.ca); /* looks at the clock */
	assert_crl(2, 0);
}

static bool read_one(void)
{
	bool expected = false;
	struct crl_copy *copy = crls_read(play.crls, "only", 0, &expected);
	bool there = copy != NULL;

	assert_true(expected);
	crl_copy_release(copy);
	return there;
}

/*
 * A timer that waits for hours knows nothing of a clock that was set, or of a machine that slept: who reads one tells, and is
 * not given what has ended or not begun.
 */
static void test_clock(void **state)
{
	static const time_t leaps_s[] = { 100L * 24 * 3600, -200L * 24 * 3600 };

	(void)state;
	assert_crl(1, 0);
	assert_true(read_one());
	(void)event_base_loop(play.base, EVLOOP_NONBLOCK);
	assert_int_equal(play.number, 1);
	for (size_t i = 0; i < ARRAY_LEN(leaps_s); i++) {
		now_s += leaps_s[i];
		assert_false(read_one());
		assert_crl((int64_t)i + 2, 0);
	}
}

/* A storage that fails leaves the last one standing, and is asked again. */
static void test_failure(void **state)
{
	(void)state;
	assert_crl(1, 0);
	play.fails = true;
	now_s += 6 * 3600;
	crls_use(play.crls, &play.ca);
	assert_true(read_one());
	assert_crl(2 - 1, 0);
	while (play.fails || !crls_are_idle(play.crls))
		(void)event_base_loop(play.base, EVLOOP_ONCE);
	now_s += 60;
	crls_use(play.crls, &play.ca);
	assert_crl(3, 0);
}

/* Who reads one keeps it, whatever comes after. */
static void test_readers(void **state)
{
	bool expected = false;

	(void)state;
	assert_crl(1, 0);
	struct crl_copy *copy = crls_read(play.crls, "only", 0, &expected);
	size_t len = crl_copy_der(copy)->len;

	play.revoked = 3;
	now_s += 6 * 3600;
	crls_use(play.crls, &play.ca);
	assert_crl(2, 3);
	assert_int_equal(crl_copy_der(copy)->len, len);
	assert_int_equal(crl_copy_due(copy), FIXTURE_NOW + 6 * 3600);
	crl_copy_release(copy);
}

/* An issuer that another configuration no longer has. */
static void test_gone(void **state)
{
	struct ca other = play.ca;
	struct ca_config config = *play.fixture.config;
	bool expected = true;

	(void)state;
	assert_crl(1, 0);
	config.issuer_count = 3;
	other.config = &config;
	crls_use(play.crls, &other);
	assert_null(crls_read(play.crls, "only", 0, &expected));
	assert_false(expected);
	crls_use(play.crls, &play.ca);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first),   TEST(test_pages),    TEST(test_whole_page),
		TEST(test_revoked), TEST(test_schedule), TEST(test_failure),
		TEST(test_readers), TEST(test_gone),     TEST(test_clock),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
