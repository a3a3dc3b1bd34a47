/* Certificates that answer TLS challenges: RFC 8737 §3, RFC 8738 §6, ca.md 3.1. */
#include "check.h"

#include "base/limits.h"
#include "jose/openssl.h"
#include "jose/signer.h"
#include "pki/cert.h"
#include "pki/challenge_cert.h"

#define NOW ((time_t)1795302586)

static const unsigned char digest[ACME_DIGEST_BYTES] = { 0xab, 1, 2, 3 };
static const unsigned char other_digest[ACME_DIGEST_BYTES] = { 0xcd, 1, 2, 3 };

/* What is made, and what its judge says who wants "a.test" (or 192.0.2.1); part NULL: proved. */
static const struct row {
	const char *dns, *more_dns, *ip;
	const unsigned char *digest;
	const char *wanted_dns, *wanted_ip, *part;
} rows[] = {
	{ "a.test", NULL, NULL, digest, "a.test", NULL, NULL },
	{ "A.Test", NULL, NULL, digest, "a.test", NULL, NULL },
	{ NULL, NULL, "192.0.2.1", digest, NULL, "192.0.2.1", NULL },
	{ NULL, NULL, "2001:db8::1", digest, NULL, "2001:db8::1", NULL },
	{ "a.test", NULL, NULL, NULL, "a.test", NULL,
	  "acmeIdentifier (OID 1.3.6.1.5.5.7.1.31) is not" },
	{ "a.test", NULL, NULL, other_digest, "a.test", NULL, "expected ab010203" },
	{ "a.test", NULL, NULL, other_digest, "a.test", NULL, "got cd010203" },
	{ "b.test", NULL, NULL, digest, "a.test", NULL, "does not match expected identifier" },
	{ NULL, NULL, "192.0.2.2", digest, NULL, "192.0.2.1",
	  "does not match expected identifier" },
	{ "a.test", "b.test", NULL, digest, "a.test", NULL, "wrong number of identifiers" },
	{ "a.test", NULL, "192.0.2.1", digest, "a.test", NULL, "wrong number of identifiers" },
	{ "a.test", NULL, "192.0.2.1", digest, NULL, "192.0.2.1", "wrong number of identifiers" },
	{ NULL, NULL, NULL, digest, "a.test", NULL, "wrong number of identifiers" },
};

static void make(struct buf *der, const struct row *row)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	AUTO(cert_names_release) struct cert_names names = { 0 };

	if (row->dns != NULL)
		strlist_add(&names.dns, row->dns);
	if (row->more_dns != NULL)
		strlist_add(&names.dns, row->more_dns);
	if (row->ip != NULL)
		strlist_add(&names.ip, row->ip);
	assert_done(key_generate(&key, "secp256r1", 0));
	assert_done(challenge_cert_make(der, key, &names, row->digest, NOW));
}

static void each_check_has_its_own_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_KIB(4));
		AUTO(challenge_cert_release) struct challenge_cert c = { 0 };

		make(&der, row);
		assert_done(challenge_cert_read(&c, der.data, der.len));
		if (row->part == NULL)
			assert_done(
				challenge_cert_check(&c, row->wanted_dns, row->wanted_ip, digest));
		else
			assert_refused(
				challenge_cert_check(&c, row->wanted_dns, row->wanted_ip, digest),
				ERR_CHALLENGE, row->part);
	}
}

static void another_signature_is_not_its_own(void **state)
{
	(void)state;
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_KIB(4));
	AUTO(challenge_cert_release) struct challenge_cert c = { 0 };

	make(&der, &rows[0]);
	der.data[der.len - 1] ^= 1;
	assert_done(challenge_cert_read(&c, der.data, der.len));
	assert_refused(challenge_cert_check(&c, "a.test", NULL, digest), ERR_CHALLENGE,
		       "not self-signed");
}

static void what_is_no_certificate_is_refused(void **state)
{
	(void)state;
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_KIB(4));
	struct challenge_cert c = { 0 };

	make(&der, &rows[0]);
	for (size_t len = 0; len < der.len; len++)
		assert_refused(challenge_cert_read(&c, der.data, len), ERR_PARSE,
			       "not a certificate");
	buf_addc(&der, 'x');
	assert_refused(challenge_cert_read(&c, der.data, der.len), ERR_PARSE, "not a certificate");
}

/* Our strict reader and OpenSSL's agree about what was written. */
static void is_a_certificate_of_a_week(void **state)
{
	(void)state;
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_KIB(4));
	AUTO(cert_free) struct cert *c = NULL;
	bool signed_by_itself = false;

	make(&der, &rows[0]);
	assert_done(cert_from_der(&c, der.data, der.len));
	assert_done(cert_signed_by(&signed_by_itself, c, c));
	assert_true(signed_by_itself);
	assert_string_equal(c->subject_cn, "ACME challenge");
	assert_string_equal(c->names.dns.items[0], "a.test");
	assert_int_equal(c->not_before, NOW - 24 * 60 * 60);
	assert_int_equal(c->not_after, NOW + 7 * 24 * 60 * 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_check_has_its_own_error),
		cmocka_unit_test(another_signature_is_not_its_own),
		cmocka_unit_test(what_is_no_certificate_is_refused),
		cmocka_unit_test(is_a_certificate_of_a_week),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
