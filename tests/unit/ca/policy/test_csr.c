#include "pki/make.h"

#include "ca/config/config.h"
#include "ca/policy/csr.h"
#include "jose/base64url.h"

static struct ca_config config;
static const struct policy policy = { .config = &config };

struct recipe_csr {
	const char *cn, *alt_names, *extension, *value;
	const char *digest; /* NULL: SHA256 */
	const char *key;    /* NULL: secp256r1 */
	const char *second_cn;
};

static void add_extension(STACK_OF(X509_EXTENSION) * exts, const char *name, const char *value)
{
	if (name == NULL)
		return;
	X509_EXTENSION *e = X509V3_EXT_nconf(NULL, NULL, name, value);

	assert_non_null(e);
	sk_X509_EXTENSION_push(exts, e);
}

static struct err *read(struct csr **out, const struct buf *der)
{
	AUTO(free) char *text = base64url_encode(der->data, der->len);
	AUTO(json_release) json_t *payload = json_object();

	json_object_set_new(payload, "csr", json_string(text));
	return csr_from_payload(out, payload, NULL);
}

static void make(struct buf *der, const struct recipe_csr *r, EVP_PKEY *key)
{
	X509_REQ *req = X509_REQ_new();
	STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
	unsigned char *bytes = NULL;

	if (r->cn != NULL)
		make_name(X509_REQ_get_subject_name(req), r->cn);
	if (r->second_cn != NULL)
		make_name(X509_REQ_get_subject_name(req), r->second_cn);
	if (r->alt_names != NULL)
		add_extension(exts, "subjectAltName", r->alt_names);
	add_extension(exts, r->extension, r->value);
	if (sk_X509_EXTENSION_num(exts) > 0)
		assert_int_equal(X509_REQ_add_extensions(req, exts), 1);
	assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
	assert_true(X509_REQ_sign(req, key,
				  EVP_get_digestbyname(r->digest != NULL ? r->digest : "SHA256")) >
		    0);
	int len = i2d_X509_REQ(req, &bytes);

	buf_add(der, bytes, (size_t)len);
	OPENSSL_free(bytes);
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	X509_REQ_free(req);
}

/* The order is for a.com, b.com and 192.0.2.1; ca.md 5.8. */
#define ALL "DNS:a.com,DNS:b.com,IP:192.0.2.1"
static const struct {
	struct recipe_csr recipe;
	const char *says; /* NULL: taken */
} rows[] = {
	{ { .alt_names = ALL }, NULL },
	{ { .alt_names = "DNS:B.com,IP:192.0.2.1,DNS:A.COM" }, NULL },
	{ { .alt_names = ALL ",DNS:a.com,IP:192.0.2.1" }, NULL },
	{ { .alt_names = "DNS:a.com,DNS:b.com,DNS:b.com" }, "(unauthorized)" },
	{ { .cn = "a.com", .alt_names = "DNS:b.com,IP:192.0.2.1" }, NULL },
	{ { .cn = "A.com", .alt_names = ALL }, NULL },
	{ { .alt_names = ALL, .extension = "basicConstraints", .value = "critical,CA:TRUE" },
	  NULL },
	{ { .alt_names = ALL, .extension = "extendedKeyUsage", .value = "codeSigning" }, NULL },
	{ { .alt_names = ALL, .key = "rsa" }, NULL },
	{ { .alt_names = "DNS:a.com,DNS:b.com" }, "(unauthorized)" },
	{ { .alt_names = ALL ",DNS:c.com" }, "(unauthorized)" },
	{ { .cn = "c.com", .alt_names = ALL }, "(unauthorized)" },
	{ { .cn = "a.com", .second_cn = "b.com", .alt_names = "IP:192.0.2.1" }, NULL },
	{ { .cn = "a.com", .second_cn = "c.com", .alt_names = ALL }, "(unauthorized)" },
	{ { .alt_names = "DNS:a.com,DNS:b.com,DNS:192.0.2.1" }, "(unauthorized)" },
	{ { .cn = NULL }, "no name at all (badCSR)" },
	{ { .cn = "192.0.2.1", .alt_names = ALL }, "common name is an IP address (badCSR)" },
	{ { .alt_names = ALL ",email:x@a.com" }, "(badCSR)" },
	{ { .alt_names = ALL ",URI:https://a.com/" }, "(badCSR)" },
	{ { .alt_names = ALL, .digest = "SHA1" }, "(badCSR)" },
	{ { .alt_names = ALL, .extension = "tlsfeature", .value = "status_request" }, "stapled" },
	{ { .alt_names = ALL, .extension = "subjectAltName", .value = "DNS:a.com" },
	  "subjectAltName" },
	{ { .alt_names = ALL, .key = "secp521r1" }, "P-521 keys are not taken" },
};

