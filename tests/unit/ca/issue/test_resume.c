/*
 * What a crash left half done, on the real store and with the real signer: orders that were finalized get the certificate whose
 * serial was reserved, challenges that were being judged are judged.
 */
#include "ca/issue/lab.h"
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

static void begin(struct lab *l, int64_t authz_id)
{
	const struct store_asker who = lab_asks(l);

	store_authz_begin(l->ca.store, &who, authz_id, "http-01", FIXTURE_NOW);
	lab_await(l, STORE_DONE);
}

static void prove(struct lab *l, int64_t authz_id, time_t when)
{
	const struct store_verdict v = {
		.authz_id = authz_id,
		.attempt = "http-01",
		.valid = true,
		.record = "[]",
		.now = when,
		.expires = FIXTURE_NOW + HOUR,
	};

	begin(l, authz_id);
	const struct store_asker who = lab_asks(l);

	store_authz_judge(l->ca.store, &who, &v);
	lab_await(l, STORE_DONE);
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
	const struct store_asker who = lab_asks(l);

	store_order_finalize(l->ca.store, &who, &f);
	lab_await(l, STORE_DONE);
	idents_release(&idents);
}

static void see_order(struct lab *l, int64_t id)
{
	const struct store_asker who = lab_asks(l);

	store_order_by_id(l->ca.store, &who, id);
	lab_await(l, STORE_DONE);
}

/* Until nothing is processing; what is not taken up would wait for ever. */
static void crash_and_resume(struct lab *l, int64_t order_id)
{
	enum order_status status = ORDER_PROCESSING;

	lab_stop(l);
	lab_start(l);
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
	lab_open(&l, LAB_NO_DNS, NULL);
	lab_account(&l);
	lab_order(&l, "classic", &order_id, &authz_id);
	prove(&l, authz_id, FIXTURE_NOW - HOUR);
	finalize(&l, order_id);
	crash_and_resume(&l, order_id);
	assert_true(l.order.certified);
	AUTO(free) char *serial = xstrdup(l.order.serial);
	const struct store_asker who = lab_asks(&l);

	store_cert_by_serial(l.ca.store, &who, serial);
	lab_await(&l, STORE_DONE);
	AUTO(cert_free) struct cert *cert = NULL;

	assert_done(cert_from_der(&cert, l.cert.der, l.cert.der_len));
	assert_string_equal(cert->names.dns.items[0], "example.org");
	assert_string_equal(cert->subject_cn, "example.org"); /* by its profile */
	assert_int_equal(cert->not_before, FIXTURE_NOW - HOUR);
	assert_int_equal(cert->serial.len, 19);
	while (issuances_open_count(l.loop.issuances) > 0)
		event_base_loop(l.loop.base, EVLOOP_ONCE);
	lab_close(&l);
}

/* Its key was reported after finalize had asked, and before there was a certificate to be revoked. */
static void a_key_blocked_meanwhile_is_not_certified_for_long(void **state)
{
	struct lab l;
	int64_t order_id, authz_id;

	(void)state;
	lab_open(&l, LAB_NO_DNS, NULL);
	lab_account(&l);
	lab_order(&l, "classic", &order_id, &authz_id);
	prove(&l, authz_id, FIXTURE_NOW - HOUR);
	finalize(&l, order_id);
	struct store_asker who = lab_asks(&l);

	store_key_block(l.ca.store, &who, l.key, FIXTURE_NOW);
	lab_await(&l, STORE_DONE);
	crash_and_resume(&l, order_id);
	while (issuances_open_count(l.loop.issuances) > 0)
		event_base_loop(l.loop.base, EVLOOP_ONCE);
	AUTO(free) char *serial = xstrdup(l.order.serial);

	who = lab_asks(&l);
	store_cert_by_serial(l.ca.store, &who, serial);
	lab_await(&l, STORE_DONE);
	assert_int_equal(l.cert.revoked, FIXTURE_NOW);
	assert_int_equal(l.cert.reason, 1);
	lab_passed_s = 2; /* who checks certificates is told soon, not after crl_refresh */
	await_crl(&l, FIXTURE_NOW + lab_passed_s + 6 * HOUR);
	lab_passed_s = 0;
	lab_close(&l);
}

