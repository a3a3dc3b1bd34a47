#include "make.h"

#include "pki/chain.h"
#include "pki/pem.h"

static struct {
	EVP_PKEY *leaf, *middle, *root, *other;
	char *leaf_pem, *middle_pem, *root_pem; /* leaf <- middle <- root */
} t;

static char *pem_of(const struct recipe *r)
{
	AUTO(buf_release) struct buf der = BUF_INIT(65536);
	struct buf pem = BUF_INIT(65536);

	make_x509(&der, r);
	pem_add(&pem, "CERTIFICATE", der.data, der.len);
	return buf_detach(&pem);
}

static int setup(void **state)
{
	(void)state;
	t.leaf = make_key("secp256r1");
	t.middle = make_key("secp384r1");
	t.root = make_key("rsa");
	t.other = make_key("secp256r1");
	t.leaf_pem = pem_of(&(struct recipe){ .issuer_cn = "Middle",
					      .key = t.leaf,
					      .issuer_key = t.middle,
					      .digest = "SHA384",
					      .alt_names = "DNS:a.test,DNS:b.test",
					      .days = 90 });
	t.middle_pem = pem_of(&(struct recipe){ .subject_cn = "Middle",
						.issuer_cn = "Root",
						.key = t.middle,
						.issuer_key = t.root,
						.from_day = -100,
						.days = 3000 });
	t.root_pem = pem_of(&(struct recipe){ .subject_cn = "Root",
					      .issuer_cn = "Root",
					      .key = t.root,
					      .issuer_key = t.root,
					      .from_day = -1000,
					      .days = 9000 });
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	EVP_PKEY_free(t.leaf);
	EVP_PKEY_free(t.middle);
	EVP_PKEY_free(t.root);
	EVP_PKEY_free(t.other);
	free(t.leaf_pem);
	free(t.middle_pem);
	free(t.root_pem);
	return 0;
}

static struct chain *chain_of(const char *a, const char *b, const char *c)
{
	AUTO(free) char *text = str_fmt("%s%s%s", a, b, c);
	struct chain *chain = NULL;

	assert_done(chain_parse(&chain, text, strlen(text)));
	return chain;
}

static struct err *check(const struct chain *c, const EVP_PKEY *key, const char *names, time_t now)
{
	AUTO(cert_names_release) struct cert_names wanted = { 0 };

	strlist_split(&wanted.dns, names, ',');
	return chain_check(c, key, &wanted, now);
}

static void test_good(void **state)
{
	AUTO(chain_free) struct chain *two = chain_of(t.leaf_pem, t.middle_pem, "");
	AUTO(chain_free) struct chain *three = chain_of(t.leaf_pem, t.middle_pem, t.root_pem);

	(void)state;
	assert_done(check(two, t.leaf, "a.test,b.test", NOON));
	assert_done(check(three, t.leaf, "b.test,a.test", NOON + 89 * DAY));
	assert_done(check(three, t.leaf, "b.test,a.test", NOON - 3600));
	assert_string_equal(chain_top_issuer(two), "Root");
	assert_string_equal(chain_top_issuer(three), "Root");
}

