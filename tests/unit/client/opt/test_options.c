#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/cmd/cmd.h"
#include "client/opt/option.h"
#include "client/opt/renewal_keys.h"

static char root[] = "/tmp/test-options-XXXXXX";

/* A home without files of its own: what the machine has in /etc/letsencrypt/cli.ini must not matter to the cases. */
static int make_root(void **state)
{
	(void)state;
	return mkdtemp(root) != NULL && chdir(root) == 0 && setenv("HOME", root, 1) == 0 &&
			       unsetenv("XDG_CONFIG_HOME") == 0
		     ? 0
		     : -1;
}

static int drop_root(void **state)
{
	(void)state;
	return fs_remove_tree(root) == NULL ? 0 : -1;
}

static struct err *parse(struct options **o, const char *words)
{
	AUTO(strlist_release) struct strlist argv = { 0 };
	AUTO(free) char *topic = NULL;
	enum options_action action = OPTIONS_HELP;

	strlist_add(&argv, "signet");
	strlist_split(&argv, words, '|');
	struct err *e = options_parse(o, &action, &topic, (int)argv.count, argv.items);

	if (e == NULL)
		assert_int_equal(action, OPTIONS_RUN);
	return e;
}

static struct options *parsed(const char *words)
{
	struct options *o = NULL;

	assert_done(parse(&o, words));
	return o;
}

static void expect_list(const struct strlist *l, const char *wanted)
{
	AUTO(free) char *joined = strlist_join(l, " ");

	assert_string_equal(joined, wanted);
}

static void test_table_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		bool keeps = row->kind->store != STORE_NONE;
		size_t found = 0;

		assert_int_equal(row->spec.takes_value, row->kind->takes_value);
		assert_int_equal(keeps, row->member != NO_MEMBER);
		assert_true(row->help != NULL || row->kind == &kind_plugin);
		assert_true(row->topics == NULL || !row->spec.takes_value || row->metavar != NULL);
		assert_true(row->kind != &kind_plugin || row->plugin != NULL);
		for (size_t n = 0; n < OPT_NAMES_MAX && row->spec.names[n] != NULL; n++) {
			assert_true(opt_find(&found, &option_table, row->spec.names[n]));
			assert_int_equal(found, i); /* no name twice */
		}
		for (size_t k = 0; row->member != NO_MEMBER && k < i; k++)
			if (option_rows[k].member == row->member)
				assert_int_equal(option_rows[k].kind->store, row->kind->store);
	}
}

/* Every key of the renewal file is in the order of a fresh one, once. */
static void test_renewal_keys_are_complete(void **state)
{
	size_t rows = 0;

	(void)state;
	for (size_t i = 0; i < option_row_count; i++) {
		size_t times = 0;

		if (option_rows[i].conf_key == NULL)
			continue;
		rows++;
		for (size_t k = 0; k < renewal_key_count; k++)
			times += streq(renewal_keys[k], option_rows[i].conf_key);
		assert_int_equal(times, 1);
	}
	assert_int_equal(rows, renewal_key_count);
}

static void test_defaults(void **state)
{
	AUTO(options_free) struct options *o = parsed("certificates");

	(void)state;
	assert_string_equal(o->verb->name, "certificates");
	assert_string_equal(o->config_dir, "/etc/letsencrypt");
	assert_string_equal(o->server, "https://acme-v02.api.letsencrypt.org/directory");
	assert_string_equal(o->key_type, "ecdsa");
	assert_string_equal(o->elliptic_curve, "secp256r1");
	assert_int_equal(o->rsa_key_size, 2048);
	assert_int_equal(o->http01_port, 80);
	assert_int_equal(o->issuance_timeout_s, 90);
	assert_true(o->autorenew && o->validate_hooks && o->directory_hooks &&
		    o->random_sleep_on_renew);
	assert_false(o->reuse_key || o->quiet || o->noninteractive || o->staging);
	assert_null(o->authenticator);
	assert_int_equal(options_source(o, &o->key_type), SOURCE_DEFAULT);
}

