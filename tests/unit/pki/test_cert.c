#include "make.h"

#include "pki/cert.h"
#include "pki/pem.h"

struct keys {
	EVP_PKEY *leaf, *ca;
};

static struct keys keys;

static int setup(void **state)
{
	(void)state;
	keys.leaf = make_key("secp256r1");
	keys.ca = make_key("rsa");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	EVP_PKEY_free(keys.leaf);
	EVP_PKEY_free(keys.ca);
	return 0;
}

static struct recipe usual(void)
{
	return (struct recipe){
		.subject_cn = "a.test",
		.issuer_cn = "Tests Intermediate 7",
		.key = keys.leaf,
		.issuer_key = keys.ca,
		.alt_names = "DNS:a.test,DNS:*.B.test,IP:192.0.2.1,IP:2001:db8::1",
		.from_day = 0,
		.days = 90,
	};
}

static struct cert *made(const struct recipe *r)
{
	AUTO(buf_release) struct buf der = BUF_INIT(65536);
	struct cert *c = NULL;

	make_x509(&der, r);
	assert_done(cert_from_der(&c, der.data, der.len));
	return c;
}

/* RFC 5280 §4.2.1.6, §4.2.2.1 */
static void test_fields(void **state)
{
	struct recipe r = usual();

	(void)state;
	r.more[0] = "authorityInfoAccess";
	r.more[1] = "caIssuers;URI:http://a.test/ca,OCSP;URI:http://ocsp.test/x";
	AUTO(cert_free) struct cert *c = made(&r);
	AUTO(free) char *names = cert_names_text(&c->names);

	assert_string_equal(names, "a.test, *.b.test, 192.0.2.1, 2001:db8::1");
	assert_string_equal(c->subject_cn, "a.test");
	assert_string_equal(c->issuer_cn, "Tests Intermediate 7");
	assert_string_equal(c->serial_hex, "1ff4e90263eeb013");
	assert_int_equal(c->not_before, NOON);
	assert_int_equal(c->not_after, NOON + 90 * DAY);
	assert_int_equal(c->ocsp_urls.count, 1);
	assert_string_equal(c->ocsp_urls.items[0], "http://ocsp.test/x");
	assert_string_equal(cert_key_family(c), "ECDSA");
	assert_int_equal(c->authority_key_id.len, 0);
}

static const struct {
	const char *hex, *shown;
	size_t octets;
} serials[] = {
	{ "0", "0", 1 },
	{ "1", "1", 1 },
	{ "0abc", "abc", 2 },
	{ "80", "80", 2 },
	{ "ff00", "ff00", 3 },
	{ "0123456789abcdef0123456789abcdef01234567", "123456789abcdef0123456789abcdef01234567",
	  20 },
};

/* RFC 9773 §4.1: the octets as they stand, sign byte and all */
static void test_serials(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(serials); i++) {
		struct recipe r = usual();

		r.serial_hex = serials[i].hex;
		AUTO(cert_free) struct cert *c = made(&r);

		assert_string_equal(c->serial_hex, serials[i].shown);
		assert_int_equal(c->serial.len, serials[i].octets);
	}
}

/* RFC 5280 §4.1.2.2; we take longer ones than it allows, but not any */
static void test_huge_serial(void **state)
{
	AUTO(buf_release) struct buf der = BUF_INIT(65536);
	AUTO(free) char *hex = xcalloc(1, 131);
	AUTO(cert_free) struct cert *c = NULL;
	struct recipe r = usual();

	(void)state;
	memset(hex, '1', 130);
	r.serial_hex = hex;
	make_x509(&der, &r);
	assert_refused(cert_from_der(&c, der.data, der.len), ERR_PARSE,
		       "a serial number of 65 bytes");
}

static void test_key_identifier(void **state)
{
	struct recipe r = usual();

	(void)state;
	r.more[0] = "subjectKeyIdentifier";
	r.more[1] = "hash";
	r.more[2] = "authorityKeyIdentifier";
	r.more[3] = "keyid:always";
	AUTO(cert_free) struct cert *c = made(&r);

	assert_int_equal(c->authority_key_id.len, 20);
}

static void test_without_extensions(void **state)
{
	struct recipe r = usual();

	(void)state;
	r.alt_names = NULL;
	r.subject_cn = NULL;
	AUTO(cert_free) struct cert *c = made(&r);

	assert_null(c->subject_cn);
	assert_int_equal(c->names.dns.count + c->names.ip.count, 0);
}

/* RFC 5280 §4.1.2.4 */
static void test_strange_common_name(void **state)
{
	struct recipe r = usual();

	(void)state;
	r.subject_cn = "\x1b[31mred\xc3\xa4";
	AUTO(cert_free) struct cert *c = made(&r);

	assert_string_equal(c->subject_cn, "\\x1b[31mred\xc3\xa4");
}

static const struct {
	long days;
	time_t due;
} lives[] = {
	{ 90, 60 * DAY },   { 12, 8 * DAY }, { 10, 10 * DAY * 2 / 3 },
	{ 9, 9 * DAY / 2 }, { 6, 3 * DAY },  { 3650, 3650 / 2 * DAY * 4 / 3 },
};

