/* tls-alpn-01 and tls-sni against servers that show all kinds of certificates (ca.md 3). */
#include "va/scene.h"

#include <openssl/x509v3.h>
#include <time.h>

#include "pki/challenge_cert.h"
#include "proto/challenge.h"

enum { ALPN_ACME, ALPN_OTHER, ALPN_NONE, ALPN_REFUSED };

/* What the server shows and speaks. */
struct show {
	const char *what;
	const char *dns, *more_dns, *ip; /* of the certificate */
	const char *token;               /* of its digest; NULL: no digest */
	int alpn;
	const char *type, *part; /* type NULL: valid */
};

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *len,
			   const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char acme[] = "\x0a"
					    "acme-tls/1";
	const int *alpn = arg;

	(void)ssl;
	assert_int_equal(in_len, sizeof(acme) - 1); /* exactly this one is offered */
	assert_memory_equal(in, acme, in_len);
	*out = in + 1;
	*len = in[0];
	return *alpn == ALPN_ACME    ? SSL_TLSEXT_ERR_OK
	     : *alpn == ALPN_REFUSED ? SSL_TLSEXT_ERR_ALERT_FATAL
				     : SSL_TLSEXT_ERR_NOACK;
}

static char last_sni[256];

static int note_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	(void)arg;
	(void)snprintf(last_sni, sizeof(last_sni), "%s", name != NULL ? name : "(none)");
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *context(const int *alpn)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	SSL_CTX_set_security_level(tls, 0);
	(void)SSL_CTX_set_tlsext_servername_callback(tls, note_name);
	if (*alpn != ALPN_NONE)
		SSL_CTX_set_alpn_select_cb(tls, choose_protocol, (void *)(uintptr_t)alpn);
	return tls;
}

static void digest_of(unsigned char out[32], const char *token)
{
	static const struct ident any = { .type = IDENT_DNS,
					  .value = (char *)(uintptr_t) "any.example" };
	const struct challenge_input in = { .ident = &any,
					    .token = token,
					    .thumbprint = SCENE_THUMBPRINT };
	AUTO(proof_release) struct proof p = { 0 };

	assert_done(challenge_type_by_name("tls-alpn-01")->prove(&p, &in));
	memcpy(out, p.tls_digest, 32);
}

static void use(SSL_CTX *tls, const struct cert_names *names, const char *token)
{
	AUTO(buf_release) struct buf der = BUF_INIT(64 * 1024);
	unsigned char digest[32];
	EVP_PKEY *key = EVP_EC_gen("P-256");

	if (token != NULL)
		digest_of(digest, token);
	assert_done(
		challenge_cert_make(&der, key, names, token != NULL ? digest : NULL, time(NULL)));
	assert_int_equal(
		SSL_CTX_use_certificate_ASN1(tls, (int)der.len, (const unsigned char *)der.data),
		1);
	assert_int_equal(SSL_CTX_use_PrivateKey(tls, key), 1);
	EVP_PKEY_free(key);
}

static SSL_CTX *showing(const struct show *s)
{
	SSL_CTX *tls = context(&s->alpn);
	AUTO(cert_names_release) struct cert_names names = { 0 };

	if (s->dns != NULL)
		strlist_add(&names.dns, s->dns);
	if (s->more_dns != NULL)
		strlist_add(&names.dns, s->more_dns);
	if (s->ip != NULL)
		strlist_add(&names.ip, s->ip);
	use(tls, &names, s->token);
	return tls;
}

static int setup(void **state)
{
	struct scene *s = scene_new();

	fake_dns_add(s->dns, "a.example.com", DNS_A, "127.0.0.1");
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	scene_free(*state);
	return 0;
}

/* A new authority, whose TLS port is that server's. */
static struct fake_web *serve(struct scene *s, SSL_CTX *tls)
{
	struct fake_web *web = fake_web_new(s->base, "127.0.0.1", 0, tls);

	va_free(s->va);
	s->va = NULL;
	s->options.tls_port = fake_web_port(web);
	return web;
}

static void expect(const struct scene *s, const char *what, const char *type, const char *part)
{
	if ((s->problem == NULL) != (type == NULL))
		fail_msg("%s: %s", what, s->problem != NULL ? s->problem->detail : "valid");
	if (type != NULL)
		scene_expect(s, type, part);
}