static void test_sources(void **state)
{
	AUTO(options_free) struct options *o = NULL;

	(void)state;
	assert_done(fs_replace("s.ini", "key-type = rsa\nrsa-key-size = 3072\n", 36, 0600, false));
	o = parsed("certonly|-c|s.ini|--key-type|ecdsa|--no-reuse-key");
	assert_string_equal(o->key_type, "ecdsa");
	assert_int_equal(options_source(o, &o->key_type), SOURCE_ARGV);
	assert_int_equal(options_source(o, &o->rsa_key_size), SOURCE_CONFIG);
	assert_int_equal(options_source(o, &o->reuse_key), SOURCE_ARGV); /* set, to its default */
	assert_false(options_set_by_user(o, &o->elliptic_curve));
	options_set_runtime(o, &o->account, "abc");
	assert_int_equal(options_source(o, &o->account), SOURCE_RUNTIME);
	options_set_runtime(o, &o->account, o->account);
	assert_string_equal(o->account, "abc");
}

static void test_names(void **state)
{
	AUTO(options_free)
	struct options *o = parsed(
		"certonly|-d|B.test.,a.test|-da.test|--domain|*.c.test|--ip-address|2001:DB8::0:1|--ip-address|192.0.2.1");

	(void)state;
	expect_list(&o->domains, "b.test a.test *.c.test");
	expect_list(&o->ip_addresses, "2001:db8::1 192.0.2.1");
}

static void test_verb_is_the_first_word_that_is_one(void **state)
{
	static const char *const lines[] = {
		"renew|--cert-name|certonly",
		"--cert-name|certonly|renew",
		"--cert-name=certonly|-q|renew",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		AUTO(options_free) struct options *o = parsed(lines[i]);

		assert_string_equal(o->verb->name, "renew");
		assert_string_equal(o->cert_name, "certonly");
	}
	AUTO(options_free) struct options *alias = parsed("auth");

	assert_string_equal(alias->verb->name, "certonly");
}

static void test_without_a_subcommand(void **state)
{
	static const char *const lines[] = { "", "-d|a.test", "run", "everything", "-d|renew" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		AUTO(options_free) struct options *o = parsed(lines[i]);

		assert_string_equal(o->verb->name, "run");
	}
}

/* The test CA of Let's Encrypt stands in for the real one, with an account of its own; other CAs are asked themselves. */
static void test_rehearsal(void **state)
{
	AUTO(options_free) struct options *real = parsed("reconfigure|--account|0123");
	AUTO(options_free)
	struct options *own = parsed("reconfigure|--account|0123|--server|https://ca.test/dir");

	(void)state;
	options_rehearse(real);
	options_rehearse(own);
	assert_true(real->dry_run && real->break_my_certs && own->dry_run);
	assert_string_equal(real->server, "https://acme-staging-v02.api.letsencrypt.org/directory");
	assert_null(real->account);
	assert_string_equal(own->server, "https://ca.test/dir");
	assert_string_equal(own->account, "0123");
}

static void test_revocation(void **state)
{
	AUTO(options_free) struct options *asked = parsed("revoke|--cert-path|c.pem");
	AUTO(options_free)
	struct options *said = parsed(
		"revoke|--cert-name|a|--reason|KeyCompromise|--no-delete-after-revoke");

	(void)state;
	assert_string_equal(asked->reason, "unspecified");
	assert_false(options_set_by_user(asked, &asked->delete_after_revoke));
	assert_int_equal(asked->cert_path[0], '/');
	assert_string_equal(said->reason, "keycompromise");
	assert_true(options_set_by_user(said, &said->delete_after_revoke));
	assert_false(said->delete_after_revoke);
}

struct refused {
	const char *argv;
	enum err_code code;
	const char *why;
};

static void expect_refused(const struct refused *row)
{
	struct options *o = NULL;

	assert_refused(parse(&o, row->argv), row->code, row->why);
	assert_null(o);
}