static void test_due(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lives); i++) {
		struct recipe r = usual();

		r.days = lives[i].days;
		AUTO(cert_free) struct cert *c = made(&r);
		time_t due = NOON + lives[i].due;

		assert_in_range(cert_due_time(c), due - 1, due + 1);
		assert_false(cert_is_due(c, due - 2));
		assert_true(cert_is_due(c, due + 2));
		assert_false(cert_is_expired(c, c->not_after));
		assert_true(cert_is_expired(c, c->not_after + 1));
	}
}

static void test_covers(void **state)
{
	struct recipe r = usual();
	AUTO(cert_names_release) struct cert_names names = { 0 };

	(void)state;
	AUTO(cert_free) struct cert *c = made(&r);

	strlist_split(&names.dns, "*.b.test,a.test", ',');
	assert_false(cert_covers(c, &names));
	strlist_split(&names.ip, "2001:db8::1,192.0.2.1", ',');
	assert_true(cert_covers(c, &names));
	strlist_add(&names.dns, "c.test");
	assert_false(cert_covers(c, &names));
}

static const char *const types[] = { "rsa", "secp256r1", "secp384r1", "secp521r1", "ed25519" };

/* RFC 5280 §4.1.2.7 */
static void test_key_of_each_type(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *other = make_key("secp256r1");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *key = make_key(types[i]);
		AUTO(evp_pkey_free) EVP_PKEY *public_key = NULL;
		AUTO(buf_release) struct buf file = BUF_INIT(8192);
		struct recipe r = usual();
		bool yes = false;

		r.key = key;
		AUTO(cert_free) struct cert *c = made(&r);

		assert_done(cert_has_key(&yes, c, key));
		assert_true(yes);
		assert_done(cert_has_key(&yes, c, other));
		assert_false(yes);
		assert_done(key_to_pem(&file, key));
		assert_done(cert_has_key_file(&yes, c, file.data, file.len));
		assert_true(yes);
		buf_reset(&file);
		assert_done(key_to_pem(&file, other));
		assert_done(cert_has_key_file(&yes, c, file.data, file.len));
		assert_false(yes);
		assert_done(cert_key(&public_key, c));
		assert_true(key_same_public(public_key, key));
	}
}

static void test_compressed_point(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key("secp256r1");
	struct recipe r = usual();
	bool yes = false;

	(void)state;
	assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "point-format", "compressed"), 1);
	r.key = key;
	AUTO(cert_free) struct cert *c = made(&r);

	assert_true(c->spki.len < 70);
	assert_done(cert_has_key(&yes, c, key));
	assert_true(yes);
	assert_done(cert_has_key(&yes, c, keys.leaf));
	assert_false(yes);
}

/* RFC 4055 §5, RFC 5758 §3.2, RFC 8410 §3 */
static const struct {
	const char *type, *digest;
} signatures[] = {
	{ "rsa", "SHA256" },       { "rsa", "SHA384" },       { "rsa", "SHA512" },
	{ "rsa", "SHA1" },         { "secp256r1", "SHA256" }, { "secp256r1", "SHA384" },
	{ "secp384r1", "SHA384" }, { "secp384r1", "SHA256" }, { "secp521r1", "SHA512" },
	{ "ed25519", NULL },
};

static void test_signed_by(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(signatures); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *ca = make_key(signatures[i].type);
		AUTO(evp_pkey_free) EVP_PKEY *other = make_key(signatures[i].type);
		struct recipe r = usual();
		struct recipe root = usual();
		bool yes = false;

		r.issuer_key = ca;
		r.digest = signatures[i].digest;
		root.subject_cn = r.issuer_cn;
		root.key = ca;
		AUTO(cert_free) struct cert *c = made(&r);
		AUTO(cert_free) struct cert *issuer = made(&root);

		assert_done(cert_signed_by(&yes, c, issuer));
		assert_true(yes);
		assert_true(cert_names_issuer(c, issuer));
		assert_false(cert_names_issuer(issuer, c));
		assert_done(cert_signed_by_key(&yes, c, ca));
		assert_true(yes);
		assert_done(cert_signed_by_key(&yes, c, other));
		assert_false(yes);
		assert_done(cert_signed_by_key(&yes, c, keys.leaf));
		assert_int_equal(yes, false);
	}
}

/* RFC 7468 §2 */
static void test_pem(void **state)
{
	AUTO(buf_release) struct buf der = BUF_INIT(65536);
	AUTO(buf_release) struct buf pem = BUF_INIT(65536);
	AUTO(cert_free) struct cert *c = NULL;
	AUTO(cert_free) struct cert *none = NULL;
	struct recipe r = usual();

	(void)state;
	make_x509(&der, &r);
	buf_adds(&pem, "Some text\n-----BEGIN X-----\nMAA=\n-----END X-----\n");
	pem_add(&pem, "CERTIFICATE", der.data, der.len);
	assert_done(cert_from_pem(&c, pem.data, pem.len));
	assert_int_equal(c->der.len, der.len);
	assert_memory_equal(c->der.data, der.data, der.len);
	assert_refused(cert_from_pem(&none, "", 0), ERR_PARSE, "no certificate in PEM form");
	assert_refused(cert_from_pem(&none, pem.data, 49), ERR_PARSE, "no certificate");
	assert_refused(cert_from_pem(&none, pem.data, pem.len - 30), ERR_PARSE,
		       "without its END line");
}

