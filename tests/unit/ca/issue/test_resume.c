/*
 * What a crash left half done, on the real store and with the real signer: orders that were finalized get the certificate whose
 * serial was reserved, challenges that were being judged are judged.
 */
#include "ca/sign/fixture.h"
#include "check.h"

#include <event2/event.h>
#include <openssl/sha.h>

#include "ca/crl/crls.h"
#include "ca/dcv/dcv.h"
#include "ca/issue/issuance.h"
#include "ca/log/log.h"
#include "ca/policy/limiter.h"
#include "ca/store/store.h"
#include "net/mailbox.h"
#include "pki/csr.h"
#include "pki/spki.h"

#define HOUR 3600

/* Nothing listens there: whoever asks for CAA is refused. */
static const char settings[] =
	"[store]\npath = ca.db\n[server]\nurl = https://ca.test\n"
	"[directory]\ncaa_identities = ca.test\n"
	"[va]\nresolvers = 127.0.0.1:1\n[log]\nfile = log\n[limits]\non = no\n";

static time_t passed_s;

static time_t now(const struct clock *c)
{
	(void)c;
	return FIXTURE_NOW + passed_s;
}

static int64_t monotonic_ms(const struct clock *c)
{
	(void)c;
	return system_clock.monotonic_ms(&system_clock);
}

static const struct clock lab_clock = { .now = now, .monotonic_ms = monotonic_ms };
static const struct world lab_world = { .clock = &lab_clock, .random = &system_random };

struct lab {
	struct fixture f;
	struct ca ca;
	struct ca_loop loop;
	/* the last answer of the store */
	bool answered;
	enum store_outcome outcome;
	int64_t id;
	struct store_order order;
	struct store_authz authz;
	struct store_cert cert;
	unsigned char key[SHA256_DIGEST_LENGTH]; /* of the last request */
};

static void start(struct lab *l)
{
	const struct log_options o = { .clock = &lab_clock, .path = l->f.config->log.file };

	l->ca = (struct ca){ .world = &lab_world, .config = l->f.config, .sign = l->f.sign };
	assert_done(ca_log_new(&l->ca.log, &o));
	assert_done(limiter_new(&l->ca.limiter, l->ca.config, NULL));
	assert_done(store_open(&l->ca.store, l->ca.config, &lab_world));
	l->loop = (struct ca_loop){ .ca = &l->ca, .base = event_base_new() };
	assert_done(mailbox_new(&l->loop.mailbox, l->loop.base));
	l->ca.crls = crls_new(&l->ca, l->loop.base, l->loop.mailbox);
	assert_done(dcv_new(&l->loop.dcv, &l->loop));
	l->loop.issuances = issuances_new(&l->loop);
}

/* As a crash does, but for its memory. */
static void stop(struct lab *l)
{
	crls_stop(l->ca.crls);
	while (!crls_are_idle(l->ca.crls))
		event_base_loop(l->loop.base, EVLOOP_ONCE);
	store_close(l->ca.store);
	mailbox_free(l->loop.mailbox);
	crls_free(l->ca.crls);
	issuances_free(l->loop.issuances);
	dcv_free(l->loop.dcv);
	event_base_free(l->loop.base);
	limiter_free(l->ca.limiter);
	ca_log_free(l->ca.log);
}

static void forget(struct lab *l)
{
	store_order_release(&l->order);
	store_authz_release(&l->authz);
	store_cert_release(&l->cert);
	l->order = (struct store_order){ 0 };
	l->authz = (struct store_authz){ 0 };
	l->cert = (struct store_cert){ 0 };
}

static void open_lab(struct lab *l, const char *more)
{
	AUTO(free) char *text = str_fmt("%s%s", settings, more != NULL ? more : "");

	*l = (struct lab){ 0 };
	fixture_new(&l->f, text);
	start(l);
}

static void close_lab(struct lab *l)
{
	forget(l);
	stop(l);
	fixture_free(&l->f);
}

static void take(void *ctx, struct store_answer *a)
{
	struct lab *l = ctx;

	assert_null(a->error);
	l->answered = true;
	l->outcome = a->outcome;
	if (a->account_count > 0)
		l->id = a->accounts[0].id;
	if (a->order_count > 0) {
		l->order = a->orders[0];
		a->orders[0] = (struct store_order){ 0 };
	}
	if (a->authz_count > 0) {
		l->authz = a->authzs[0];
		a->authzs[0] = (struct store_authz){ 0 };
	}
	if (a->cert_count > 0) {
		l->cert = a->certs[0];
		a->certs[0] = (struct store_cert){ 0 };
	}
}

static struct store_asker me(struct lab *l)
{
	forget(l);
	l->answered = false;
	return (struct store_asker){ l->loop.mailbox, take, l };
}

static void await(struct lab *l, enum store_outcome outcome)
{
	while (!l->answered)
		event_base_loop(l->loop.base, EVLOOP_ONCE);
	assert_int_equal(l->outcome, outcome);
}

