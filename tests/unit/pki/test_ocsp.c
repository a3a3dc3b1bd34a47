#include "make.h"

#include <openssl/ocsp.h>

#include "pki/ocsp.h"
#include "pki/x509.h"

enum { HOUR = 60 * 60 };

/* leaf and other <- ca; helper (may answer for it) <- ca; stranger is nobody. */
static struct {
	EVP_PKEY *leaf_key, *ca_key, *stranger_key;
	struct cert *leaf, *other, *ca, *helper, *reader, *stranger;
} t;

static struct cert *made(const char *cn, const char *issuer_cn, EVP_PKEY *key, EVP_PKEY *by, const char *serial, const char *name,
			 const char *value)
{
	AUTO(buf_release) struct buf der = BUF_INIT(65536);
	struct cert *c = NULL;
	struct recipe r = { .subject_cn = cn,
			    .issuer_cn = issuer_cn,
			    .key = key,
			    .issuer_key = by,
			    .serial_hex = serial,
			    .from_day = -10,
			    .days = 100,
			    .more = { name, value } };

	make_x509(&der, &r);
	assert_done(cert_from_der(&c, der.data, der.len));
	return c;
}

static int setup(void **state)
{
	(void)state;
	t.leaf_key = make_key("secp256r1");
	t.ca_key = make_key("secp384r1");
	t.stranger_key = make_key("secp256r1");
	t.leaf = made("a.test", "CA", t.leaf_key, t.ca_key, "11", NULL, NULL);
	t.other = made("b.test", "CA", t.leaf_key, t.ca_key, "22", NULL, NULL);
	t.ca = made("CA", "CA", t.ca_key, t.ca_key, "01", "basicConstraints", "critical,CA:TRUE");
	t.helper = made("Helper", "CA", t.stranger_key, t.ca_key, "33", "extendedKeyUsage", "OCSPSigning");
	t.reader = made("Reader", "CA", t.stranger_key, t.ca_key, "44", "extendedKeyUsage", "serverAuth");
	t.stranger = made("Stranger", "Stranger", t.stranger_key, t.stranger_key, "55", "extendedKeyUsage", "OCSPSigning");
	return 0;
}

static int teardown(void **state)
{
	struct cert *all[] = { t.leaf, t.other, t.ca, t.helper, t.reader, t.stranger };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		cert_free(all[i]);
	EVP_PKEY_free(t.leaf_key);
	EVP_PKEY_free(t.ca_key);
	EVP_PKEY_free(t.stranger_key);
	return 0;
}

/* What a responder says; times from NOON on. */
struct saying {
	struct cert **about, **issuer, **by;
	EVP_PKEY **key;
	int status;
	int from_s, to_s; /* to 0: not said */
};

static void say(struct buf *out, const struct saying *s)
{
	AUTO(x509_free) X509 *about = x509_of(*s->about);
	AUTO(x509_free) X509 *issuer = x509_of(*s->issuer);
	AUTO(x509_free) X509 *by = x509_of(*s->by);
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), about, issuer);
	ASN1_TIME *from = ASN1_TIME_set(NULL, NOON + s->from_s);
	ASN1_TIME *to = s->to_s != 0 ? ASN1_TIME_set(NULL, NOON + s->to_s) : NULL;
	ASN1_TIME *since = ASN1_TIME_set(NULL, NOON - DAY);
	unsigned char *bytes = NULL;

	assert_non_null(OCSP_basic_add1_status(basic, id, s->status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
					       s->status == V_OCSP_CERTSTATUS_REVOKED ? since : NULL, from, to));
	assert_int_equal(OCSP_basic_sign(basic, by, *s->key, EVP_sha256(), NULL, 0), 1);
	OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	int len = i2d_OCSP_RESPONSE(response, &bytes);

	assert_true(len > 0);
	buf_add(out, bytes, (size_t)len);
	OPENSSL_free(bytes);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	ASN1_TIME_free(since);
}

static struct err *judged(bool *revoked, const struct saying *s)
{
	AUTO(buf_release) struct buf der = BUF_INIT(65536);

	say(&der, s);
	return ocsp_answer(revoked, der.data, der.len, t.leaf, t.ca, NOON);
}

#define ABOUT(who, signer, sign_key, state) \
	.about = &t.who, .issuer = &t.ca, .by = &t.signer, .key = &t.sign_key, .status = V_OCSP_CERTSTATUS_##state