/*
 * What a reader must not do with any damage is crash, hang or read beyond; a change may go
 * unnoticed here (nothing is verified).
 */
static void test_damage(void **state)
{
	AUTO(buf_release) struct buf der = BUF_INIT(65536);
	struct recipe r = usual();

	(void)state;
	make_x509(&der, &r);
	for (size_t i = 0; i < der.len; i++) {
		AUTO(free) char *exact = xmemdup(der.data, i);
		AUTO(free) char *copy = xmemdup(der.data, der.len);
		AUTO(cert_free) struct cert *cut = NULL;
		AUTO(cert_free) struct cert *changed = NULL;
		AUTO(err_free) struct err *a = cert_from_der(&cut, exact, i);

		assert_non_null(a);
		copy[i] = (char)(copy[i] ^ 0x80);
		err_ignore(cert_from_der(&changed, copy, der.len));
	}
	buf_addc(&der, 'x');
	AUTO(cert_free) struct cert *longer = NULL;

	assert_refused(cert_from_der(&longer, der.data, der.len), ERR_PARSE, "not a certificate");
}

static void replace(struct buf *b, const char *from, const char *to, size_t len)
{
	char *at = memmem(b->data, b->len, from, len);

	assert_non_null(at);
	memcpy(at, to, len);
}

static const struct {
	const char *from, *to;
	size_t len;
	const char *part;
} edits[] = {
	{ "\x82\x06"
	  "a.test",
	  "\x82\x06"
	  "a\0test",
	  8, "malformed extension subjectAltName" },
	{ "\x82\x06"
	  "a.test",
	  "\x82\x06"
	  "a test",
	  8, "malformed extension subjectAltName" },
	{ "\x82\x06"
	  "a.test",
	  "\x82\x06"
	  "a\xc3\xa4tst",
	  8, "malformed extension subjectAltName" },
	{ "\x82\x06"
	  "a.test",
	  "\x82\x05"
	  "a.test",
	  8, "malformed extension subjectAltName" },
	{ "\x87\x04\xc0\x00\x02\x01", "\x87\x03\xc0\x00\x02\x01", 6,
	  "malformed extension subjectAltName" },
	{ "\x17\x0d"
	  "26",
	  "\x17\x0d"
	  "2x",
	  4, "malformed dates" },
	{ "\x17\x0d"
	  "26",
	  "\x16\x0d"
	  "26",
	  4, "malformed dates" },
	{ "\x06\x03\x55\x1d\x11", "\x05\x03\x55\x1d\x11", 5, "a malformed extension" },
	{ "\xa0\x03\x02\x01\x02\x02\x08", "\xa0\x03\x02\x01\x02\x02\x07", 7, "not a certificate" },
};

static void test_edits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		AUTO(buf_release) struct buf der = BUF_INIT(65536);
		AUTO(cert_free) struct cert *c = NULL;
		struct recipe r = usual();

		make_x509(&der, &r);
		replace(&der, edits[i].from, edits[i].to, edits[i].len);
		assert_refused(cert_from_der(&c, der.data, der.len), ERR_PARSE, edits[i].part);
	}
}

/* RFC 5280 §4.2 */
static void test_extension_twice(void **state)
{
	AUTO(buf_release) struct buf der = BUF_INIT(65536);
	AUTO(cert_free) struct cert *c = NULL;
	struct recipe r = usual();

	(void)state;
	r.more[0] = "subjectAltName";
	r.more[1] = "DNS:evil.test";
	make_x509(&der, &r);
	assert_refused(cert_from_der(&c, der.data, der.len), ERR_PARSE,
		       "two extensions subjectAltName");
}

/* RFC 5280 §4.1.1.2 */
static void test_two_algorithms(void **state)
{
	AUTO(buf_release) struct buf der = BUF_INIT(65536);
	AUTO(cert_free) struct cert *c = NULL;
	struct recipe r = usual();

	(void)state;
	make_x509(&der, &r);
	replace(&der, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b",
		"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", 9);
	assert_refused(cert_from_der(&c, der.data, der.len), ERR_PARSE,
		       "two different signature algorithms");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_serials),
		cmocka_unit_test(test_huge_serial),
		cmocka_unit_test(test_key_identifier),
		cmocka_unit_test(test_without_extensions),
		cmocka_unit_test(test_strange_common_name),
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_key_of_each_type),
		cmocka_unit_test(test_compressed_point),
		cmocka_unit_test(test_signed_by),
		cmocka_unit_test(test_pem),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_extension_twice),
		cmocka_unit_test(test_two_algorithms),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
