/* What the signer signs, read by OpenSSL and by the client's own checks: RFC 5280, ca.md 5.8, 5.11. */
#include "check.h"

#include "fixture.h"

#include <openssl/x509v3.h>

#include "base/fs.h"
#include "base/limits.h"
#include "ca/policy/profiles.h"
#include "ca/sign/authority.h"
#include "ca/sign/state.h"
#include "pki/chain.h"
#include "pki/key.h"
#include "pki/pem.h"
#include "pki/spki.h"

static struct fixture fixture;

#define DAY_S (24 * 3600)

struct ordered {
	EVP_PKEY *key;
	struct buf spki;
	struct idents idents;
};

static void order(struct ordered *o, const char *key_type, const char *dns, const char *ip)
{
	*o = (struct ordered){ .spki = BUF_INIT(SPKI_BYTES_MAX) };
	if (streq(key_type, "rsa"))
		assert_done(key_from_pem(&o->key, fixture_rsa_key, strlen(fixture_rsa_key)));
	else
		assert_done(key_generate(&o->key, key_type, 0));
	assert_done(spki_of_key(&o->spki, o->key));
	if (dns != NULL)
		idents_add(&o->idents, IDENT_DNS, dns);
	if (ip != NULL)
		idents_add(&o->idents, IDENT_IP, ip);
}

static void ordered_release(struct ordered *o)
{
	EVP_PKEY_free(o->key);
	buf_release(&o->spki);
	idents_release(&o->idents);
}
AUTO_RELEASE(struct ordered, ordered_release)

static struct sign_ask ask_for(const struct ordered *o, const char *profile)
{
	return (struct sign_ask){ .profile = profile_by_name(fixture.config, profile),
				  .idents = &o->idents,
				  .common_name = "a.test",
				  .spki = (const unsigned char *)o->spki.data,
				  .spki_len = o->spki.len,
				  .now = FIXTURE_NOW };
}

static X509 *issue(struct sign_plan *plan, struct buf *der, const struct sign_ask *ask)
{
	assert_done(sign_prepare(plan, fixture.sign, ask));
	assert_done(sign_certificate(der, fixture.sign, plan));
	const unsigned char *at = (const unsigned char *)der->data;
	X509 *x = d2i_X509(NULL, &at, (long)der->len);

	assert_non_null(x);
	return x;
}

static void test_profiles(void **state)
{
	static const struct {
		const char *profile, *key_type, *dns, *ip;
		const char *issuer_begins;
		uint32_t usage;
		long lifetime_s;
		bool common_name, san_critical, key_id;
	} rows[] = {
		{ "classic", "secp256r1", "a.test", NULL, "e", KU_DIGITAL_SIGNATURE, 90 * DAY_S,
		  true, false, true },
		{ "classic", "rsa", "a.test", NULL, "r1",
		  KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT, 90 * DAY_S, true, false, true },
		{ "tlsserver", "rsa", "a.test", NULL, "r1", KU_DIGITAL_SIGNATURE, 45 * DAY_S, false,
		  true, false },
		{ "tlsserver", "secp384r1", "*.a.test", NULL, "e", KU_DIGITAL_SIGNATURE, 45 * DAY_S,
		  false, true, false },
		{ "shortlived", "secp256r1", NULL, "2001:db8::1", "e", KU_DIGITAL_SIGNATURE,
		  160 * 3600, false, true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(ordered_release) struct ordered o;
		AUTO(sign_plan_release) struct sign_plan plan = { 0 };
		AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
		AUTO(cert_free) struct cert *cert = NULL;
		int critical = -1;

		order(&o, rows[i].key_type, rows[i].dns, rows[i].ip);
		const struct sign_ask ask = ask_for(&o, rows[i].profile);
		X509 *x = issue(&plan, &der, &ask);

		assert_true(str_starts(plan.issuer, rows[i].issuer_begins));
		assert_int_equal(X509_get_key_usage(x), rows[i].usage);
		assert_int_equal(X509_get_extended_key_usage(x), XKU_SSL_SERVER);
		assert_int_equal(X509_check_ca(x), 0);
		assert_int_equal(X509_get0_subject_key_id(x) != NULL, rows[i].key_id);
		assert_int_equal(X509_NAME_entry_count(X509_get_subject_name(x)),
				 rows[i].common_name ? 1 : 0);
		GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, &critical, NULL);

		assert_int_equal(critical, rows[i].san_critical);
		GENERAL_NAMES_free(names);
		X509_free(x);
		assert_done(cert_from_der(&cert, der.data, der.len));
		assert_true(str_starts(plan.serial, "01")); /* serial_prefix */
		assert_string_equal(cert->serial_hex, plan.serial + 1);
		assert_int_equal(strlen(plan.serial), 36);
		assert_int_equal(cert->not_before, FIXTURE_NOW - 3600);
		assert_int_equal(cert->not_after - cert->not_before, rows[i].lifetime_s - 1);
		assert_string_equal(sign_issuer_by_key_id(fixture.sign, cert->authority_key_id.data,
							  cert->authority_key_id.len),
				    plan.issuer);
		assert_string_equal(sign_issuer_of(fixture.sign, der.data, der.len), plan.issuer);
		assert_true(plan.shard >= 0 && plan.shard < 4);
	}
}