/* --- the way to a half done order */

static void make_account(struct lab *l)
{
	const struct store_account_new a = {
		.jwk = "{}", .thumbprint = "print", .contacts = "[]", .now = FIXTURE_NOW
	};
	const struct store_asker who = me(l);

	store_account_create(l->ca.store, &who, &a);
	await(l, STORE_DONE);
}

/* Its id, and that of its authorization. */
static void make_order(struct lab *l, const char *profile, int64_t *order_id, int64_t *authz_id)
{
	struct store_order_ident ident = { .ident = { IDENT_DNS, xstrdup("example.org") },
					   .token = "token" };

	strlist_add(&ident.offered, "http-01");
	const struct store_order_new o = {
		.account_id = l->id,
		.idents = &ident,
		.ident_count = 1,
		.profile = profile,
		.now = FIXTURE_NOW,
		.expires = FIXTURE_NOW + HOUR,
		.authz_expires = FIXTURE_NOW + HOUR,
	};
	const struct store_asker who = me(l);

	store_order_create(l->ca.store, &who, &o);
	await(l, STORE_DONE);
	*order_id = l->order.id;
	*authz_id = l->order.authzs[0].id;
	ident_release(&ident.ident);
	strlist_release(&ident.offered);
}

static void begin(struct lab *l, int64_t authz_id)
{
	const struct store_asker who = me(l);

	store_authz_begin(l->ca.store, &who, authz_id, "http-01", FIXTURE_NOW);
	await(l, STORE_DONE);
}

static void prove(struct lab *l, int64_t authz_id, time_t when)
{
	const struct store_verdict v = {
		.authz_id = authz_id,
		.valid = true,
		.record = "[]",
		.now = when,
		.expires = FIXTURE_NOW + HOUR,
	};

	begin(l, authz_id);
	const struct store_asker who = me(l);

	store_authz_judge(l->ca.store, &who, &v);
	await(l, STORE_DONE);
}

static void make_csr(struct buf *der, struct lab *l)
{
	AUTO(buf_release) struct buf spki = BUF_INIT(SPKI_BYTES_MAX);
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	AUTO(cert_names_release) struct cert_names names = { 0 };

	strlist_add(&names.dns, "example.org");
	assert_done(key_generate(&key, "secp256r1", 0));
	assert_done(csr_build(der, key, &names, false));
	assert_done(spki_of_key(&spki, key));
	SHA256((const unsigned char *)spki.data, spki.len, l->key);
}

static void finalize(struct lab *l, int64_t order_id)
{
	AUTO(buf_release) struct buf csr = BUF_INIT(4000);
	AUTO(free) char *serial = xstrdup("01abcdefabcdefabcdefabcdefabcdefabcdef");
	AUTO(free) char *issuer = xstrdup("e1");
	AUTO(free) char *profile = xstrdup("classic");
	struct idents idents = { 0 };

	idents_add(&idents, IDENT_DNS, "example.org");
	make_csr(&csr, l);
	const struct store_finalize f = {
		.order_id = order_id,
		.csr = csr.data,
		.csr_len = csr.len,
		.cert = { .serial = serial,
			  .issuer = issuer,
			  .profile = profile,
			  .shard = 2,
			  .idents = idents,
			  .not_before = FIXTURE_NOW - HOUR,
			  .not_after = FIXTURE_NOW + 89L * 24 * HOUR - 1 },
		.now = FIXTURE_NOW,
	};
	const struct store_asker who = me(l);

	store_order_finalize(l->ca.store, &who, &f);
	await(l, STORE_DONE);
	idents_release(&idents);
}

static void see_order(struct lab *l, int64_t id)
{
	const struct store_asker who = me(l);

	store_order_by_id(l->ca.store, &who, id);
	await(l, STORE_DONE);
}

/* Until nothing is processing; what is not taken up would wait for ever. */
static void crash_and_resume(struct lab *l, int64_t order_id)
{
	enum order_status status = ORDER_PROCESSING;

	stop(l);
	start(l);
	issuances_resume(l->loop.issuances);
	while (status == ORDER_PROCESSING) {
		see_order(l, order_id);
		status = store_order_status(&l->order, FIXTURE_NOW);
	}
}

/* Waits for the certificate's CRL that is due then. */
static void await_crl(struct lab *l, time_t due)
{
	struct crl_copy *copy = NULL;
	bool found = false, expected = true;

	for (; !found && expected; crl_copy_release(copy)) {
		event_base_loop(l->loop.base, EVLOOP_ONCE);
		copy = crls_read(l->ca.crls, l->cert.issuer, l->cert.shard, &expected);
		found = copy != NULL && crl_copy_due(copy) == due;
	}
	assert_true(found);
}

/* --- tests */

