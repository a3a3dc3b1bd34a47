#include "check.h"

#include "base/buf.h"
#include "proto/challenge.h"
#include "proto/problem.h"

#define TOKEN "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
#define THUMBPRINT "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"

static void test_registry(void **state)
{
	(void)state;
	assert_true(challenge_type_count >= 2);
	for (size_t i = 0; i < challenge_type_count; i++) {
		const struct challenge_type *t = challenge_types[i];

		assert_ptr_equal(challenge_type_by_name(t->name), t);
		assert_ptr_equal(challenge_type_by_name(t->alias), t);
		assert_non_null(t->prove);
		assert_true(t->medium < MEDIUM_COUNT);
	}
	assert_string_equal(challenge_type_by_name("http")->name, "http-01");
	assert_string_equal(challenge_type_by_name("dns-01")->alias, "dns");
	assert_string_equal(challenge_type_by_name("tls-alpn")->name, "tls-alpn-01");
	assert_string_equal(challenge_type_by_name("tls-sni")->name, "tls-sni-01");
	assert_null(challenge_type_by_name("tls-sni-03"));
	assert_null(challenge_type_by_name(""));
}

static struct err *prove(struct proof *out, const char *type, struct ident *ident,
			 const char *token)
{
	struct challenge_input in = { ident, token, THUMBPRINT, "https://ca.test/acct/1" };

	return challenge_type_by_name(type)->prove(out, &in);
}

/* RFC 8555 §8.3 */
static void test_http01(void **state)
{
	AUTO(proof_release) struct proof p = { 0 };
	AUTO(proof_release) struct proof by_ip = { 0 };
	AUTO(proof_release) struct proof none = { 0 };
	char name[] = "example.org";
	char address[] = "192.0.2.1";
	struct ident dns = { IDENT_DNS, name };
	struct ident ip = { IDENT_IP, address };

	(void)state;
	assert_done(prove(&p, "http-01", &dns, TOKEN));
	assert_int_equal(p.medium, MEDIUM_HTTP);
	assert_string_equal(p.http_path, "/.well-known/acme-challenge/" TOKEN);
	assert_string_equal(p.http_body, TOKEN "." THUMBPRINT);
	assert_string_equal(p.key_authorization, p.http_body);
	assert_null(p.dns_owner);
	assert_done(prove(&by_ip, "http-01", &ip, TOKEN)); /* RFC 8738 §4 */
	assert_refused(prove(&none, "http-01", &dns, "../x"), ERR_PROTOCOL,
		       "without a usable token");
	assert_null(none.http_path);
}

/* RFC 8555 §8.4 */
static void test_dns01(void **state)
{
	AUTO(proof_release) struct proof p = { 0 };
	AUTO(proof_release) struct proof none = { 0 };
	char name[] = "example.org";
	char address[] = "192.0.2.1";
	struct ident dns = { IDENT_DNS, name };
	struct ident ip = { IDENT_IP, address };

	(void)state;
	assert_done(prove(&p, "dns-01", &dns, TOKEN));
	assert_int_equal(p.medium, MEDIUM_DNS);
	assert_string_equal(p.dns_owner, "_acme-challenge.example.org");
	assert_int_equal(strlen(p.dns_txt), 43);
	assert_null(p.http_path);
	assert_refused(prove(&none, "dns-01", &ip, TOKEN), ERR_PROTOCOL,
		       "192.0.2.1, which is no DNS name"); /* RFC 8738 §7 */
	assert_refused(prove(&none, "dns-01", &dns, ""), ERR_PROTOCOL, "without a usable token");
}

static void test_wildcard_and_ip(void **state)
{
	(void)state;
	assert_false(challenge_type_by_name("http-01")->wildcard);
	assert_true(challenge_type_by_name("dns-01")->wildcard);
	assert_true(challenge_type_by_name("http-01")->ip);
	assert_false(challenge_type_by_name("dns-01")->ip);
}

static struct err *parse(struct challenge *out, const char *text)
{
	AUTO(json_release) json_t *obj = json_loads(text, 0, NULL);

	assert_non_null(obj);
	return challenge_parse(out, obj);
}