static void test_chain(void **state)
{
	AUTO(ordered_release) struct ordered o;
	AUTO(sign_plan_release) struct sign_plan plan = { 0 };
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
	AUTO(buf_release) struct buf pem = BUF_INIT(LIMIT_CHAIN_BYTES);
	AUTO(chain_free) struct chain *chain = NULL;
	AUTO(cert_names_release) struct cert_names names = { 0 };

	(void)state;
	order(&o, "secp256r1", "a.test", NULL);
	const struct sign_ask ask = ask_for(&o, "tlsserver");

	X509_free(issue(&plan, &der, &ask));
	assert_int_equal(sign_chain_count(fixture.sign, plan.issuer), 1);
	assert_false(sign_chain(&pem, fixture.sign, plan.issuer, 1, der.data, der.len));
	assert_false(sign_chain(&pem, fixture.sign, "nobody", 0, der.data, der.len));
	assert_int_equal(sign_chain_count(fixture.sign, "nobody"), 0);
	assert_true(sign_chain(&pem, fixture.sign, plan.issuer, 0, der.data, der.len));
	assert_done(chain_parse(&chain, buf_str(&pem), pem.len));
	assert_int_equal(chain->count, 2); /* without the root */
	idents_to_names(&names, &o.idents);
	assert_done(chain_check(chain, o.key, &names, FIXTURE_NOW));
	const struct buf *issuer = sign_issuer_certificate(fixture.sign, plan.issuer);

	assert_int_equal(issuer->len, chain->certs[1]->der.len);
	assert_null(sign_issuer_certificate(fixture.sign, "nobody"));
}

/* The issuers of a key's own type share the work. */
static void test_choice(void **state)
{
	AUTO(ordered_release) struct ordered o;
	size_t e1 = 0, e2 = 0;

	(void)state;
	order(&o, "secp256r1", "a.test", NULL);
	const struct sign_ask ask = ask_for(&o, "classic");

	for (size_t i = 0; i < 200; i++) {
		AUTO(sign_plan_release) struct sign_plan plan = { 0 };

		assert_done(sign_prepare(&plan, fixture.sign, &ask));
		e1 += streq(plan.issuer, "e1");
		e2 += streq(plan.issuer, "e2");
	}
	assert_int_equal(e1 + e2, 200);
	assert_true(e1 > 0 && e2 > 0);
}