static const struct show shows[] = {
	{ "as it should be", "a.example.com", NULL, NULL, SCENE_TOKEN, ALPN_ACME, NULL, NULL },
	{ "another case", "A.Example.COM", NULL, NULL, SCENE_TOKEN, ALPN_ACME, NULL, NULL },
	{ "other digest", "a.example.com", NULL, NULL, "other", ALPN_ACME, "unauthorized",
	  "does not match this challenge: expected " },
	{ "no digest", "a.example.com", NULL, NULL, NULL, ALPN_ACME, "unauthorized",
	  "1.3.6.1.5.5.7.1.31" },
	{ "other name", "b.example.com", NULL, NULL, SCENE_TOKEN, ALPN_ACME, "unauthorized",
	  "does not match expected identifier" },
	{ "two names", "a.example.com", "b.example.com", NULL, SCENE_TOKEN, ALPN_ACME,
	  "unauthorized", "wrong number of identifiers" },
	{ "name and address", "a.example.com", NULL, "127.0.0.1", SCENE_TOKEN, ALPN_ACME,
	  "unauthorized", "wrong number of identifiers" },
	{ "no ALPN", "a.example.com", NULL, NULL, SCENE_TOKEN, ALPN_NONE, "unauthorized",
	  "Cannot negotiate ALPN protocol \"acme-tls/1\"" },
	{ "another ALPN", "a.example.com", NULL, NULL, SCENE_TOKEN, ALPN_OTHER, "unauthorized",
	  "Cannot negotiate ALPN protocol" },
	{ "an alert", "a.example.com", NULL, NULL, SCENE_TOKEN, ALPN_REFUSED, "tls",
	  "no application protocol" },
};

static void a_certificate_is_judged(void **state)
{
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(shows); i++) {
		SSL_CTX *tls = showing(&shows[i]);
		AUTO(fake_web_free) struct fake_web *web = serve(s, tls);

		scene_judge(s, "tls-alpn-01", "a.example.com");
		expect(s, shows[i].what, shows[i].type, shows[i].part);
		assert_string_equal(last_sni, "a.example.com");
		assert_int_equal(s->record->hop_count, 1);
		assert_null(s->record->hops[0].url);
		SSL_CTX_free(tls);
	}
}

/* RFC 8738 §6: the server name of an address is its reverse name. */
static void addresses_are_asked_for_by_their_reverse_name(void **state)
{
	static const struct show right = { .ip = "127.0.0.1", .token = SCENE_TOKEN };
	static const struct show wrong = { .ip = "127.0.0.2", .token = SCENE_TOKEN };
	struct scene *s = *state;
	SSL_CTX *tls = showing(&right);
	struct fake_web *web = serve(s, tls);

	scene_judge(s, "tls-alpn-01", "127.0.0.1");
	scene_expect_valid(s);
	assert_string_equal(last_sni, "1.0.0.127.in-addr.arpa");
	fake_web_free(web);
	SSL_CTX_free(tls);
	tls = showing(&wrong);
	web = serve(s, tls);
	scene_judge(s, "tls-alpn-01", "127.0.0.1");
	scene_expect(s, "unauthorized", "does not match expected identifier");
	fake_web_free(web);
	SSL_CTX_free(tls);
}

/* --- certificates that challenge_cert_make() would not make --- */

static void add_ext(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static void add_digest(X509 *x, const char *oid, bool critical, const unsigned char *der,
		       size_t len)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();

	assert_int_equal(ASN1_OCTET_STRING_set(value, der, (int)len), 1);
	X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, object, critical, value);

	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(object);
}

enum oddity {
	ODD_NOTHING,
	ODD_EXPIRED,
	ODD_OLD_OID,
	ODD_NOT_CRITICAL,
	ODD_SHORT,
	ODD_LONG,
	ODD_NO_STRING,
	ODD_TWICE,
	ODD_ISSUER,
	ODD_SIGNATURE,
	ODD_NO_SAN,
	ODD_MAIL,
	ODD_EXTRA,
	ODD_RSA
};

#define ACME_OID "1.3.6.1.5.5.7.1.31"

static void add_digests(X509 *x, enum oddity odd)
{
	unsigned char der[40] = { 0x04, 32 };
	size_t len = 34;

	digest_of(der + 2, SCENE_TOKEN);
	if (odd == ODD_NO_STRING)
		der[0] = 0x03;
	if (odd == ODD_SHORT) {
		der[1] = 31;
		len = 33;
	}
	if (odd == ODD_LONG)
		len = 36;
	add_digest(x, odd == ODD_OLD_OID ? "1.3.6.1.5.5.7.1.30.1" : ACME_OID,
		   odd != ODD_NOT_CRITICAL, der, len);
	if (odd == ODD_TWICE)
		add_digest(x, ACME_OID, true, der, len);
}

static void add_common_name(X509_NAME *n, const char *cn)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC,
						    (const unsigned char *)cn, -1, -1, 0),
			 1);
}