static void an_order_of_no_profile_fails(void **state)
{
	struct lab l;
	int64_t order_id, authz_id;

	(void)state;
	lab_open(&l, LAB_NO_DNS, NULL);
	lab_account(&l);
	lab_order(&l, "retired", &order_id, &authz_id);
	prove(&l, authz_id, FIXTURE_NOW - HOUR);
	finalize(&l, order_id);
	crash_and_resume(&l, order_id);
	assert_false(l.order.certified);
	assert_non_null(strstr(l.order.error, "serverInternal"));
	lab_close(&l);
}

/* ca.md 2.5: an authorization of 7 hours and more is not enough without a fresh look at CAA. */
static void old_authorizations_need_caa_again(void **state)
{
	struct lab l;
	int64_t order_id, authz_id;

	(void)state;
	lab_open(&l, LAB_NO_DNS, NULL);
	lab_account(&l);
	lab_order(&l, "classic", &order_id, &authz_id);
	prove(&l, authz_id, FIXTURE_NOW - 7L * HOUR - 1);
	finalize(&l, order_id);
	crash_and_resume(&l, order_id);
	assert_false(l.order.certified);
	assert_non_null(strstr(l.order.error, "acme:error:dns"));
	assert_non_null(strstr(l.order.error, "rechecking CAA"));
	assert_non_null(strstr(l.order.error, "example.org"));
	lab_close(&l);
}

/* RFC 8555 §7.3.6: its owner says that nothing more is wanted, perhaps because the key is in wrong hands. */
static void an_order_of_an_ended_account_fails(void **state)
{
	struct lab l;
	int64_t order_id, authz_id;

	(void)state;
	lab_open(&l, LAB_NO_DNS, NULL);
	lab_account(&l);
	int64_t account = l.id;

	lab_order(&l, "classic", &order_id, &authz_id);
	prove(&l, authz_id, FIXTURE_NOW - HOUR);
	finalize(&l, order_id);
	const struct store_asker who = lab_asks(&l);

	store_account_end(l.ca.store, &who, account, ACCOUNT_DEACTIVATED);
	lab_await(&l, STORE_DONE);
	crash_and_resume(&l, order_id);
	assert_false(l.order.certified);
	assert_non_null(strstr(l.order.error, "acme:error:unauthorized"));
	assert_non_null(strstr(l.order.error, "was deactivated"));
	lab_close(&l);
}

static void a_challenge_under_way_is_judged(void **state)
{
	struct lab l;
	int64_t order_id, authz_id;

	(void)state;
	lab_open(&l, LAB_NO_DNS, "[test]\nalways_valid = yes\n");
	lab_account(&l);
	lab_order(&l, "classic", &order_id, &authz_id);
	begin(&l, authz_id);
	lab_stop(&l);
	lab_start(&l);
	issuances_resume(l.loop.issuances);
	/* The verdict is stored before the loop hears that it is. */
	do {
		see_order(&l, order_id);
	} while (store_order_status(&l.order, FIXTURE_NOW) == ORDER_PENDING ||
		 dcv_open_count(l.loop.dcv) > 0);
	assert_int_equal(store_order_status(&l.order, FIXTURE_NOW), ORDER_READY);
	lab_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finalized_order_gets_its_certificate),
		cmocka_unit_test(a_key_blocked_meanwhile_is_not_certified_for_long),
		cmocka_unit_test(an_order_of_no_profile_fails),
		cmocka_unit_test(old_authorizations_need_caa_again),
		cmocka_unit_test(an_order_of_an_ended_account_fails),
		cmocka_unit_test(a_challenge_under_way_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