static void test_issuers_of_profile(void **state)
{
	AUTO(ordered_release) struct ordered o;
	struct profile_config only_rsa = *profile_by_name(fixture.config, "classic");
	AUTO(sign_plan_release) struct sign_plan plan = { 0 };
	AUTO(strlist_release) struct strlist issuers = { 0 };

	(void)state;
	order(&o, "secp256r1", "a.test", NULL);
	struct sign_ask ask = ask_for(&o, "classic");

	strlist_add(&issuers, "r1");
	only_rsa.issuers = issuers;
	ask.profile = &only_rsa;
	assert_done(sign_prepare(&plan, fixture.sign, &ask));
	assert_string_equal(plan.issuer, "r1");
	ask.now = FIXTURE_NOW + 366 * DAY_S;
	AUTO(err_free) struct err *ended = sign_prepare(&plan, fixture.sign, &ask);

	assert_true(err_has_type(ended, "serverInternal") && ended->http_status == 503);
	assert_non_null(strstr(ended->detail, "The issuer of profile \"classic\" ends on "));
}

/* Who orders is told before anything is proved, who runs the CA long before. */
static void test_ends(void **state)
{
	const struct profile_config *classic = profile_by_name(fixture.config, "classic");
	struct profile_config nobodys = *classic;
	static char gone[] = "gone";
	static char *gone_names[] = { gone };
	const time_t end = FIXTURE_NOW + 365 * DAY_S;
	AUTO(strlist_release) struct strlist early = { 0 };
	AUTO(strlist_release) struct strlist soon = { 0 };
	AUTO(strlist_release) struct strlist late = { 0 };

	(void)state;
	assert_done(sign_check_dates(fixture.sign, classic, end));
	AUTO(err_free) struct err *beyond = sign_check_dates(fixture.sign, classic, end + 1);

	assert_true(beyond != NULL && beyond->http_status == 503 && beyond->retry_after_s > 0);
	nobodys.issuers = (struct strlist){ .items = gone_names, .count = 1 };
	assert_refused(sign_check_dates(fixture.sign, &nobodys, FIXTURE_NOW), ERR_PROBLEM,
		       "no active issuer for profile \"classic\"");
	sign_warnings(&early, fixture.sign, end - 120 * DAY_S);
	assert_int_equal(early.count, 0);
	sign_warnings(&soon, fixture.sign, end - 120 * DAY_S + 1);
	assert_int_equal(soon.count, 3);
	assert_non_null(strstr(soon.items[0], "e1.pem of [issuer e1] ends on "));
	assert_non_null(strstr(soon.items[0], ", in 119 days"));
	sign_warnings(&late, fixture.sign, end + 1);
	assert_non_null(strstr(late.items[2], "r1.pem of [issuer r1] ended on "));
}

/* Dates of an order are kept within the profile's and the issuer's. */
static void test_dates(void **state)
{
	static const struct {
		time_t now, asked_from, asked_until, from, until;
	} rows[] = {
		{ 0, 0, 0, -3600, 90 * DAY_S - 3600 - 1 },
		{ 0, 100, 0, 100, 90 * DAY_S - 1 },
		{ 0, -100, 0, -100, -100 + 90 * DAY_S - 1 },
		{ 0, 0, 500, -3600, 500 },
		{ 0, 100, 500, 100, 500 },
		{ 0, 0, 100 * DAY_S, -3600, 90 * DAY_S - 3600 - 1 },
		{ 300 * DAY_S, 0, 0, 300 * DAY_S - 3600, 365 * DAY_S },
		{ -1800, 0, 0, -3600, -5400 + 90 * DAY_S - 1 }, /* the issuer is half an hour old */
	};
	AUTO(ordered_release) struct ordered o;

	(void)state;
	order(&o, "secp256r1", "a.test", NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(sign_plan_release) struct sign_plan plan = { 0 };
		AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
		struct sign_ask ask = ask_for(&o, "classic");

		ask.now = FIXTURE_NOW + rows[i].now;
		ask.not_before = rows[i].asked_from != 0 ? FIXTURE_NOW + rows[i].asked_from : 0;
		ask.not_after = rows[i].asked_until != 0 ? FIXTURE_NOW + rows[i].asked_until : 0;
		X509_free(issue(&plan, &der, &ask));
		assert_int_equal(plan.not_before - FIXTURE_NOW, rows[i].from);
		assert_int_equal(plan.not_after - FIXTURE_NOW, rows[i].until);
	}
}

