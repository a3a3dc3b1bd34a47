#include "check.h"

#include "ca/config/config.h"
#include "ca/config/key.h"

static struct err *parse(struct ca_config **out, const char *text)
{
	return ca_config_parse(out, text, strlen(text), "/etc/signet-ca/ca.conf");
}

static const struct {
	const char *text, *refusal;
} refused[] = {
	{ "threads = 1\n", "ca.conf:1: a key before any [section]" },
	{ "[server]\nthreads\n", "ca.conf:2: neither `[section]` nor `key = value`" },
	{ "[server\n", "ca.conf:1: a section's line ends with ']'" },
	{ "\n# x\n[sever]\n", "ca.conf:3: there is no section [sever]; did you mean \"server\"?" },
	{ "[completely else]\n", "there are server, directory" },
	{ "[server one]\n", "[server] takes no name" },
	{ "[profile]\n", "[profile] needs a name" },
	{ "[profile a b]\n", "a name of [profile] is made of" },
	{ "[server]\n[log]\n[server]\n", "ca.conf:3: [server] stands at line 1 already" },
	{ "[profile a]\n[profile b]\n[profile a]\n", "ca.conf:3: [profile a] stands at line 1" },
	{ "[server]\nthread = 1\n", "[server] has no key \"thread\"; did you mean \"threads\"?" },
	{ "[log]\nxyzzy = 1\n", "there are file, level, json" },
	{ "[server]\nthreads = 1\nthreads = 2\n", "ca.conf:3: threads was set at line 2 already" },
	{ "[server]\nthreads = 1025\n", "threads takes a number from 0 to 1024, not \"1025\"" },
	{ "[server]\nthreads =\n", "threads takes a number" },
	{ "[server]\nthreads = 1 # one\n", "comments stand on lines of their own" },
	{ "[server]\nthreads = \"1\n", "a value in \"\" ends with" },
	{ "[server]\nthreads = \"\"\"\n", "a value in \"\" ends with" },
	{ "[server]\nidle_timeout = 60\n", "such as 90s, 5m, 8h or 7d, from 1s to 1h, not \"60\"" },
	{ "[server]\nidle_timeout = 2h\n", "not \"2h\"" },
	{ "[server]\nidle_timeout = -1s\n", "not \"-1s\"" },
	{ "[server]\nidle_timeout = 999999999999999999d\n", "not \"999999999999999999d\"" },
	{ "[server]\nidle_timeout = s\n", "not \"s\"" },
	{ "[server]\ntrust_forwarded = maybe\n", "yes or no" },
	{ "[log]\nlevel = loud\n", "debug, info, warning or error, not \"loud\"" },
	{ "[limits]\norders_per_account = 5\n", "a count in a time" },
	{ "[limits]\norders_per_account = 0 / 3h\n", "a count in a time" },
	{ "[limits]\norders_per_account = 5 / 3\n", "a count in a time" },
	{ "[server]\nlisten = localhost:80\n", "an address and a port" },
	{ "[server]\nlisten = 127.0.0.1\n", "an address and a port" },
	{ "[server]\nlisten = ::1:80\n", "an address and a port" },
	{ "[server]\nlisten = [127.0.0.1]:80\n", "an address and a port" },
	{ "[server]\nlisten = 127.0.0.1:65536\n", "an address and a port" },
	{ "[server]\nurl = ca.example.org\n", "a URL" },
	{ "[server]\nurl = https://ca.example.org/acme\n", "a URL" },
	{ "[server]\nurl = https://ca.example.org/\n", "a URL" },
	{ "[va]\nallow = 10.0.0.1/8\n", "a network" },
	{ "[va]\nresolvers = dns.example.org\n", "an IP address, or one with a port" },
	{ "[va]\nsource_v4 = 127.0.0.1:1\n", "an IPv4 address" },
	{ "[va]\nsource_v4 = ::1\n", "an IPv4 address" },
	{ "[perspective a]\nsource_v6 = 127.0.0.1\n", "an IPv6 address" },
	{ "[va]\ntrust_anchors = corp.example. DS 1 13 2 00\n", "need dnssec = yes" },
	{ "[policy]\nallow = *.example.org\n", "a host name" },
	{ "[policy]\nchallenges = http-01, http\n", "a challenge type" },
	{ "[profile a]\npolicies = 2.23.x\n", "an object identifier" },
	{ "[profile a]\naccounts = 0\n", "the number of an account" },
	{ "[perspective a]\nregion = EUROPE\n", "a registry" },
	{ "[log]\n[perspective a]\n[perspective b]\n", "ca.conf:2: fewer than 3 perspectives" },
	{ "[perspective a]\nregion = RIPE\n[perspective b]\nregion = RIPE\n[perspective c]\n",
	  "ca.conf:1: the perspectives are in fewer than 2 regions" },
	{ "[accounts]\nkey_cache = 61s\n", "from 0s to 1m" },
	{ "[server]\ntls_key = k.pem\n", "ca.conf:1: [server] needs tls_certificate and tls_key" },
	{ "[server]\nlisten =\n", "ca.conf:1: [server] listen: no client could reach the CA" },
	{ "[server]\nlisten = 127.0.0.1:1, 127.0.0.1:1\n", "127.0.0.1:1 stands twice" },
	{ "[server]\nlisten = [::1]:443\nhttp_listen = 127.0.0.1:80, [::1]:443\n",
	  "[::1]:443 stands twice" },
	{ "[policy]\nchallenges =\n", "[policy] challenges: no client could prove anything" },
	{ "[directory]\ndefault_profile = x\n",
	  "ca.conf:1: default_profile: there is no [profile x]" },
	{ "[store]\nbackend = postgresql\n", "needs connection" },
	{ "[store]\npath =\n", "needs path" },
	{ "[profile a]\ndns = no\n", "neither dns nor ip" },
	{ "[profile a]\nlifetime = 60s\nbackdate = 60s\n", "backdate is not shorter" },
	{ "[log]\n[profile a]\nissuers = x\n", "ca.conf:2: [profile a]: there is no [issuer x]" },
	{ "[issuer a]\nkey = k.pem\n", "[issuer a] needs certificate and key" },
	{ "[issuer a]\nkey = k\ncertificate = c\ncrl_lifetime = 1h\ncrl_refresh = 1h\n",
	  "crl_refresh is not shorter" },
	{ "[perspective a]\nurl = https://va.example.org\n", "needs certificate, key and ca" },
	{ "[perspective a]\nurl = https://va.example.org\ncertificate = c\nkey = k\nca = a\n"
	  "user_agent = x\n",
	  "are said there" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct ca_config *c = NULL;

		assert_refused(parse(&c, refused[i].text), ERR_CONFIG, refused[i].refusal);
		assert_null(c);
	}
}

