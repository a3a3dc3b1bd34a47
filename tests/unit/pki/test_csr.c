#include "make.h"

#include "pki/csr.h"
#include "pki/pem.h"

static const char *const types[] = { "rsa", "secp256r1", "secp384r1", "secp521r1", "ed25519" };

static void names_of(struct cert_names *out, const char *dns, const char *ip)
{
	strlist_split(&out->dns, dns, ',');
	strlist_split(&out->ip, ip, ',');
}

static X509_REQ *openssl_reads(const struct buf *der)
{
	const unsigned char *at = (const unsigned char *)der->data;
	X509_REQ *req = d2i_X509_REQ(NULL, &at, (long)der->len);

	assert_non_null(req);
	assert_ptr_equal(at, der->data + der->len);
	return req;
}

static char *openssl_alt_names(X509_REQ *req)
{
	STACK_OF(X509_EXTENSION) *exts = X509_REQ_get_extensions(req);
	BIO *b = BIO_new(BIO_s_mem());
	char *text = NULL;
	int at = X509v3_get_ext_by_NID(exts, NID_subject_alt_name, -1);

	assert_true(at >= 0);
	assert_int_equal(X509V3_EXT_print(b, X509v3_get_ext(exts, at), 0, 0), 1);
	long len = BIO_get_mem_data(b, &text);
	char *copy = xstrndup(text, (size_t)len);

	BIO_free(b);
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	return copy;
}

/* RFC 2986 §4.1, RFC 2985 §5.4.2, RFC 8555 §7.4 */
static void test_openssl_accepts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *key = make_key(types[i]);
		AUTO(cert_names_release) struct cert_names names = { 0 };
		AUTO(buf_release) struct buf der = BUF_INIT(8192);

		names_of(&names, "z.test,*.a.test", "192.0.2.1,2001:db8::1");
		assert_done(csr_build(&der, key, &names, false));
		X509_REQ *req = openssl_reads(&der);
		AUTO(free) char *alt = openssl_alt_names(req);

		assert_int_equal(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)), 1);
		assert_int_equal(X509_NAME_entry_count(X509_REQ_get_subject_name(req)), 0);
		assert_int_equal(X509_REQ_get_version(req), X509_REQ_VERSION_1);
		assert_string_equal(
			alt,
			"DNS:z.test, DNS:*.a.test, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1");
		X509_REQ_free(req);
	}
}

/* RFC 7633 §6 for must_staple */
static void test_own_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(types); i++) {
		AUTO(evp_pkey_free) EVP_PKEY *key = make_key(types[i / 2]);
		AUTO(cert_names_release) struct cert_names names = { 0 };
		AUTO(buf_release) struct buf der = BUF_INIT(8192);
		AUTO(buf_release) struct buf pem = BUF_INIT(8192);
		AUTO(csr_free) struct csr *c = NULL;

		names_of(&names, "b.test,a.test", "2001:db8::1");
		assert_done(csr_build(&der, key, &names, i % 2 == 1));
		pem_add(&pem, "CERTIFICATE REQUEST", der.data, der.len);
		assert_done(i % 2 == 1 ? csr_parse(&c, der.data, der.len)
				       : csr_parse(&c, pem.data, pem.len));
		assert_true(cert_names_same(&c->names, &names));
		assert_string_equal(c->names.dns.items[0], "b.test");
		assert_int_equal(c->must_staple, i % 2 == 1);
		assert_true(key_same_public(key, c->key));
		assert_null(c->common_name);
		assert_false(c->has_other_names);
		assert_int_equal(c->der.len, der.len);
	}
}

static void test_many_names(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key("secp256r1");
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(buf_release) struct buf der = BUF_INIT(65536);
	AUTO(buf_release) struct buf small = BUF_INIT(1000);
	AUTO(csr_free) struct csr *c = NULL;

	(void)state;
	for (int i = 0; i < 1000; i++)
		strlist_take(&names.dns, str_fmt("name-%d.example.test", i));
	assert_done(csr_build(&der, key, &names, false));
	assert_done(csr_parse(&c, der.data, der.len));
	assert_int_equal(c->names.dns.count, 1000);
	assert_refused(csr_build(&small, key, &names, false), ERR_LIMIT, "certificate request");
}

static void test_bad_address(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key("secp256r1");
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(buf_release) struct buf der = BUF_INIT(8192);

	(void)state;
	names_of(&names, "", "192.0.2.300");
	assert_refused(csr_build(&der, key, &names, false), ERR_USAGE,
		       "192.0.2.300 is no IP address");
}

struct foreign {
	const char *cn, *alt_names, *tls_feature;
	const EVP_MD *digest;
};

static void make_foreign(struct buf *der, const struct foreign *f, EVP_PKEY *key, EVP_PKEY *signer)
{
	X509_REQ *req = X509_REQ_new();
	STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
	unsigned char *bytes = NULL;

	if (f->cn != NULL)
		make_name(X509_REQ_get_subject_name(req), f->cn);
	if (f->alt_names != NULL)
		sk_X509_EXTENSION_push(
			exts, X509V3_EXT_nconf(NULL, NULL, "subjectAltName", f->alt_names));
	if (f->tls_feature != NULL)
		sk_X509_EXTENSION_push(exts,
				       X509V3_EXT_nconf(NULL, NULL, "tlsfeature", f->tls_feature));
	if (sk_X509_EXTENSION_num(exts) > 0)
		assert_int_equal(X509_REQ_add_extensions(req, exts), 1);
	assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
	assert_true(X509_REQ_sign(req, signer, f->digest) > 0);
	int len = i2d_X509_REQ(req, &bytes);

	buf_add(der, bytes, (size_t)len);
	OPENSSL_free(bytes);
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	X509_REQ_free(req);
}