/* A plan that was tampered with, or that is not ours, is not signed; nothing is left in the buffer. */
static void test_refused(void **state)
{
	AUTO(ordered_release) struct ordered o;
	AUTO(sign_plan_release) struct sign_plan plan = { 0 };
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);

	(void)state;
	order(&o, "secp256r1", "a.test", NULL);
	const struct sign_ask ask = ask_for(&o, "classic");

	assert_done(sign_prepare(&plan, fixture.sign, &ask));
	plan.not_after += 2;
	buf_adds(&der, "before");
	assert_refused(sign_certificate(&der, fixture.sign, &plan), ERR_INTERNAL,
		       "lint: validity.within_profile");
	assert_int_equal(der.len, 6);
	plan.serial[0] = 'x';
	assert_refused(sign_certificate(&der, fixture.sign, &plan), ERR_INTERNAL,
		       "is no serial number");
	free(plan.profile);
	plan.profile = xstrdup("gone");
	assert_refused(sign_certificate(&der, fixture.sign, &plan), ERR_INTERNAL,
		       "is not in the configuration any more");
}

/* Most names of the longest kind. */
static void test_large(void **state)
{
	AUTO(ordered_release) struct ordered o;
	AUTO(sign_plan_release) struct sign_plan plan = { 0 };
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);

	(void)state;
	order(&o, "secp256r1", "a.test", NULL);
	for (int i = 0; i < LIMIT_IDENTIFIERS - 1; i++) {
		AUTO(free)
		char *name = str_fmt("%060d.%060d.%060d.%055d.example.test", i, i, i, i);

		idents_add(&o.idents, IDENT_DNS, name);
	}
	const struct sign_ask ask = ask_for(&o, "classic");

	X509_free(issue(&plan, &der, &ask));
	assert_true(der.len > 200000);
}

/* --- CRLs (RFC 5280 §5) */

static X509_CRL *make_crl(const struct sign_crl_ask *ask)
{
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CRL);

	assert_done(sign_crl(&der, fixture.sign, ask));
	const unsigned char *at = (const unsigned char *)der.data;
	X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.len);

	assert_non_null(crl);
	return crl;
}

static void assert_scope(const X509_CRL *crl, const char *url)
{
	int critical = -1;
	ISSUING_DIST_POINT *scope = X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point,
							 &critical, NULL);

	assert_int_equal(critical, 1);
	const GENERAL_NAME *name = sk_GENERAL_NAME_value(scope->distpoint->name.fullname, 0);

	assert_int_equal(name->type, GEN_URI);
	assert_string_equal(ASN1_STRING_get0_data(name->d.uniformResourceIdentifier), url);
	assert_int_equal(scope->onlyuser, 0xff);
	ISSUING_DIST_POINT_free(scope);
}

static void assert_entry(const X509_CRL *crl, int i, long reason)
{
	const X509_REVOKED *r = sk_X509_REVOKED_value(
		X509_CRL_get_REVOKED((X509_CRL *)(uintptr_t)crl), i);
	ASN1_ENUMERATED *code = X509_REVOKED_get_ext_d2i(r, NID_crl_reason, NULL, NULL);

	if (reason == 0)
		assert_null(code);
	else
		assert_int_equal(ASN1_ENUMERATED_get(code), reason);
	ASN1_ENUMERATED_free(code);
}