static X509 *odd_certificate(EVP_PKEY *key, enum oddity odd)
{
	X509 *x = X509_new();
	EVP_PKEY *other = EVP_EC_gen("P-256");
	bool expired = odd == ODD_EXPIRED;

	(void)X509_set_version(x, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
	(void)X509_gmtime_adj(X509_getm_notBefore(x), expired ? -2000000 : 0);
	(void)X509_gmtime_adj(X509_getm_notAfter(x), expired ? -1000000 : 1000000);
	(void)X509_set_pubkey(x, key);
	add_common_name(X509_get_subject_name(x), "me");
	add_common_name(X509_get_issuer_name(x), odd == ODD_ISSUER ? "you" : "me");
	if (odd != ODD_NO_SAN)
		add_ext(x, NID_subject_alt_name,
			odd == ODD_MAIL ? "DNS:a.example.com,email:me@example.com"
					: "DNS:a.example.com");
	if (odd == ODD_EXTRA)
		add_ext(x, NID_basic_constraints, "CA:TRUE");
	add_digests(x, odd);
	assert_true(X509_sign(x, odd == ODD_SIGNATURE ? other : key, EVP_sha256()) > 0);
	EVP_PKEY_free(other);
	return x;
}

static const struct {
	const char *what;
	enum oddity odd;
	const char *type, *part;
} oddities[] = {
	{ "made by OpenSSL", ODD_NOTHING, NULL, NULL },
	{ "expired", ODD_EXPIRED, NULL, NULL },
	{ "another extension", ODD_EXTRA, NULL, NULL },
	{ "RSA-1024", ODD_RSA, NULL, NULL },
	{ "the OID before the RFC", ODD_OLD_OID, "unauthorized",
	  "acmeIdentifier (OID 1.3.6.1.5.5.7.1.31) is not present" },
	{ "not critical", ODD_NOT_CRITICAL, "unauthorized", "not critical" },
	{ "31 bytes", ODD_SHORT, "unauthorized", "malformed acmeIdentifier" },
	{ "bytes behind", ODD_LONG, "unauthorized", "malformed acmeIdentifier" },
	{ "a BIT STRING", ODD_NO_STRING, "unauthorized", "malformed acmeIdentifier" },
	{ "twice", ODD_TWICE, "connection", "Error getting validation data" },
	{ "another issuer", ODD_ISSUER, "unauthorized", "not self-signed" },
	{ "another's signature", ODD_SIGNATURE, "unauthorized", "not self-signed" },
	{ "no SAN", ODD_NO_SAN, "unauthorized", "subjectAltName is not present" },
	{ "an e-mail address too", ODD_MAIL, "unauthorized", "unexpected identifiers" },
};

static void odd_certificates_are_refused_by_their_reason(void **state)
{
	struct scene *s = *state;
	const int alpn = ALPN_ACME;

	for (size_t i = 0; i < ARRAY_LEN(oddities); i++) {
		SSL_CTX *tls = context(&alpn);
		EVP_PKEY *key = oddities[i].odd == ODD_RSA ? EVP_RSA_gen(1024)
							   : EVP_EC_gen("P-256");
		X509 *x = odd_certificate(key, oddities[i].odd);

		assert_int_equal(SSL_CTX_use_certificate(tls, x), 1);
		assert_int_equal(SSL_CTX_use_PrivateKey(tls, key), 1);
		AUTO(fake_web_free) struct fake_web *web = serve(s, tls);

		scene_judge(s, "tls-alpn-01", "a.example.com");
		expect(s, oddities[i].what, oddities[i].type, oddities[i].part);
		X509_free(x);
		EVP_PKEY_free(key);
		SSL_CTX_free(tls);
	}
}

/* --- servers --- */

static const struct {
	const char *what, *text;
	size_t len;
	enum web_deed deed;
	const char *type, *part;
} servers[] = {
	{ "HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", 0, WEB_STAYS, "malformed",
	  "127.0.0.1: Server only speaks HTTP, not TLS" },
	{ "HTTP by bytes", "HTTP/1.1 400 Bad Request\r\n\r\n", 0, WEB_DRIBBLES, "malformed",
	  "Server only speaks HTTP" },
	{ "SSH", "SSH-2.0-OpenSSH_9.2p1\r\n", 0, WEB_STAYS, "connection",
	  "Error getting validation data" },
	{ "an alert", "\x15\x03\x03\x00\x02\x02\x28", 7, WEB_STAYS, "tls", "handshake failure" },
	{ "a version alert", "\x15\x03\x01\x00\x02\x02\x46", 7, WEB_STAYS, "tls",
	  "protocol version" },
	{ "a closed door", "", 0, WEB_ANSWERS, "connection", "127.0.0.1: " },
	{ "a reset", "", 0, WEB_RESETS, "connection", "Connection reset by peer" },
	{ "an endless record", "\x16\x03\x03\x40\x00", 5, WEB_ENDLESS, "connection",
	  "Error getting validation data" },
	{ "a stalled record", "\x16\x03\x03\x40\x00", 5, WEB_STAYS, "connection",
	  "Timeout after connect" },
};

static void servers_without_tls_are_named(void **state)
{
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(servers); i++) {
		int ms = strstr(servers[i].what, "stalled") ? SCENE_SHORT_MS : 0;

		do {
			AUTO(fake_web_free) struct fake_web *web = serve(s, NULL);

			s->options.connect_ms = ms;
			fake_web_greet(web, servers[i].text, servers[i].len, servers[i].deed);
			scene_judge(s, "tls-alpn-01", "a.example.com");
		} while (scene_needs_longer(s, &ms, servers[i].type, servers[i].part));
		expect(s, servers[i].what, servers[i].type, servers[i].part);
	}
	s->options.connect_ms = 0;
	fake_web_free(serve(s, NULL));
	scene_judge(s, "tls-alpn-01", "a.example.com");
	scene_expect(s, "connection", "127.0.0.1: Connection refused");
}