static struct err *judge(const struct recipe_csr *r, EVP_PKEY *account)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key(r->key != NULL ? r->key : "secp256r1");
	AUTO(buf_release) struct buf der = BUF_INIT(8192);
	AUTO(idents_release) struct idents ordered = { 0 };
	AUTO(csr_free) struct csr *c = NULL;

	idents_add(&ordered, IDENT_DNS, "a.com");
	idents_add(&ordered, IDENT_DNS, "b.com");
	idents_add(&ordered, IDENT_IP, "192.0.2.1");
	make(&der, r, key);
	TRY(read(&c, &der));
	return csr_check(&policy, c, &ordered, account);
}

static void test_rows(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *account = make_key("secp256r1");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].says == NULL)
			assert_done(judge(&rows[i].recipe, account));
		else
			assert_refused(judge(&rows[i].recipe, account), ERR_PROBLEM, rows[i].says);
	config.policy.quirks = QUIRKS_RFC; /* RFC 8555 §7.4 */
	assert_refused(judge(&(struct recipe_csr){ .alt_names = "DNS:a.com" }, account),
		       ERR_PROBLEM, "(badCSR)");
	config.policy.quirks = QUIRKS_LETSENCRYPT;
}

/* RFC 8555 §11.1 */
static void test_account_key(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key("secp256r1");
	AUTO(buf_release) struct buf der = BUF_INIT(8192);
	AUTO(idents_release) struct idents ordered = { 0 };
	AUTO(csr_free) struct csr *c = NULL;

	(void)state;
	idents_add(&ordered, IDENT_DNS, "a.com");
	make(&der, &(struct recipe_csr){ .alt_names = "DNS:a.com" }, key);
	assert_done(read(&c, &der));
	assert_refused(csr_check(&policy, c, &ordered, key), ERR_PROBLEM, "(malformed)");
}

static void test_bytes(void **state)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = make_key("secp256r1");
	AUTO(buf_release) struct buf der = BUF_INIT(8192);
	AUTO(csr_free) struct csr *c = NULL;

	(void)state;
	make(&der, &(struct recipe_csr){ .alt_names = "DNS:a.com" }, key);
	for (size_t len = 0; len < der.len; len++) {
		struct buf cut = { .data = der.data, .len = len, .cap = len, .max = len };

		assert_refused(read(&c, &cut), ERR_PROBLEM, "(malformed)");
	}
	der.data[der.len - 1] ^= 1;
	assert_refused(read(&c, &der), ERR_PROBLEM, "(badCSR)");
	der.data[der.len - 1] ^= 1;
	buf_addc(&der, 0);
	assert_refused(read(&c, &der), ERR_PROBLEM, "(malformed)");
	assert_null(c);
}

static const char *const payloads[] = {
	"{}",
	"{\"csr\":1}",
	"{\"csr\":\"\"}",
	"{\"csr\":\"MA==\"}",
	"{\"csr\":\"a+b/\"}",
	"{\"csr\":\"LS0tLS1CRUdJTg\"}",
};

static void test_payloads(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
		AUTO(json_release) json_t *payload = NULL;
		AUTO(csr_free) struct csr *c = NULL;

		assert_done(json_parse(&payload, payloads[i], strlen(payloads[i]), "payload"));
		assert_refused(csr_from_payload(&c, payload, NULL), ERR_PROBLEM, "(malformed)");
	}
}

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void check_common_name(const char *own, const char *first, const char *wanted)
{
	AUTO(idents_release) struct idents ordered = { 0 };
	AUTO(free) char *own_copy = own != NULL ? xstrdup(own) : NULL;
	const struct csr c = { .common_name = own_copy };

	idents_add(&ordered, IDENT_DNS, first);
	idents_add(&ordered, IDENT_DNS, A63 ".com");
	idents_add(&ordered, IDENT_IP, "192.0.2.1");
	AUTO(free) char *got = csr_common_name(&c, &ordered);

	if (wanted == NULL)
		assert_null(got);
	else
		assert_string_equal(got, wanted);
}

static void test_common_name(void **state)
{
	(void)state;
	check_common_name("B.com", "a.com", "b.com");
	check_common_name(NULL, "a.com", "a.com");
	check_common_name("", "a.com", "a.com");
	check_common_name(A63 ".com", "a.com", "a.com");
	check_common_name(NULL, A63 ".org", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),        cmocka_unit_test(test_account_key),
		cmocka_unit_test(test_bytes),       cmocka_unit_test(test_payloads),
		cmocka_unit_test(test_common_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