static void test_each_point(void **state)
{
	AUTO(chain_free) struct chain *good = chain_of(t.leaf_pem, t.middle_pem, "");
	AUTO(chain_free) struct chain *alone = chain_of(t.leaf_pem, "", "");
	AUTO(chain_free) struct chain *twisted = chain_of(t.leaf_pem, t.root_pem, t.middle_pem);
	AUTO(free)
	char *impostor_pem = pem_of(&(struct recipe){ .subject_cn = "Middle",
						      .issuer_cn = "Root",
						      .key = t.other,
						      .issuer_key = t.root,
						      .days = 100 });
	AUTO(chain_free) struct chain *impostor = chain_of(t.leaf_pem, impostor_pem, "");

	(void)state;
	assert_refused(check(good, t.other, "a.test,b.test", NOON), ERR_CRYPTO,
		       "the certificate is for another key than ours");
	assert_refused(check(good, t.root, "a.test,b.test", NOON), ERR_CRYPTO, "another key");
	assert_refused(check(good, t.leaf, "a.test,c.test", NOON), ERR_CRYPTO,
		       "the certificate is for a.test, b.test but a.test, c.test was asked for");
	assert_refused(check(good, t.leaf, "a.test", NOON), ERR_CRYPTO,
		       "is for a.test, b.test but a.test was asked for");
	assert_refused(
		check(good, t.leaf, "a.test,b.test", NOON - 3601), ERR_CRYPTO,
		"not valid before 2026-09-10 00:26:40+00:00, and it is 2026-09-09 23:26:39+00:00 here");
	assert_refused(check(good, t.leaf, "a.test,b.test", NOON + 91 * DAY), ERR_CRYPTO,
		       "the certificate expired on 2026-12-09");
	assert_refused(check(alone, t.leaf, "a.test,b.test", NOON), ERR_CRYPTO,
		       "came without its issuer's (\"Middle\")");
	assert_refused(
		check(twisted, t.leaf, "a.test,b.test", NOON), ERR_CRYPTO,
		"certificate 1 of the chain was issued by \"Middle\" but certificate 2 is \"Root\"");
	assert_refused(check(impostor, t.leaf, "a.test,b.test", NOON), ERR_CRYPTO,
		       "certificate 1 of the chain is not signed by certificate 2 (\"Middle\")");
}

static void test_backwards_dates(void **state)
{
	AUTO(free)
	char *leaf = pem_of(&(struct recipe){ .issuer_cn = "Middle",
					      .key = t.leaf,
					      .issuer_key = t.middle,
					      .digest = "SHA384",
					      .alt_names = "DNS:a.test",
					      .days = 0 });
	AUTO(chain_free) struct chain *c = chain_of(leaf, t.middle_pem, "");

	(void)state;
	assert_refused(check(c, t.leaf, "a.test", NOON), ERR_CRYPTO, "before it begins");
}

static void test_pem_out(void **state)
{
	AUTO(chain_free) struct chain *c = chain_of(t.leaf_pem, "\r\n\n", t.middle_pem);
	AUTO(buf_release) struct buf leaf = BUF_INIT(65536);
	AUTO(buf_release) struct buf rest = BUF_INIT(65536);
	AUTO(buf_release) struct buf full = BUF_INIT(65536);

	(void)state;
	chain_pem_leaf(c, &leaf);
	chain_pem_rest(c, &rest);
	chain_pem_full(c, &full);
	AUTO(free) char *both = str_fmt("%s%s", t.leaf_pem, t.middle_pem);

	assert_string_equal(buf_str(&leaf), t.leaf_pem);
	assert_string_equal(buf_str(&rest), t.middle_pem);
	assert_string_equal(buf_str(&full), both);
}

/* The form OpenSSL (and so Certbot) writes. */
static void test_pem_as_openssl(void **state)
{
	BIO *in = BIO_new_mem_buf(t.leaf_pem, -1);
	BIO *out = BIO_new(BIO_s_mem());
	X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
	char *text = NULL;

	(void)state;
	assert_non_null(x);
	assert_int_equal(PEM_write_bio_X509(out, x), 1);
	long len = BIO_get_mem_data(out, &text);

	assert_int_equal(strlen(t.leaf_pem), len);
	assert_memory_equal(t.leaf_pem, text, (size_t)len);
	X509_free(x);
	BIO_free(in);
	BIO_free(out);
}

#define BLOCK(label, body) "-----BEGIN " label "-----\n" body "\n-----END " label "-----\n"