/* Here IPv4 is also for handshakes that fail (ca.md 3.1). */
static void ipv4_follows_whatever_ipv6_does(void **state)
{
	struct scene *s = *state;
	SSL_CTX *tls = showing(&shows[0]);
	AUTO(fake_web_free) struct fake_web *v4 = serve(s, tls);
	AUTO(fake_web_free)
	struct fake_web *v6 = fake_web_new(s->base, "::1", fake_web_port(v4), NULL);

	fake_dns_add(s->dns, "a.example.com", DNS_AAAA, "::1");
	fake_dns_add(s->dns, "six.example.com", DNS_AAAA, "::1");
	if (v6 != NULL)
		fake_web_greet(v6, "SSH-2.0-x\r\n", 0, WEB_STAYS);
	scene_judge(s, "tls-alpn-01", "a.example.com");
	scene_expect_valid(s);
	assert_int_equal(s->record->hop_count, 2);
	scene_judge(s, "tls-alpn-01", "six.example.com");
	scene_expect(
		s, "malformed",
		"Unable to contact \"six.example.com\" at \"::1\", no IPv4 addresses to try as fallback");
	SSL_CTX_free(tls);
}

/* --- labs --- */

static void sni_challenges_are_judged_where_they_are_switched_on(void **state)
{
	static const struct ident a = { .type = IDENT_DNS,
					.value = (char *)(uintptr_t) "a.example.com" };
	const struct challenge_input in = { .ident = &a,
					    .token = SCENE_TOKEN,
					    .thumbprint = SCENE_THUMBPRINT };
	static const char *const types[] = { "tls-sni-01", "tls-sni-02" };
	struct scene *s = *state;
	const int alpn = ALPN_NONE;

	s->options.tls_sni = true;
	for (size_t i = 0; i < ARRAY_LEN(types) * 2; i++) {
		SSL_CTX *tls = context(&alpn);
		AUTO(proof_release) struct proof p = { 0 };

		assert_done(challenge_type_by_name(types[i / 2])->prove(&p, &in));
		if (i % 2 == 1)
			strlist_add(&p.tls_names.dns, "one.more.example");
		use(tls, &p.tls_names, NULL);
		AUTO(fake_web_free) struct fake_web *web = serve(s, tls);

		scene_judge(s, types[i / 2], "a.example.com");
		expect(s, types[i / 2], i == 3 ? "unauthorized" : NULL, "one.more.example");
		assert_string_equal(last_sni, p.tls_server_name);
		assert_non_null(strstr(s->record->notes.items[0], "proves nothing"));
		SSL_CTX_free(tls);
	}
	const struct show other = { .dns = "default.example", .alpn = ALPN_NONE };
	SSL_CTX *tls = showing(&other);
	AUTO(fake_web_free) struct fake_web *web = serve(s, tls);

	scene_judge(s, "tls-sni-01", "a.example.com");
	scene_expect(s, "unauthorized", "it is for the names \"default.example\"");
	SSL_CTX_free(tls);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_certificate_is_judged),
		TEST(addresses_are_asked_for_by_their_reverse_name),
		TEST(odd_certificates_are_refused_by_their_reason),
		TEST(servers_without_tls_are_named),
		TEST(ipv4_follows_whatever_ipv6_does),
		TEST(sni_challenges_are_judged_where_they_are_switched_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