static void test_values_out_of_range(void **state)
{
	static const struct refused rows[] = {
		{ "certonly|--cert-name|%(y)s", ERR_USAGE,
		  "argument --cert-name: a value cannot hold %(name)s" },
		{ "certonly|--config-dir|/a%(y)s", ERR_USAGE, "a value cannot hold %(name)s" },
		{ "certonly|--server|https://ca.test/\x01", ERR_USAGE, "control characters" },
		{ "certonly|--email|a@a.test\x1b[1m", ERR_USAGE, "control characters" },
		{ "certonly|--deploy-hook|\xff", ERR_USAGE, "must be UTF-8" },
		{ "renew|--jobs|0", ERR_USAGE, "0 is not between 1 and 8" },
		{ "renew|--jobs|9999", ERR_USAGE, "9999 is not between 1 and 8" },
		{ "renew|--wait=-1", ERR_USAGE, "argument --wait: value must be non-negative" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect_refused(&rows[i]);
}

static void test_refused(void **state)
{
	static const struct refused rows[] = {
		{ "config_changes", ERR_USAGE, "unrecognized arguments: config_changes" },
		{ "revoke|--reason|boredom", ERR_USAGE,
		  "invalid choice: 'boredom' (choose from 'unspecified', 'keycompromise'" },
		{ "renew|certonly", ERR_USAGE, "unrecognized arguments: certonly" },
		{ "renew|--frob|--nope=1", ERR_USAGE, "unrecognized arguments: --frob --nope=1" },
		{ "certonly|--http-01-port|x", ERR_USAGE,
		  "argument --http-01-port: invalid int value: 'x'" },
		{ "certonly|--http-01-port|0", ERR_USAGE, "0 is not between 1 and 65535" },
		{ "certonly|--http-01-port|65536", ERR_USAGE, "65536 is not between" },
		{ "certonly|--max-log-backups|-1", ERR_USAGE,
		  "argument --max-log-backups: value must be non-negative" },
		{ "certonly|--key-type|dsa", ERR_USAGE,
		  "invalid choice: 'dsa' (choose from 'rsa', 'ecdsa')" },
		{ "certonly|--preferred-challenges|dns,frob", ERR_USAGE,
		  "Unrecognized challenges: frob" },
		{ "certonly|--user-agent-comment|a(b)", ERR_USAGE, "may not contain parentheses" },
		{ "certonly|--ip-address|a.test", ERR_USAGE, "'a.test' is not an IP address" },
		{ "certonly|-c|/nowhere/x.ini", ERR_USAGE, "/nowhere/x.ini" },
		{ "certonly|--webroot-map|[]", ERR_USAGE, "a JSON object is expected" },
		{ "certonly|--webroot-map|{\"a\":1}", ERR_USAGE, "is not a string" },
		{ "certonly|-d|192.0.2.1", ERR_CONFIG, "192.0.2.1" },
		{ "certonly|-d|a..b", ERR_CONFIG, "a..b" },
		{ "certonly|-n|--force-interactive", ERR_CONFIG, "--force-interactive" },
		{ "renew|--force-interactive", ERR_CONFIG, "--force-interactive" },
		{ "renew|-d|a.test", ERR_CONFIG, "a.test" },
		{ "certonly|--hsts|--auto-hsts", ERR_CONFIG, "--auto-hsts" },
		{ "certonly|--http-01-port|443", ERR_CONFIG, "they must differ" },
		{ "register|--dry-run", ERR_CONFIG,
		  "is for run, certonly, renew, install and enhance, not for register" },
		{ "certonly|--staging|--server|https://ca.test/", ERR_CONFIG,
		  "--server names another CA" },
		{ "certonly|--allow-subset-of-names|-d|*.a.test", ERR_CONFIG,
		  "--allow-subset-of-names" },
		{ "certonly|--rsa-key-size|1024", ERR_CONFIG, "1024" },
		{ "certonly|--cert-name|a/b", ERR_CONFIG, "a/b" },
		{ "certonly|--standalone|--webroot", ERR_CONFIG, "'standalone' -> 'webroot'" },
		{ "certonly|-a|webroot|--standalone", ERR_CONFIG, "'webroot' -> 'standalone'" },
		{ "certonly|--deploy-hook|echo %(x)s", ERR_USAGE, "a value cannot hold %(name)s" },
		{ "certonly|--csr|x.pem", ERR_USAGE, "argument --csr: reading the request" },
		{ "certonly|--pre-hook|/nowhere/hook", ERR_CONFIG, "/nowhere/hook" },
		{ "certonly|-w|/nowhere", ERR_CONFIG,
		  "/nowhere does not exist or is not a directory" },
		{ "certonly|-d|a.test|-w|/tmp|-w|/", ERR_CONFIG, "must precede all names" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect_refused(&rows[i]);
}

static void test_servers(void **state)
{
	static const char staging[] = "https://acme-staging-v02.api.letsencrypt.org/directory";
	static const struct {
		const char *argv, *server;
	} rows[] = {
		{ "certonly|--staging", staging },
		{ "certonly|--test-cert", staging },
		{ "certonly|--dry-run", staging },
		{ "run|--dry-run", staging },
		{ "renew|--dry-run", staging },
		{ "certonly|--dry-run|--server|https://ca.test/", "https://ca.test/" },
		{ "certonly|--server|https://ca.test/", "https://ca.test/" },
		{ "certonly|--staging|--server|https://acme-v02.api.letsencrypt.org/directory",
		  staging },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(options_free) struct options *o = parsed(rows[i].argv);

		assert_string_equal(o->server, rows[i].server);
		assert_true(options_set_by_user(o, &o->server));
		assert_true(options_set_by_user(o, &o->account)); /* certbot.md 2.3 */
		assert_int_equal(o->break_my_certs, o->dry_run);
	}
}

static void test_plugins(void **state)
{
	static const struct {
		const char *argv, *authenticator, *installer;
	} rows[] = {
		{ "certonly|--standalone", "standalone", NULL },
		{ "certonly|-a|webroot|--webroot", "webroot", NULL },
		{ "certonly|-a|a|-a|b", "b", NULL },
		{ "certonly|--configurator|x", "x", "x" },
		{ "certonly|--nginx", "nginx", "nginx" },
		{ "certonly|--dns-cloudflare|-i|nginx", "dns-cloudflare", "nginx" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(options_free) struct options *o = parsed(rows[i].argv);

		assert_string_equal(o->authenticator, rows[i].authenticator);
		assert_true(options_set_by_user(o, &o->authenticator));
		assert_int_equal(o->installer == NULL, rows[i].installer == NULL);
		if (o->installer != NULL)
			assert_string_equal(o->installer, rows[i].installer);
	}
}

static void expect_map(const struct options *o, const char *wanted)
{
	AUTO(buf_release) struct buf b = BUF_INIT(1000);

	for (size_t i = 0; i < o->webroot_map.names.count; i++)
		buf_addf(&b, "%s%s=%s", i > 0 ? " " : "", o->webroot_map.names.items[i],
			 o->webroot_map.roots.items[i]);
	assert_string_equal(buf_str(&b), wanted);
}

static void test_roots(void **state)
{
	static const struct {
		const char *argv, *map, *roots;
	} rows[] = {
		{ "certonly|-w|/usr|-d|a.test", "a.test=/usr", "/usr" },
		{ "certonly|-d|a.test|-w|/usr/", "a.test=/usr", "/usr" },
		{ "certonly|-w|/usr|-d|a.test|-d|b.test|-w|/etc|-d|c.test",
		  "a.test=/usr b.test=/usr c.test=/etc", "/usr /etc" },
		{ "certonly|-w|/usr|--ip-address|192.0.2.1", "192.0.2.1=/usr", "/usr" },
		{ "certonly|-d|a.test", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(options_free) struct options *o = parsed(rows[i].argv);

		expect_map(o, rows[i].map);
		expect_list(&o->webroot_path, rows[i].roots);
	}
}

/* The list of argv may not hold a comma here, and the words of strlist_split neither: JSON comes in its own array. */
static void test_root_map(void **state)
{
	char words[][64] = { "signet",
			     "certonly",
			     "-w",
			     "/usr",
			     "-d",
			     "x.test",
			     "--webroot-map",
			     "{\"A.test,b.test\": \"/etc\", \"x.test\": \"/var\"}" };
	char *argv[ARRAY_LEN(words)];
	AUTO(options_free) struct options *o = NULL;
	AUTO(free) char *topic = NULL;
	enum options_action action = OPTIONS_HELP;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		argv[i] = words[i];
	assert_done(options_parse(&o, &action, &topic, ARRAY_LEN(words), argv));
	expect_map(o, "a.test=/etc b.test=/etc x.test=/var");
	expect_list(&o->domains, "x.test a.test b.test");
}

static void test_names_typed_later_get_the_last_root(void **state)
{
	AUTO(options_free) struct options *o = parsed("certonly|-w|/usr");

	(void)state;
	assert_done(options_add_domains(o, "late.test,other.test"));
	expect_map(o, "late.test=/usr other.test=/usr");
	assert_refused(options_add_domains(o, "http://x"), ERR_CONFIG, "http://x");
}

static void test_copy_is_deep(void **state)
{
	AUTO(options_free) struct options *copy = NULL;

	(void)state;
	{
		AUTO(options_free)
		struct options *o = parsed(
			"certonly|-w|/usr|-d|a.test|--account|x|--no-self-upgrade");

		copy = options_copy(o);
	}
	expect_map(copy, "a.test=/usr");
	assert_string_equal(copy->account, "x");
	assert_int_equal(options_source(copy, &copy->account), SOURCE_ARGV);
	expect_list(&copy->notes, "--no-self-upgrade: deprecated, without effect");
}

static void test_quiet_and_json_ask_nothing(void **state)
{
	static const char *const lines[] = { "certonly|-q", "certonly|--json", "renew",
					     "certonly|-n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		AUTO(options_free) struct options *o = parsed(lines[i]);

		assert_true(o->noninteractive);
	}
}

static void test_help_and_version(void **state)
{
	static const struct {
		const char *argv;
		enum options_action action;
		const char *topic;
	} rows[] = {
		{ "--help", OPTIONS_HELP, NULL },
		{ "help|renew", OPTIONS_HELP, "renew" },
		{ "certonly|--frob|-h|paths", OPTIONS_HELP, "paths" },
		{ "--version", OPTIONS_VERSION, NULL },
		{ "certonly|--vers|--frob", OPTIONS_VERSION, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(strlist_release) struct strlist argv = { 0 };
		AUTO(free) char *topic = NULL;
		enum options_action action = OPTIONS_RUN;
		struct options *o = NULL;

		strlist_add(&argv, "signet");
		strlist_split(&argv, rows[i].argv, '|');
		assert_done(options_parse(&o, &action, &topic, (int)argv.count, argv.items));
		assert_null(o);
		assert_int_equal(action, rows[i].action);
		assert_int_equal(topic == NULL, rows[i].topic == NULL);
		if (topic != NULL)
			assert_string_equal(topic, rows[i].topic);
	}
}

/* Every option that help shows anywhere is in "all", and no line is wider than a terminal. */
static void test_help_shows_every_option(void **state)
{
	AUTO(buf_release) struct buf all = BUF_INIT(LIMIT_MIB(1));
	AUTO(buf_release) struct buf none = BUF_INIT(LIMIT_MIB(1));

	(void)state;
	assert_true(options_help(&all, "signet", "all"));
	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].topics != NULL &&
		    strstr(buf_str(&all), option_rows[i].spec.names[0]) == NULL)
			fail_msg("not shown: %s", option_rows[i].spec.names[0]);
	for (const char *line = buf_str(&all); *line != '\0'; line += strcspn(line, "\n") + 1)
		assert_in_range(strcspn(line, "\n"), 0, 80);
	assert_false(options_help(&none, "signet", "frobnication"));
	assert_string_equal(buf_str(&none), "");
}

/* option_home() looks no further than the row before. */
static void rows_of_one_member_stand_together(void **state)
{
	(void)state;
	for (size_t b = 0; b < option_row_count; b++) {
		size_t first = b;

		for (size_t a = 0; a < b && first == b; a++)
			if (option_rows[b].member != NO_MEMBER &&
			    option_rows[a].member == option_rows[b].member)
				first = a;
		assert_int_equal(option_home(b), first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_one_member_stand_together),
		cmocka_unit_test(test_table_is_sound),
		cmocka_unit_test(test_renewal_keys_are_complete),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_verb_is_the_first_word_that_is_one),
		cmocka_unit_test(test_without_a_subcommand),
		cmocka_unit_test(test_rehearsal),
		cmocka_unit_test(test_revocation),
		cmocka_unit_test(test_values_out_of_range),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_plugins),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_root_map),
		cmocka_unit_test(test_names_typed_later_get_the_last_root),
		cmocka_unit_test(test_copy_is_deep),
		cmocka_unit_test(test_quiet_and_json_ask_nothing),
		cmocka_unit_test(test_help_and_version),
		cmocka_unit_test(test_help_shows_every_option),
	};

	return cmocka_run_group_tests(tests, make_root, drop_root);
}