static void test_nul(void **state)
{
	struct ca_config *c = NULL;
	static const char text[] = "[server]\0x\n";

	(void)state;
	assert_refused(ca_config_parse(&c, text, sizeof(text) - 1, "x"), ERR_CONFIG,
		       "x:1: a NUL byte");
}

static void test_missing_file(void **state)
{
	struct ca_config *c = NULL;

	(void)state;
	assert_refused(ca_config_load(&c, "/nonexistent/ca.conf"), ERR_CONFIG,
		       "/nonexistent/ca.conf");
}

/* Each row's fallback is one that the row takes; rows of a section share no name and no field. */
static void test_rows(void **state)
{
	(void)state;
	for (size_t s = 0; s < config_section_count; s++) {
		const struct config_section *section = config_sections[s];

		for (size_t k = 0; k < section->key_count; k++) {
			const struct config_key *key = &section->keys[k];
			AUTO(ca_config_free) struct ca_config *c = NULL;
			AUTO(free)
			char *text = str_fmt("[%s%s]\n%s = %s\n", section->name,
					     section->repeated ? " x" : "", key->name,
					     key->fallback != NULL ? key->fallback : "");
			struct err *e = parse(&c, text);

			assert_true(key->doc[0] != '\0');
			assert_true(key->offset < section->size);
			if (e != NULL && strstr(e->msg, " takes ") != NULL)
				fail_msg("%s", e->msg);
			err_free(e);
			for (size_t other = 0; other < k; other++) {
				assert_string_not_equal(section->keys[other].name, key->name);
				assert_int_not_equal(section->keys[other].offset, key->offset);
			}
		}
	}
}