static void test_believed(void **state)
{
	static const struct {
		struct saying saying;
		bool revoked;
	} cases[] = {
		{ { ABOUT(leaf, ca, ca_key, GOOD), .from_s = -HOUR, .to_s = DAY }, false },
		{ { ABOUT(leaf, ca, ca_key, UNKNOWN), .from_s = -HOUR, .to_s = DAY }, false },
		{ { ABOUT(leaf, ca, ca_key, REVOKED), .from_s = -HOUR, .to_s = DAY }, true },
		{ { ABOUT(leaf, ca, ca_key, REVOKED), .from_s = -100 * DAY }, true },
		{ { ABOUT(leaf, ca, ca_key, REVOKED), .from_s = 299, .to_s = DAY }, true },
		{ { ABOUT(leaf, ca, ca_key, REVOKED), .from_s = -DAY, .to_s = -299 }, true },
		{ { ABOUT(leaf, helper, stranger_key, REVOKED), .from_s = -HOUR, .to_s = DAY }, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool revoked = !cases[i].revoked;

		assert_done(judged(&revoked, &cases[i].saying));
		assert_int_equal(revoked, cases[i].revoked);
	}
}

static void test_not_believed(void **state)
{
	static const struct {
		struct saying saying;
		const char *why;
	} cases[] = {
		{ { ABOUT(other, ca, ca_key, REVOKED), .from_s = -HOUR, .to_s = DAY }, "another certificate" },
		{ { ABOUT(leaf, ca, ca_key, REVOKED), .from_s = 301, .to_s = DAY }, "not of these days" },
		{ { ABOUT(leaf, ca, ca_key, REVOKED), .from_s = -DAY, .to_s = -301 }, "not of these days" },
		{ { ABOUT(leaf, reader, stranger_key, REVOKED), .from_s = -HOUR, .to_s = DAY }, "not signed by" },
		{ { ABOUT(leaf, stranger, stranger_key, REVOKED), .from_s = -HOUR, .to_s = DAY }, "not signed by" },
		{ { .about = &t.leaf, .issuer = &t.other, .by = &t.ca, .key = &t.ca_key, .status = V_OCSP_CERTSTATUS_REVOKED,
		    .from_s = -HOUR, .to_s = DAY },
		  "another certificate" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool revoked = false;

		assert_refused(judged(&revoked, &cases[i].saying), ERR_CRYPTO, cases[i].why);
		assert_false(revoked);
	}
}

/* A part is never believed. */
static void test_damaged(void **state)
{
	const struct saying s = { ABOUT(leaf, ca, ca_key, REVOKED), .from_s = -HOUR, .to_s = DAY };
	AUTO(buf_release) struct buf der = BUF_INIT(65536);

	(void)state;
	say(&der, &s);
	for (size_t i = 0; i < der.len; i += 7) {
		AUTO(err_free) struct err *cut = NULL;
		bool revoked = false;

		cut = ocsp_answer(&revoked, der.data, i, t.leaf, t.ca, NOON);
		assert_non_null(cut);
		assert_false(revoked);
	}
}

static void test_refused(void **state)
{
	OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_TRYLATER, NULL);
	unsigned char *bytes = NULL;
	int len = i2d_OCSP_RESPONSE(response, &bytes);
	bool revoked = false;

	(void)state;
	assert_true(len > 0);
	assert_refused(ocsp_answer(&revoked, bytes, (size_t)len, t.leaf, t.ca, NOON), ERR_CRYPTO, "trylater");
	OPENSSL_free(bytes);
	OCSP_RESPONSE_free(response);
}

static void test_question(void **state)
{
	AUTO(buf_release) struct buf der = BUF_INIT(65536);
	AUTO(x509_free) X509 *leaf = x509_of(t.leaf);
	AUTO(x509_free) X509 *ca = x509_of(t.ca);
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf, ca);

	(void)state;
	assert_done(ocsp_question(&der, t.leaf, t.ca));
	const unsigned char *at = (const unsigned char *)der.data;
	OCSP_REQUEST *r = d2i_OCSP_REQUEST(NULL, &at, (long)der.len);

	assert_non_null(r);
	assert_int_equal(OCSP_request_onereq_count(r), 1);
	assert_int_equal(OCSP_id_cmp(OCSP_onereq_get0_id(OCSP_request_onereq_get0(r, 0)), id), 0);
	OCSP_CERTID_free(id);
	OCSP_REQUEST_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_believed), cmocka_unit_test(test_not_believed), cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_refused),	 cmocka_unit_test(test_question),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