static const struct {
	struct foreign f;
	const char *names; /* joined */
	bool must_staple, others;
} foreign[] = {
	{ { "A.test", NULL, NULL, NULL }, "a.test", false, false },
	{ { "a.test", "DNS:B.test,DNS:a.test", NULL, NULL }, "b.test, a.test", false, false },
	{ { "c.test", "DNS:b.test", NULL, NULL }, "c.test, b.test", false, false },
	{ { "192.0.2.1", "IP:192.0.2.1", NULL, NULL }, "192.0.2.1", false, false },
	{ { NULL, "DNS:a.test,email:x@a.test", NULL, NULL }, "a.test", false, true },
	{ { NULL, "URI:https://a.test/", NULL, NULL }, "no name", false, true },
	{ { NULL, "DNS:a.test", "status_request", NULL }, "a.test", true, false },
	{ { NULL, "DNS:a.test", "17", NULL }, "a.test", false, false },
	{ { NULL, NULL, NULL, NULL }, "no name", false, false },
};

static void test_foreign(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key("rsa");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
		struct foreign f = foreign[i].f;
		AUTO(buf_release) struct buf der = BUF_INIT(8192);
		AUTO(csr_free) struct csr *c = NULL;

		f.digest = EVP_sha256();
		make_foreign(&der, &f, key, key);
		assert_done(csr_parse(&c, der.data, der.len));
		AUTO(free) char *names = cert_names_text(&c->names);

		assert_string_equal(names, foreign[i].names);
		assert_int_equal(c->must_staple, foreign[i].must_staple);
		assert_int_equal(c->has_other_names, foreign[i].others);
	}
}

static void test_wrong_signature(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key("rsa");
	AUTO(evp_pkey_free) EVP_PKEY *other = make_key("rsa");
	AUTO(evp_pkey_free) EVP_PKEY *ec = make_key("secp256r1");
	AUTO(buf_release) struct buf by_other = BUF_INIT(8192);
	AUTO(buf_release) struct buf by_ec = BUF_INIT(8192);
	AUTO(buf_release) struct buf by_sha1 = BUF_INIT(8192);
	AUTO(csr_free) struct csr *c = NULL;
	struct foreign f = { "a.test", NULL, NULL, EVP_sha256() };

	(void)state;
	make_foreign(&by_other, &f, key, other);
	make_foreign(&by_ec, &f, key, ec);
	f.digest = EVP_sha1();
	make_foreign(&by_sha1, &f, key, key);
	assert_refused(csr_parse(&c, by_other.data, by_other.len), ERR_CRYPTO, "not its key's");
	assert_refused(csr_parse(&c, by_ec.data, by_ec.len), ERR_CRYPTO, "not its key's");
	assert_refused(csr_parse(&c, by_sha1.data, by_sha1.len), ERR_CRYPTO, "not allowed");
	assert_null(c);
}

static void test_weak_keys(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *small = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
	AUTO(evp_pkey_free) EVP_PKEY *koblitz = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1");
	AUTO(buf_release) struct buf a = BUF_INIT(8192);
	AUTO(buf_release) struct buf b = BUF_INIT(8192);
	AUTO(csr_free) struct csr *c = NULL;
	struct foreign f = { "a.test", NULL, NULL, EVP_sha256() };

	(void)state;
	make_foreign(&a, &f, small, small);
	make_foreign(&b, &f, koblitz, koblitz);
	assert_refused(csr_parse(&c, a.data, a.len), ERR_CRYPTO, "under 2048 bits");
	assert_refused(csr_parse(&c, b.data, b.len), ERR_CRYPTO, "neither RSA, ECDSA nor Ed25519");
}

/* Every cut, and every byte changed, is refused: something of it is always signed or structure. */
static void test_damage(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key("secp256r1");
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(buf_release) struct buf der = BUF_INIT(8192);

	(void)state;
	names_of(&names, "a.test", "");
	assert_done(csr_build(&der, key, &names, true));
	for (size_t i = 0; i < der.len; i++) {
		AUTO(free) char *copy = xmemdup(der.data, der.len);
		AUTO(csr_free) struct csr *cut = NULL;
		AUTO(csr_free) struct csr *changed = NULL;
		AUTO(err_free) struct err *a = csr_parse(&cut, copy, i);

		copy[i] = (char)(copy[i] ^ 0x10);
		AUTO(err_free) struct err *b = csr_parse(&changed, copy, der.len);

		assert_non_null(a);
		assert_non_null(b);
	}
	buf_addc(&der, '\0');
	AUTO(csr_free) struct csr *longer = NULL;

	assert_refused(csr_parse(&longer, der.data, der.len), ERR_PARSE, "not a PKCS #10 request");
}

static void test_not_a_request(void **state)
{
	static const char cert[] = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
	AUTO(csr_free) struct csr *c = NULL;
	AUTO(free) char *large = xcalloc(1, 300000);

	(void)state;
	assert_refused(csr_parse(&c, "", 0), ERR_PARSE, "neither PEM nor DER");
	assert_refused(csr_parse(&c, "hello", 5), ERR_PARSE, "neither PEM nor DER");
	assert_refused(csr_parse(&c, cert, strlen(cert)), ERR_PARSE,
		       "PEM block CERTIFICATE, not a request");
	assert_refused(csr_parse(&c, large, 300000), ERR_LIMIT, "more than 262144 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openssl_accepts), cmocka_unit_test(test_own_round_trip),
		cmocka_unit_test(test_many_names),      cmocka_unit_test(test_bad_address),
		cmocka_unit_test(test_foreign),         cmocka_unit_test(test_wrong_signature),
		cmocka_unit_test(test_weak_keys),       cmocka_unit_test(test_damage),
		cmocka_unit_test(test_not_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
