/* What the tests of libacme have in common. */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "acme/fake_ca.h"
#include "acme/inside.h"

static void add_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX context;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, &context, nid, value);
	assert_non_null(extension);
	X509_add_ext(x, extension, -1);
	X509_EXTENSION_free(extension);
}

char *fake_certificate(const char *cn)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 4711);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
				   (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, key);
	add_extension(x, NID_subject_key_identifier, "hash");
	add_extension(x, NID_authority_key_identifier, "keyid:always");
	X509_sign(x, key, EVP_sha256());
	PEM_write_bio_X509(bio, x);
	long len = BIO_get_mem_data(bio, &text);
	char *pem = xstrndup(text, (size_t)len);
	BIO_free(bio);
	X509_free(x);
	EVP_PKEY_free(key);
	return pem;
}

void fake_client_init(struct fake_client *c)
{
	fake_ca_init(&c->ca);
	assert_null(acme_key_generate(&c->key, "secp256r1"));
	assert_null(session_new(&c->session, FAKE "/dir", &c->ca.world));
	acme_session_set_account(c->session, c->key, NULL);
}

int fake_setup(void **state)
{
	struct fake_client *c = xcalloc(1, sizeof(*c));

	fake_client_init(c);
	EVP_PKEY_up_ref(c->key->pkey);
	c->ca.account_key = c->key->pkey;
	c->ca.chain = fake_certificate("First CA");
	acme_session_set_account(c->session, c->key, FAKE "/acct/1");
	*state = c;
	return 0;
}

int fake_teardown(void **state)
{
	struct fake_client *c = *state;

	acme_session_free(c->session);
	acme_key_free(c->key);
	fake_ca_release(&c->ca);
	free(c);
	return 0;
}

void assert_err(struct err *e, enum err_code code, const char *words)
{
	AUTO(strlist_release) struct strlist list = { 0 };

	if (e == NULL)
		fail_msg("no error, but \"%s\" was expected", words);
	AUTO(free) char *text = acme_err_text(e);
	if (!err_is(e, code))
		fail_msg("code %d, not %d: %s", (int)e->code, (int)code, text);
	strlist_split(&list, words, ' ');
	for (size_t i = 0; i < list.count; i++)
		if (strstr(text, list.items[i]) == NULL)
			fail_msg("no \"%s\" in: %s", list.items[i], text);
	acme_err_free(e);
}

struct acme_order *fake_order_new(struct fake_client *c, const char *const *names, size_t count)
{
	const struct acme_order_request r = { .dns = names, .dns_count = count };
	struct acme_order *o = NULL;

	assert_null(acme_order_new(c->session, &r, &o));
	return o;
}

static struct acme_challenge *http_challenge(struct acme_authz *a)
{
	for (size_t i = 0; i < acme_authz_challenge_count(a); i++)
		if (streq(acme_challenge_type(acme_authz_challenge(a, i)), "http-01"))
			return acme_authz_challenge(a, i);
	fail_msg("no http-01 challenge");
	return NULL;
}

void fake_order_prove(struct fake_client *c, struct acme_order *o)
{
	struct acme_challenge *list[FAKE_NAMES];
	size_t count = 0;

	assert_null(acme_order_authorizations(c->session, o, &count));
	for (size_t i = 0; i < count; i++)
		list[i] = http_challenge(acme_order_authz(o, i));
	assert_null(acme_challenges_ready(c->session, list, count));
}

void fake_issue(struct fake_client *c, const char *const *names, size_t count)
{
	AUTO(acme_order_free) struct acme_order *o = fake_order_new(c, names, count);
	AUTO(free) char *pem = NULL;

	fake_order_prove(c, o);
	assert_null(acme_order_wait_ready(c->session, o, 60));
	assert_null(acme_order_finalize(c->session, o, "csr", 3, 60));
	assert_string_equal(acme_order_status(o), "valid");
	assert_null(acme_order_certificate(c->session, o, NULL, &pem, NULL));
	assert_string_equal(pem, c->ca.chain);
}