static void test_values(void **state)
{
	AUTO(ca_config_free) struct ca_config *c = NULL;

	(void)state;
	assert_done(parse(&c, "; a comment\n"
			      "[server]\r\n"
			      "  listen = 127.0.0.1:0 , [::1]:443,\n"
			      "url=https://ca.example.org\n"
			      "trust_forwarded = on\n"
			      "idle_timeout = 2m\n"
			      "[limits]\n"
			      "orders_per_account = 7/2d\n"
			      "failures_per_name = off\n"
			      "[store]\n"
			      "path = data/ca.db\n"
			      "[log]\n"
			      "file = /var/log/ca.log\n"
			      "level = warning\n"
			      "[va]\n"
			      "user_agent = \" # a; b \"\n"
			      "[issuer r1]\n"
			      "certificate = r1.pem\n"
			      "key = keys/r1.pem\n"
			      "chains = root.pem, /cross.pem\n"
			      "[issuer e1]\n"
			      "certificate = e1.pem\n"
			      "key = e1.key\n"
			      "active = no\n"
			      "[profile mine]\n"
			      "issuers = e1, r1\n"
			      "policies =\n"));
	assert_string_equal(c->dir, "/etc/signet-ca");
	assert_int_equal(c->server.listen.count, 2);
	assert_string_equal(c->server.listen.items[1], "[::1]:443");
	assert_string_equal(c->server.url, "https://ca.example.org");
	assert_true(c->server.trust_forwarded);
	assert_int_equal(c->server.idle_timeout_s, 120);
	assert_int_equal(c->server.max_connections, 4096);
	assert_int_equal(c->limits.orders_per_account.count, 7);
	assert_int_equal(c->limits.orders_per_account.period_s, 2 * 24 * 3600);
	assert_int_equal(c->limits.failures_per_name.count, 0);
	assert_int_equal(c->limits.certificates_per_set.count, 5);
	assert_string_equal(c->store.path, "/etc/signet-ca/data/ca.db");
	assert_string_equal(c->log.file, "/var/log/ca.log");
	assert_int_equal(c->log.level, 2);
	assert_string_equal(c->va.user_agent, " # a; b ");
	assert_int_equal(c->issuer_count, 2);
	assert_string_equal(c->issuers[0].name, "r1");
	assert_string_equal(c->issuers[0].key, "/etc/signet-ca/keys/r1.pem");
	assert_string_equal(c->issuers[0].chains.items[0], "/etc/signet-ca/root.pem");
	assert_string_equal(c->issuers[0].chains.items[1], "/cross.pem");
	assert_true(c->issuers[0].active);
	assert_false(c->issuers[1].active);
	assert_int_equal(c->profile_count, 1);
	assert_string_equal(c->profiles[0].name, "mine");
	assert_int_equal(c->profiles[0].policies.count, 0);
	assert_string_equal(c->profiles[0].issuers.items[1], "r1");
}

/* ca.md 5.11 */
static void test_builtin_profiles(void **state)
{
	static const struct {
		const char *name;
		int64_t max_names, life_h, order_h, pending_h, valid_h;
		bool ip, common_name;
	} rows[] = {
		{ "classic", 100, 90 * 24, 7 * 24, 7 * 24, 30 * 24, false, true },
		{ "tlsserver", 25, 45 * 24, 8, 1, 7, false, false },
		{ "shortlived", 25, 160, 8, 1, 7, true, false },
	};
	AUTO(ca_config_free) struct ca_config *c = NULL;

	(void)state;
	assert_done(parse(&c, ""));
	assert_int_equal(c->profile_count, ARRAY_LEN(rows));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct profile_config *p = &c->profiles[i];

		assert_string_equal(p->name, rows[i].name);
		assert_int_equal(p->max_names, rows[i].max_names);
		assert_int_equal(p->lifetime_s, rows[i].life_h * 3600);
		assert_int_equal(p->order_s, rows[i].order_h * 3600);
		assert_int_equal(p->pending_s, rows[i].pending_h * 3600);
		assert_int_equal(p->valid_s, rows[i].valid_h * 3600);
		assert_true(p->dns);
		assert_int_equal(p->ip, rows[i].ip);
		assert_int_equal(p->common_name, rows[i].common_name);
		assert_int_equal(p->subject_key_id, rows[i].common_name);
		assert_int_equal(p->key_encipherment, rows[i].common_name);
	}
}

/* What is documented is a file that says what an empty one says. */
static void test_document(void **state)
{
	AUTO(ca_config_free) struct ca_config *c = NULL;
	AUTO(ca_config_free) struct ca_config *empty = NULL;
	AUTO(buf_release) struct buf b = BUF_INIT(1 << 20);

	(void)state;
	ca_config_document(&b);
	assert_done(buf_check(&b, "document"));
	assert_done(parse(&c, buf_str(&b)));
	assert_done(parse(&empty, ""));
	assert_int_equal(c->profile_count, 3);
	assert_int_equal(c->issuer_count, 0);
	assert_string_equal(c->server.listen.items[0], empty->server.listen.items[0]);
	assert_string_equal(c->store.path, empty->store.path);
	for (size_t s = 0; s < config_section_count; s++)
		for (size_t k = 0; k < config_sections[s]->key_count; k++)
			if (strstr(buf_str(&b), config_sections[s]->keys[k].doc) == NULL &&
			    strchr(config_sections[s]->keys[k].doc, '\n') == NULL)
				fail_msg("%s is not documented", config_sections[s]->keys[k].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),      cmocka_unit_test(test_nul),
		cmocka_unit_test(test_missing_file), cmocka_unit_test(test_rows),
		cmocka_unit_test(test_values),       cmocka_unit_test(test_builtin_profiles),
		cmocka_unit_test(test_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