#define HEAD "{\"type\":\"http-01\",\"url\":\"https://ca.test/c/1\","

static void test_parse(void **state)
{
	struct challenge c = { 0 };

	(void)state;
	assert_done(parse(&c, HEAD "\"status\":\"valid\",\"token\":\"" TOKEN
				   "\",\"validated\":\"2026-11-21T23:09:46Z\",\"x\":[]}"));
	assert_string_equal(c.type, "http-01");
	assert_string_equal(c.known->alias, "http");
	assert_string_equal(c.url, "https://ca.test/c/1");
	assert_string_equal(c.token, TOKEN);
	assert_int_equal(c.status, CHALLENGE_VALID);
	assert_int_equal(c.validated, 1795302586);
	assert_null(c.error);
	challenge_release(&c);
}

static void test_parse_error(void **state)
{
	struct challenge c = { 0 };

	(void)state;
	assert_done(parse(
		&c, HEAD
		"\"status\":\"invalid\",\"token\":\"" TOKEN
		"\",\"error\":{\"type\":\"urn:ietf:params:acme:error:dns\",\"detail\":\"no A record\"}}"));
	assert_true(err_has_type(c.error, "dns"));
	challenge_release(&c);
}

/* RFC 8737 §3, RFC 8738 §6 */
static void test_tlsalpn01(void **state)
{
	static const struct {
		enum ident_type type;
		const char *value, *server_name;
	} cases[] = {
		{ IDENT_DNS, "example.org", "example.org" },
		{ IDENT_IP, "127.0.0.1", "1.0.0.127.in-addr.arpa" },
		{ IDENT_IP, "2001:db8::1",
		  "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(proof_release) struct proof p = { 0 };
		AUTO(ident_release) struct ident ident = { cases[i].type, xstrdup(cases[i].value) };
		bool is_ip = ident.type == IDENT_IP;

		assert_done(prove(&p, "tls-alpn-01", &ident, TOKEN));
		assert_int_equal(p.medium, MEDIUM_TLS);
		assert_string_equal(p.tls_server_name, cases[i].server_name);
		assert_string_equal(p.tls_protocol, "acme-tls/1");
		assert_true(p.tls_has_digest);
		assert_string_equal((is_ip ? &p.tls_names.ip : &p.tls_names.dns)->items[0],
				    cases[i].value);
		assert_int_equal(p.tls_names.dns.count + p.tls_names.ip.count, 1);
	}
}

/* draft-ietf-acme-acme-03 §7.3; the vector is the draft's own */
static void test_tlssni(void **state)
{
	static const char token[] = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
	AUTO(proof_release) struct proof first = { 0 };
	AUTO(proof_release) struct proof second = { 0 };
	char name[] = "example.org";
	struct ident dns = { IDENT_DNS, name };

	(void)state;
	assert_done(prove(&first, "tls-sni-01", &dns, token));
	assert_string_equal(first.tls_names.dns.items[0], first.tls_server_name);
	assert_int_equal(strlen(first.tls_server_name), strlen(".acme.invalid") + 65);
	assert_null(first.tls_protocol);
	assert_false(first.tls_has_digest);
	assert_done(prove(&second, "tls-sni-02", &dns, token));
	assert_string_equal(
		second.tls_server_name,
		"7ea0aaa69214e71e02cebb18bb867736.09b730209baabf60e43d4999979ff139.token.acme.invalid");
	assert_int_equal(second.tls_names.dns.count, 2);
	assert_true(challenge_type_by_name("tls-sni-01")->historical);
}

/* RFC 8555 §7.1.4: unknown types are somebody else's business */
static void test_parse_unknown(void **state)
{
	static const char *const texts[] = {
		"{\"type\":\"future-01\"}",
		"{\"type\":\"future-01\",\"url\":7,\"status\":\"odd\",\"token\":{}}",
		"{\"type\":\"http\",\"token\":\"../x\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct challenge c = { 0 };

		assert_done(parse(&c, texts[i]));
		assert_null(c.known);
		assert_null(c.token);
		challenge_release(&c);
	}
}

static const struct {
	const char *text, *part;
} hostile[] = {
	{ "{}", "\"type\" is missing" },
	{ "[]", "an array where an object" },
	{ "{\"type\":1}", "\"type\" is a number" },
	{ "{\"type\":\"http-01\"}", "challenge http-01: field \"url\" is missing" },
	{ HEAD "\"token\":\"" TOKEN "\"}", "\"status\" is missing" },
	{ HEAD "\"status\":\"done\",\"token\":\"" TOKEN "\"}", "done" },
	{ HEAD "\"status\":\"pending\"}", "\"token\" is missing" },
	{ HEAD "\"status\":\"pending\",\"token\":\"\"}", "token \"\" is not" },
	{ HEAD "\"status\":\"pending\",\"token\":\"../../etc/cron.d/x\"}",
	  "token \"../../etc/cron.d/x\" is not" },
	{ HEAD "\"status\":\"pending\",\"token\":\"a\\nb\"}",
	  "token \"a\\x0ab\" is not 1 to 256 characters of base64url" },
	{ HEAD "\"status\":\"pending\",\"token\":\"a/b\"}", "is not 1 to 256" },
	{ HEAD "\"status\":\"valid\",\"token\":\"" TOKEN "\",\"validated\":\"yesterday\"}",
	  "\"validated\" is no RFC 3339 date" },
	{ HEAD "\"status\":\"invalid\",\"token\":\"" TOKEN "\",\"error\":\"no\"}",
	  "\"error\" is a string" },
};

static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		struct challenge c = { 0 };

		assert_refused(parse(&c, hostile[i].text), i < 3 ? ERR_PARSE : ERR_PROTOCOL,
			       hostile[i].part);
		assert_null(c.type);
	}
}