static void a_finalized_order_gets_its_certificate(void **state)
{
	struct lab l;
	int64_t order_id, authz_id;

	(void)state;
	open_lab(&l, NULL);
	make_account(&l);
	make_order(&l, "classic", &order_id, &authz_id);
	prove(&l, authz_id, FIXTURE_NOW - HOUR);
	finalize(&l, order_id);
	crash_and_resume(&l, order_id);
	assert_true(l.order.certified);
	AUTO(free) char *serial = xstrdup(l.order.serial);
	const struct store_asker who = me(&l);

	store_cert_by_serial(l.ca.store, &who, serial);
	await(&l, STORE_DONE);
	AUTO(cert_free) struct cert *cert = NULL;

	assert_done(cert_from_der(&cert, l.cert.der, l.cert.der_len));
	assert_string_equal(cert->names.dns.items[0], "example.org");
	assert_string_equal(cert->subject_cn, "example.org"); /* by its profile */
	assert_int_equal(cert->not_before, FIXTURE_NOW - HOUR);
	assert_int_equal(cert->serial.len, 19);
	while (issuances_open_count(l.loop.issuances) > 0)
		event_base_loop(l.loop.base, EVLOOP_ONCE);
	close_lab(&l);
}

/* Its key was reported after finalize had asked, and before there was a certificate to be revoked. */
static void a_key_blocked_meanwhile_is_not_certified_for_long(void **state)
{
	struct lab l;
	int64_t order_id, authz_id;

	(void)state;
	open_lab(&l, NULL);
	make_account(&l);
	make_order(&l, "classic", &order_id, &authz_id);
	prove(&l, authz_id, FIXTURE_NOW - HOUR);
	finalize(&l, order_id);
	struct store_asker who = me(&l);

	store_key_block(l.ca.store, &who, l.key, FIXTURE_NOW);
	await(&l, STORE_DONE);
	crash_and_resume(&l, order_id);
	while (issuances_open_count(l.loop.issuances) > 0)
		event_base_loop(l.loop.base, EVLOOP_ONCE);
	AUTO(free) char *serial = xstrdup(l.order.serial);

	who = me(&l);
	store_cert_by_serial(l.ca.store, &who, serial);
	await(&l, STORE_DONE);
	assert_int_equal(l.cert.revoked, FIXTURE_NOW);
	assert_int_equal(l.cert.reason, 1);
	passed_s = 2; /* who checks certificates is told soon, not after crl_refresh */
	await_crl(&l, FIXTURE_NOW + passed_s + 6 * HOUR);
	passed_s = 0;
	close_lab(&l);
}

static void an_order_of_no_profile_fails(void **state)
{
	struct lab l;
	int64_t order_id, authz_id;

	(void)state;
	open_lab(&l, NULL);
	make_account(&l);
	make_order(&l, "retired", &order_id, &authz_id);
	prove(&l, authz_id, FIXTURE_NOW - HOUR);
	finalize(&l, order_id);
	crash_and_resume(&l, order_id);
	assert_false(l.order.certified);
	assert_non_null(strstr(l.order.error, "serverInternal"));
	close_lab(&l);
}

/* ca.md 2.5: an authorization of 7 hours and more is not enough without a fresh look at CAA. */
static void old_authorizations_need_caa_again(void **state)
{
	struct lab l;
	int64_t order_id, authz_id;

	(void)state;
	open_lab(&l, NULL);
	make_account(&l);
	make_order(&l, "classic", &order_id, &authz_id);
	prove(&l, authz_id, FIXTURE_NOW - 7L * HOUR - 1);
	finalize(&l, order_id);
	crash_and_resume(&l, order_id);
	assert_false(l.order.certified);
	assert_non_null(strstr(l.order.error, "acme:error:dns"));
	assert_non_null(strstr(l.order.error, "rechecking CAA"));
	assert_non_null(strstr(l.order.error, "example.org"));
	close_lab(&l);
}

static void a_challenge_under_way_is_judged(void **state)
{
	struct lab l;
	int64_t order_id, authz_id;

	(void)state;
	open_lab(&l, "[test]\nalways_valid = yes\n");
	make_account(&l);
	make_order(&l, "classic", &order_id, &authz_id);
	begin(&l, authz_id);
	stop(&l);
	start(&l);
	issuances_resume(l.loop.issuances);
	/* The verdict is stored before the loop hears that it is. */
	do {
		see_order(&l, order_id);
	} while (store_order_status(&l.order, FIXTURE_NOW) == ORDER_PENDING ||
		 dcv_open_count(l.loop.dcv) > 0);
	assert_int_equal(store_order_status(&l.order, FIXTURE_NOW), ORDER_READY);
	close_lab(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finalized_order_gets_its_certificate),
		cmocka_unit_test(a_key_blocked_meanwhile_is_not_certified_for_long),
		cmocka_unit_test(an_order_of_no_profile_fails),
		cmocka_unit_test(old_authorizations_need_caa_again),
		cmocka_unit_test(a_challenge_under_way_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