static void test_crl(void **state)
{
	static const struct sign_revoked entries[] = {
		{ .serial = "01a0", .when = FIXTURE_NOW - 5, .reason = 1 },
		{ .serial = "01ff", .when = FIXTURE_NOW - 6, .reason = 0 },
		{ .serial = "ff", .when = FIXTURE_NOW - 7, .reason = 5 },
	};
	const struct sign_crl_ask ask = { .issuer = "r1",
					  .shard = 3,
					  .number = 0x1ff,
					  .entries = entries,
					  .count = ARRAY_LEN(entries),
					  .now = FIXTURE_NOW };
	X509_CRL *crl = make_crl(&ask);
	ASN1_INTEGER *number = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
	int days = 0, seconds = 0;

	(void)state;
	assert_int_equal(X509_CRL_get_version(crl), X509_CRL_VERSION_2);
	assert_int_equal(ASN1_INTEGER_get(number), 0x1ff);
	ASN1_INTEGER_free(number);
	assert_int_equal(ASN1_TIME_diff(&days, &seconds, X509_CRL_get0_lastUpdate(crl),
					X509_CRL_get0_nextUpdate(crl)),
			 1);
	assert_int_equal(days, 9); /* 216 h */
	assert_scope(crl, "http://ca.test/crl/r1/3.crl");
	assert_int_equal(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), 3);
	assert_entry(crl, 0, 1);
	assert_entry(crl, 1, 0);
	assert_entry(crl, 2, 5);
	X509_CRL_free(crl);
}

static void test_crl_empty(void **state)
{
	const struct sign_crl_ask ask = { .issuer = "e1", .number = 1, .now = FIXTURE_NOW };
	const struct sign_crl_ask beyond = { .issuer = "e1", .shard = 4, .now = FIXTURE_NOW };
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CRL);
	X509_CRL *crl = make_crl(&ask);

	(void)state;
	assert_null(X509_CRL_get_REVOKED(crl));
	X509_CRL_free(crl);
	assert_refused(sign_crl(&der, fixture.sign, &beyond), ERR_INTERNAL, "has no CRL 4");
}

/* --- issuers that are refused */

static void write_cross_sign(struct fixture *f)
{
	AUTO(evp_pkey_free) EVP_PKEY *other = NULL;
	AUTO(buf_release) struct buf root = BUF_INIT(LIMIT_CERTIFICATE);
	AUTO(buf_release) struct buf cross = BUF_INIT(LIMIT_CERTIFICATE);
	AUTO(buf_release) struct buf pem = BUF_INIT(LIMIT_CHAIN_BYTES);
	AUTO(cert_free) struct cert *root_cert = NULL;

	assert_done(key_generate(&other, "secp256r1", 0));
	struct authority_ask ask = { .name = "Other Root",
				     .key = other,
				     .not_before = FIXTURE_NOW,
				     .not_after = FIXTURE_NOW + DAY_S };

	assert_done(authority_make(&root, &ask, &system_random));
	assert_done(cert_from_der(&root_cert, root.data, root.len));
	ask.name = "e1";
	ask.key = sign_issuer(f->sign, "e1")->key;
	ask.by = root_cert;
	ask.by_key = other;
	assert_done(authority_make(&cross, &ask, &system_random));
	pem_add(&pem, "CERTIFICATE", cross.data, cross.len);
	pem_add(&pem, "CERTIFICATE", root.data, root.len);
	fixture_write(f, "cross.pem", pem.data, pem.len);
}

static void test_cross_sign(void **state)
{
	AUTO(ca_config_free) struct ca_config *config = NULL;
	AUTO(sign_free) struct sign *sign = NULL;
	AUTO(buf_release) struct buf pem = BUF_INIT(LIMIT_CHAIN_BYTES);
	AUTO(chain_free) struct chain *chain = NULL;

	(void)state;
	write_cross_sign(&fixture);
	assert_done(fixture_config(&config, &fixture,
				   "[issuer x]\ncertificate = e1.pem\nkey = e1.key\n"
				   "chains = root.pem, cross.pem\n"));
	assert_done(sign_new(&sign, config, &fixture_world));
	assert_int_equal(sign_chain_count(sign, "x"), 2);
	const struct buf *leaf = sign_issuer_certificate(sign, "e2"); /* any certificate */

	assert_true(sign_chain(&pem, sign, "x", 1, leaf->data, leaf->len));
	assert_done(chain_parse(&chain, buf_str(&pem), pem.len));
	assert_int_equal(chain->count, 2);
	assert_string_equal(chain->certs[1]->issuer_cn, "Other Root");
}