static void test_huge_token(void **state)
{
	AUTO(buf_release) struct buf text = BUF_INIT(200000);
	struct challenge c = { 0 };

	(void)state;
	buf_adds(&text, HEAD "\"status\":\"pending\",\"token\":\"");
	for (int i = 0; i < 100000; i++)
		buf_addc(&text, 'a');
	buf_adds(&text, "\"}");
	assert_refused(parse(&c, buf_str(&text)), ERR_PROTOCOL,
		       "aaa...\" is not 1 to 256 characters");
}

/* draft-ietf-acme-dns-account-label-02 §3.2 and its example */
static void test_dnsaccount01(void **state)
{
	const struct challenge_type *type = challenge_type_by_name("dns-account");
	AUTO(proof_release) struct proof p = { 0 };
	AUTO(proof_release) struct proof none = { 0 };
	char name[] = "example.org";
	char address[] = "192.0.2.1";
	struct ident dns = { IDENT_DNS, name };
	struct ident ip = { IDENT_IP, address };
	struct challenge_input in = { &dns, TOKEN, THUMBPRINT,
				      "https://example.com/acme/acct/ExampleAccount" };

	(void)state;
	assert_done(type->prove(&p, &in));
	assert_string_equal(p.dns_owner, "_ujmmovf2vn55tgye._acme-challenge.example.org");
	assert_int_equal(strlen(p.dns_txt), 43);
	assert_true(type->wildcard && type->per_account && !type->ip);
	in.account_url = NULL;
	assert_refused(type->prove(&none, &in), ERR_INTERNAL, "without an account URL");
	in.account_url = "";
	assert_refused(type->prove(&none, &in), ERR_INTERNAL, "without an account URL");
	assert_refused(prove(&none, "dns-account-01", &ip, TOKEN), ERR_PROTOCOL, "no DNS name");
	assert_refused(prove(&none, "dns-account-01", &dns, "+"), ERR_PROTOCOL, "usable token");
}

#define ACCOUNT "accounturi=https://ca.test/acct/1"
#define NOW 1000000

struct persist {
	const char *texts[3];
	bool wildcard;
	const char *type; /* NULL: met */
	const char *part; /* of the detail */
};