/* RFC 8555 §9.1, RFC 7468 §3, RFC 4648 §4 */
static const struct {
	const char *text, *part;
} hostile[] = {
	{ "", "no certificate in it" },
	{ "\n \r\n", "no certificate in it" },
	{ "<html>no</html>", "text outside of PEM blocks" },
	{ "x" BLOCK("CERTIFICATE", "MAA="), "text outside of PEM blocks" },
	{ BLOCK("PRIVATE KEY", "MAA="), "certificate 1: a PEM block that is no certificate" },
	{ BLOCK("X509 CERTIFICATE", "MAA="), "no certificate" },
	{ BLOCK("CERTIFICATE", ""), "not a certificate" },
	{ BLOCK("CERTIFICATE", "MAA="), "certificate 1: certificate: not a certificate" },
	{ BLOCK("CERTIFICATE", "MAA"), "not base64" },
	{ BLOCK("CERTIFICATE", "MAB="), "not base64" },
	{ BLOCK("CERTIFICATE", "MAA=="), "not base64" },
	{ BLOCK("CERTIFICATE", "MA=A"), "not base64" },
	{ BLOCK("CERTIFICATE", "MAA=MAA="), "not base64" },
	{ BLOCK("CERTIFICATE", "MA-_"), "not base64" },
	{ BLOCK("CERTIFICATE", "Proc-Type: 4,ENCRYPTED\n\nMAA="), "not base64" },
	{ "-----BEGIN CERTIFICATE-----\nMAA=\n", "without its END line" },
	{ "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERT-----\n", "without its END line" },
	{ "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE", "without its END line" },
	{ "-----BEGIN CERTIFICATE\nMAA=\n-----END CERTIFICATE-----\n", "proper BEGIN line" },
	{ "-----BEGIN ", "proper BEGIN line" },
	{ "-----BEGIN \x1b[31m-----\nMAA=\n-----END \x1b[31m-----\n", "proper BEGIN line" },
};

static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		AUTO(chain_free) struct chain *c = NULL;

		assert_refused(chain_parse(&c, hostile[i].text, strlen(hostile[i].text)), ERR_PARSE,
			       hostile[i].part);
		assert_null(c);
	}
}

static void test_behind_a_good_one(void **state)
{
	AUTO(free) char *text = str_fmt("%s%s", t.leaf_pem, BLOCK("CERTIFICATE", "AAAA"));
	AUTO(free) char *tail = str_fmt("%s tail", t.leaf_pem);
	AUTO(chain_free) struct chain *c = NULL;

	(void)state;
	assert_refused(chain_parse(&c, text, strlen(text)), ERR_PARSE,
		       "certificate 2: certificate: not a certificate");
	assert_refused(chain_parse(&c, tail, strlen(tail)), ERR_PARSE, "text outside");
}

/* As people have them for their servers: key, certificate and notes in one. */
static void test_a_file_of_a_server(void **state)
{
	AUTO(free)
	char *text = str_fmt("my site\n%s%s# and above it\n%s", BLOCK("PRIVATE KEY", "MAA="),
			     t.leaf_pem, t.middle_pem);
	AUTO(chain_free) struct chain *c = NULL, *none = NULL;
	static const char key[] = BLOCK("PRIVATE KEY", "MAA=");

	(void)state;
	assert_done(chain_parse_file(&c, text, strlen(text)));
	assert_int_equal(c->count, 2);
	assert_refused(chain_parse_file(&none, key, strlen(key)), ERR_PARSE,
		       "no certificate in it");
	assert_refused(chain_parse(&none, text, strlen(text)), ERR_PARSE, "text outside");
}

static void test_ceilings(void **state)
{
	AUTO(buf_release) struct buf many = BUF_INIT(1 << 20);
	AUTO(chain_free) struct chain *c = NULL;
	AUTO(free) char *large = xcalloc(1, 300000);

	(void)state;
	for (int i = 0; i < 17; i++)
		buf_adds(&many, t.leaf_pem);
	assert_refused(chain_parse(&c, many.data, many.len), ERR_LIMIT,
		       "more than 16 certificates");
	assert_refused(chain_parse(&c, large, 300000), ERR_LIMIT, "more than 262144 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_each_point),
		cmocka_unit_test(test_backwards_dates),
		cmocka_unit_test(test_pem_out),
		cmocka_unit_test(test_pem_as_openssl),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_behind_a_good_one),
		cmocka_unit_test(test_a_file_of_a_server),
		cmocka_unit_test(test_ceilings),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