static void test_issuers_refused(void **state)
{
	static const struct {
		const char *section, *part;
	} rows[] = {
		{ "[issuer x]\ncertificate = none.pem\nkey = e1.key\n", "none.pem" },
		{ "[issuer x]\ncertificate = e1.pem\nkey = none.key\n", "none.key" },
		{ "[issuer x]\ncertificate = e1.pem\nkey = e2.key\n", "e2.key is not the key of" },
		{ "[issuer x]\ncertificate = e1.key\nkey = e1.key\n", "e1.key" },
		{ "[issuer x]\ncertificate = e1.pem\nkey = e1.pem\n", "e1.pem" },
		{ "[issuer x]\ncertificate = e1.pem\nkey = e1.key\nchains = e2.pem\n",
		  "\"e2\" did not sign \"e1\"" },
		{ "[issuer x]\ncertificate = e1.pem\nkey = e1.key\nchains = none.pem\n",
		  "none.pem" },
		{ "[issuer x]\ncertificate = leaf.pem\nkey = leaf.key\n", "is no CA certificate" },
		{ "[issuer x]\ncertificate = e1.pem\nkey = open.key\n", "chmod o-rwx" },
	};

	(void)state;
	AUTO(ordered_release) struct ordered o;
	AUTO(sign_plan_release) struct sign_plan plan = { 0 };
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
	AUTO(buf_release) struct buf pem = BUF_INIT(LIMIT_FILE);
	AUTO(free) char *open_key = fixture_path(&fixture, "open.key");

	order(&o, "secp256r1", "a.test", NULL);
	const struct sign_ask ask = ask_for(&o, "classic");

	X509_free(issue(&plan, &der, &ask));
	fixture_write(&fixture, "leaf.pem", der.data, der.len); /* DER is taken too */
	assert_done(key_to_pem(&pem, o.key));
	fixture_write(&fixture, "leaf.key", pem.data, pem.len);
	fixture_write(&fixture, "open.key", pem.data, pem.len);
	assert_int_equal(chmod(open_key, 0644), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(ca_config_free) struct ca_config *config = NULL;
		struct sign *sign = NULL;

		assert_done(fixture_config(&config, &fixture, rows[i].section));
		assert_refused(sign_new(&sign, config, &fixture_world), ERR_CONFIG, rows[i].part);
		assert_null(sign);
	}
}

static void test_no_issuer(void **state)
{
	AUTO(ca_config_free) struct ca_config *config = NULL;
	struct sign *sign = NULL;

	(void)state;
	assert_done(ca_config_parse(&config, "", 0, "/x.conf"));
	assert_refused(sign_new(&sign, config, &fixture_world), ERR_CONFIG, "no [issuer NAME]");
}

static int setup(void **state)
{
	(void)state;
	fixture_new(&fixture, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_free(&fixture);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profiles),   cmocka_unit_test(test_chain),
		cmocka_unit_test(test_choice),     cmocka_unit_test(test_issuers_of_profile),
		cmocka_unit_test(test_ends),       cmocka_unit_test(test_dates),
		cmocka_unit_test(test_refused),    cmocka_unit_test(test_large),
		cmocka_unit_test(test_crl),        cmocka_unit_test(test_crl_empty),
		cmocka_unit_test(test_cross_sign), cmocka_unit_test(test_issuers_refused),
		cmocka_unit_test(test_no_issuer),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