static const struct persist persists[] = {
	{ { "ca.test;" ACCOUNT }, false, NULL, NULL },
	{ { "CA.test.; " ACCOUNT }, false, NULL, NULL },
	{ { "\t ca.test \t;  accountURI =\thttps://ca.test/acct/1 " }, false, NULL, NULL },
	{ { "ca.test; accounturi=https://old.test/1" }, false, NULL, NULL },
	{ { "second.test; " ACCOUNT }, false, NULL, NULL },
	{ { "ca.test.. ; " ACCOUNT }, false, "unauthorized", "No valid TXT record found" },
	{ { "; " ACCOUNT }, false, "unauthorized", "No valid TXT record found" },
	{ { "" }, false, "unauthorized", "No valid TXT record found" },
	{ { "\nca.test; " ACCOUNT }, false, "unauthorized", "No valid TXT record found" },
	{ { "other.test; " ACCOUNT }, false, "unauthorized", "No valid TXT record found" },
	{ { "other.test; broken" }, false, "unauthorized", "No valid TXT record found" },
	{ { "ca.test; " ACCOUNT "; policy=wildcard" }, true, NULL, NULL },
	{ { "ca.test; " ACCOUNT "; policy=wIlDcArD" }, true, NULL, NULL },
	{ { "ca.test; " ACCOUNT "; policy=wildcard" }, false, NULL, NULL },
	{ { "ca.test; " ACCOUNT }, true, "unauthorized", "policy mismatch" },
	{ { "ca.test; " ACCOUNT "; policy=no" }, true, "unauthorized", "policy mismatch" },
	{ { "ca.test; " ACCOUNT "; policy=no" }, false, NULL, NULL },
	{ { "ca.test; accounturi=https://ca.test/acct/2" },
	  false,
	  "unauthorized",
	  "accounturi mismatch" },
	{ { "ca.test; " ACCOUNT "/" }, false, "unauthorized", "accounturi mismatch" },
	{ { "ca.test; accounturi=HTTPS://ca.test/acct/1" },
	  false,
	  "unauthorized",
	  "accounturi mismatch" },
	{ { "ca.test" }, false, "malformed", "no accounturi" },
	{ { "ca.test; accounturi=" }, false, "malformed", "no accounturi" },
	{ { "ca.test; " ACCOUNT "; AccountUri=x" }, false, "malformed", "duplicate parameter" },
	{ { "ca.test; " ACCOUNT "; policy=a;POLICY=b" },
	  false,
	  "malformed",
	  "duplicate parameter" },
	{ { "ca.test; " ACCOUNT "; persistuntil=1000000" }, false, NULL, NULL },
	{ { "ca.test; " ACCOUNT "; persistUntil=9223372036854775807" }, false, NULL, NULL },
	{ { "ca.test; " ACCOUNT "; persistUntil=999999" }, false, "unauthorized", "is over" },
	{ { "ca.test; " ACCOUNT "; persistUntil=0" }, false, "unauthorized", "is over" },
	{ { "ca.test; " ACCOUNT "; persistUntil=-1" }, false, "unauthorized", "is over" },
	{ { "ca.test; " ACCOUNT "; persistUntil=" }, false, "malformed", "no number" },
	{ { "ca.test; " ACCOUNT "; persistUntil=1e9" }, false, "malformed", "no number" },
	{ { "ca.test; " ACCOUNT "; persistUntil=9223372036854775808" },
	  false,
	  "malformed",
	  "no number" },
	{ { "ca.test; " ACCOUNT "; persistUntil=2000000; persistUntil=3000000" },
	  false,
	  "malformed",
	  "duplicate" },
	{ { "ca.test; " ACCOUNT "; unknown=1" }, false, NULL, NULL },
	{ { "ca.test; " ACCOUNT "; unknown=1; unknown=2" }, false, NULL, NULL },
	{ { "ca.test; " ACCOUNT "; o_d-d.=" }, false, NULL, NULL },
	{ { "ca.test; " ACCOUNT "; unknown" }, false, "malformed", "has no \"=\"" },
	{ { "ca.test; " ACCOUNT "; =1" }, false, "malformed", "has no tag" },
	{ { "ca.test; " ACCOUNT "; a=b c" }, false, "malformed", "holds what no value may" },
	{ { "ca.test; " ACCOUNT "; a=\x7f" }, false, "malformed", "holds what no value may" },
	{ { "ca.test; " ACCOUNT ";" }, false, "malformed", "nothing behind it" },
	{ { "ca.test;; " ACCOUNT }, false, "malformed", "has no \"=\"" },
	{ { "ca.test; broken", "ca.test; " ACCOUNT }, false, NULL, NULL },
	{ { "ca.test; " ACCOUNT "2", "ca.test; " ACCOUNT }, false, NULL, NULL },
	{ { "ca.test; " ACCOUNT "2", "ca.test; broken", "other.test; x" },
	  false,
	  "malformed",
	  "has no \"=\"" },
	{ { "other.test; x", "ca.test; " ACCOUNT "2" },
	  false,
	  "unauthorized",
	  "accounturi mismatch" },
};

static void meet(const struct persist *p)
{
	AUTO(strlist_release) struct strlist texts = { 0 };
	AUTO(strlist_release) struct strlist urls = { 0 };
	AUTO(strlist_release) struct strlist issuers = { 0 };
	const struct match_input in = { &texts, p->wildcard, &urls, &issuers, NOW };

	print_message("# %s\n", p->texts[0] + strspn(p->texts[0], "\n")); /* TAP: a line */
	for (size_t i = 0; i < ARRAY_LEN(p->texts) && p->texts[i] != NULL; i++)
		strlist_add(&texts, p->texts[i]);
	strlist_add(&urls, "https://ca.test/acct/1");
	strlist_add(&urls, "https://old.test/1");
	strlist_add(&issuers, "ca.test");
	strlist_add(&issuers, "second.test");
	AUTO(err_free) struct err *e = challenge_type_by_name("dns-persist")->match(&in);

	if (p->type == NULL) {
		assert_null(e);
		return;
	}
	assert_non_null(e);
	assert_string_equal(err_type(e), p->type);
	if (strstr(e->detail, p->part) == NULL)
		fail_msg("%s: no \"%s\"", e->detail, p->part);
}

/* draft-ietf-acme-dns-persist-01 §4 */
static void test_dnspersist01(void **state)
{
	AUTO(proof_release) struct proof p = { 0 };
	char name[] = "example.org";
	struct ident dns = { IDENT_DNS, name };
	struct challenge_input in = { .ident = &dns };

	(void)state;
	assert_done(challenge_type_by_name("dns-persist-01")->prove(&p, &in));
	assert_string_equal(p.dns_owner, "_validation-persist.example.org");
	assert_null(p.dns_txt);
	for (size_t i = 0; i < ARRAY_LEN(persists); i++)
		meet(&persists[i]);
}

/* draft-ietf-acme-dns-persist-01 §3.1: no token, but whom and what a record must name. */
static void test_persist_object(void **state)
{
	static const char text[] =
		"{\"type\":\"dns-persist-01\",\"url\":\"https://ca.test/c/1\",\"status\":\"pending\","
		"\"accounturi\":\"https://ca.test/acct/1\",\"issuer-domain-names\":[\"ca.test\"]}";
	static const char moved_on[] =
		"{\"type\":\"dns-persist-01\",\"url\":\"https://ca.test/c/1\",\"status\":\"pending\","
		"\"accounturi\":7}";
	json_t *obj = json_loads(text, 0, NULL), *odd = json_loads(moved_on, 0, NULL);
	struct challenge c = { 0 }, skipped = { 0 };

	(void)state;
	assert_done(challenge_parse(&c, obj));
	assert_null(c.token);
	assert_string_equal(c.account_uri, "https://ca.test/acct/1");
	json_t *again = challenge_render(&c);

	assert_true(json_equal(obj, again));
	assert_done(challenge_parse(&skipped, odd));
	assert_null(skipped.known);
	json_decref(again);
	json_decref(obj);
	json_decref(odd);
	challenge_release(&c);
	challenge_release(&skipped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registry),      cmocka_unit_test(test_http01),
		cmocka_unit_test(test_dns01),         cmocka_unit_test(test_tlsalpn01),
		cmocka_unit_test(test_tlssni),        cmocka_unit_test(test_wildcard_and_ip),
		cmocka_unit_test(test_parse),         cmocka_unit_test(test_parse_error),
		cmocka_unit_test(test_parse_unknown), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_huge_token),    cmocka_unit_test(test_dnsaccount01),
		cmocka_unit_test(test_dnspersist01),  cmocka_unit_test(test_persist_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
