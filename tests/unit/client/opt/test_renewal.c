/* [renewalparams]: what is read over which options, and what is written in which order (certbot.md 8.2). */
#include "check.h"

#include "base/limits.h"
#include "client/cmd/cmd.h"
#include "client/opt/options.h"

static struct options *parsed(const char *words)
{
	AUTO(strlist_release) struct strlist argv = { 0 };
	AUTO(free) char *topic = NULL;
	enum options_action action = OPTIONS_HELP;
	struct options *o = NULL;

	strlist_add(&argv, "signet");
	strlist_split(&argv, words, '|');
	assert_done(options_parse(&o, &action, &topic, (int)argv.count, argv.items));
	return o;
}

static struct ini *conf_of(const char *text)
{
	struct ini *f = NULL;

	assert_done(ini_parse(&f, text, strlen(text)));
	return f;
}

static void expect_written(const struct ini *f, const char *wanted)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_FILE);

	ini_write(f, &b);
	assert_string_equal(buf_str(&b), wanted);
}

/* The file of certbot.md 8.2, but for its first lines. */
static const char full[] = "[renewalparams]\n"
			   "reuse_key = True\n"
			   "account = 368999d90911e8a1f1573927b21276c0\n"
			   "rsa_key_size = 3072\n"
			   "key_type = rsa\n"
			   "must_staple = True\n"
			   "preferred_profile = shortlived\n"
			   "pref_challs = http-01,\n"
			   "pre_hook = true pre\n"
			   "post_hook = true post; exit 3\n"
			   "user_agent = \"my, agent\"\n"
			   "server = https://127.0.0.1:14000/dir\n"
			   "authenticator = webroot\n"
			   "webroot_path = /usr, /etc\n"
			   "renew_hook = '''true deploy 'a,b' \"q\" # not a comment'''\n"
			   "[[webroot_map]]\n"
			   "one.test = /usr\n"
			   "two.test = /etc\n";

static void test_a_fresh_file(void **state)
{
	char words[][64] = { "signet",
			     "certonly",
			     "--reuse-key",
			     "--rsa-key-size",
			     "3072",
			     "--key-type",
			     "rsa",
			     "--must-staple",
			     "--preferred-profile",
			     "shortlived",
			     "--preferred-challenges",
			     "http",
			     "--pre-hook",
			     "true pre",
			     "--post-hook",
			     "true post; exit 3",
			     "--user-agent",
			     "my, agent",
			     "--server",
			     "https://127.0.0.1:14000/dir",
			     "-a",
			     "webroot",
			     "-w",
			     "/usr",
			     "-d",
			     "one.test",
			     "-w",
			     "/etc",
			     "-d",
			     "two.test",
			     "--deploy-hook",
			     "true deploy 'a,b' \"q\" # not a comment" };
	char *argv[ARRAY_LEN(words)];
	AUTO(options_free) struct options *o = NULL;
	AUTO(ini_free) struct ini *conf = ini_new();
	AUTO(free) char *topic = NULL;
	enum options_action action = OPTIONS_HELP;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		argv[i] = words[i];
	assert_done(options_parse(&o, &action, &topic, ARRAY_LEN(words), argv));
	options_set_runtime(o, &o->account, "368999d90911e8a1f1573927b21276c0");
	options_save_renewal(o, conf);
	expect_written(conf, full);
}

static void test_the_same_after_reading(void **state)
{
	AUTO(options_free) struct options *o = parsed("renew");
	AUTO(ini_free) struct ini *conf = conf_of(full);

	(void)state;
	assert_done(options_apply_renewal(o, conf));
	assert_true(o->reuse_key && o->must_staple);
	assert_int_equal(o->rsa_key_size, 3072);
	assert_string_equal(o->user_agent, "my, agent");
	assert_string_equal(o->deploy_hook, "true deploy 'a,b' \"q\" # not a comment");
	assert_int_equal(o->webroot_path.count, 2);
	assert_string_equal(o->webroot_map.roots.items[1], "/etc");
	assert_string_equal(o->preferred_challenges.items[0], "http-01");
	assert_int_equal(options_source(o, &o->rsa_key_size), SOURCE_RENEWAL);
	options_save_renewal(o, conf);
	expect_written(conf, full);
}

static void test_nothing_set_by_the_user(void **state)
{
	AUTO(options_free) struct options *o = parsed("certonly");
	AUTO(ini_free) struct ini *conf = ini_new();

	(void)state;
	options_save_renewal(o, conf);
	expect_written(conf, "[renewalparams]\n"
			     "server = https://acme-v02.api.letsencrypt.org/directory\n"
			     "key_type = ecdsa\n");
}

static void test_the_command_line_wins(void **state)
{
	AUTO(options_free)
	struct options *o = parsed(
		"renew|--no-reuse-key|--rsa-key-size|4096|-a|standalone|--http-01-port|8080");
	AUTO(ini_free) struct ini *conf = conf_of(full);

	(void)state;
	assert_done(options_apply_renewal(o, conf));
	assert_false(o->reuse_key);
	assert_int_equal(o->rsa_key_size, 4096);
	assert_string_equal(o->authenticator, "standalone");
	assert_string_equal(o->key_type, "rsa");
	options_save_renewal(o, conf);
	AUTO(free) char *reuse = NULL;
	AUTO(free) char *port = NULL;

	assert_done(ini_get(&reuse, conf, "renewalparams", "reuse_key"));
	assert_done(ini_get(&port, conf, "renewalparams", "http01_port"));
	assert_string_equal(reuse, "False");
	assert_string_equal(port, "8080");
}

/* certonly on a lineage forgets its options; what another program or plugin wrote stays. */
static void test_unwanted_keys_go_and_unknown_ones_stay(void **state)
{
	AUTO(options_free) struct options *o = parsed("certonly|--standalone|-d|one.test");
	AUTO(ini_free)
	struct ini *conf = conf_of("# mine\n"
				   "my_key = kept\n"
				   "[renewalparams]\n"
				   "pre_hook = old\n"
				   "dns_foo_credentials = /root/foo.ini\n"
				   "authenticator = webroot # was\n"
				   "webroot_path = /usr,\n"
				   "[[webroot_map]]\n"
				   "one.test = /usr\n"
				   "[acme_renewal_info]\n"
				   "ari_retry_after = 2026-11-22T05:10:17\n");

	(void)state;
	options_save_renewal(o, conf);
	expect_written(conf, "# mine\n"
			     "my_key = kept\n"
			     "[renewalparams]\n"
			     "dns_foo_credentials = /root/foo.ini\n"
			     "authenticator = standalone # was\n"
			     "server = https://acme-v02.api.letsencrypt.org/directory\n"
			     "key_type = ecdsa\n"
			     "[acme_renewal_info]\n"
			     "ari_retry_after = 2026-11-22T05:10:17\n");
}

static void test_stale_names_of_the_map_survive(void **state)
{
	AUTO(options_free) struct options *o = parsed("certonly|-w|/etc|-d|new.test");
	AUTO(ini_free)
	struct ini *conf = conf_of(
		"[renewalparams]\nauthenticator = webroot\n[[webroot_map]]\nold.test = /usr\n");
	AUTO(strlist_release) struct strlist names = { 0 };

	(void)state;
	options_save_renewal(o, conf);
	ini_keys(&names, conf, "renewalparams/webroot_map");
	AUTO(free) char *joined = strlist_join(&names, " ");

	assert_string_equal(joined, "old.test new.test");
}

static void test_old_files(void **state)
{
	AUTO(options_free) struct options *o = parsed("renew");
	AUTO(ini_free)
	struct ini *conf = conf_of("[renewalparams]\n"
				   "authenticator = webroot\n"
				   "installer = None\n"
				   "server = https://acme-v01.api.letsencrypt.org/directory\n"
				   "http01_port = None\n"
				   "webroot_path = /usr\n" /* a plain text */
				   "pref_challs = http-01\n"
				   "must_staple = true\n"
				   "manual_public_ip_logging_ok = True\n"
				   "manual_auth_hook = not ours\n");

	(void)state;
	assert_done(options_apply_renewal(o, conf));
	assert_string_equal(o->key_type, "rsa");
	assert_string_equal(o->server, "https://acme-v02.api.letsencrypt.org/directory");
	assert_null(o->installer);
	assert_int_equal(o->http01_port, 80);
	assert_int_equal(o->webroot_path.count, 1);
	assert_int_equal(o->preferred_challenges.count, 1);
	assert_true(o->must_staple);
	assert_null(o->manual_auth_hook);
}

static void test_server_of_the_command_line_sets_the_account_aside(void **state)
{
	static const char *const lines[] = { "renew|--server|https://other.test/",
					     "renew|--dry-run" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		AUTO(options_free) struct options *o = parsed(lines[i]);
		AUTO(ini_free) struct ini *conf = conf_of(full);

		assert_done(options_apply_renewal(o, conf));
		assert_null(o->account);
		assert_string_not_equal(o->server, "https://127.0.0.1:14000/dir");
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "version = 1\n", "no [renewalparams]" },
		{ "[renewalparams]\nserver = x\n", "names no authenticator" },
		{ "[renewalparams]\nauthenticator = a\nreuse_key = maybe\n",
		  "reuse_key is neither True nor False: maybe" },
		{ "[renewalparams]\nauthenticator = a\nrsa_key_size = big\n",
		  "rsa_key_size is not a number: big" },
		{ "[renewalparams]\nauthenticator = a\nkey_type = dsa\n",
		  "key_type is none of rsa, ecdsa: dsa" },
		{ "[renewalparams]\nauthenticator = a\npref_challs = frob,\n",
		  "Unrecognized challenges: frob" },
		{ "[renewalparams]\nauthenticator = a\npre_hook = %(nothing)s\n",
		  "stands for nothing" },
		{ "[renewalparams]\nauthenticator = a\npre_hook = %(a, b)s\n",
		  "pre_hook is a list that comes to %(name)s" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(options_free) struct options *o = parsed("renew");
		AUTO(ini_free) struct ini *conf = conf_of(rows[i].text);
		AUTO(err_free) struct err *e = options_apply_renewal(o, conf);
		AUTO(free) char *text = e != NULL ? err_text(e) : NULL;

		assert_non_null(text);
		assert_non_null(strstr(text, rows[i].why));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_fresh_file),
		cmocka_unit_test(test_the_same_after_reading),
		cmocka_unit_test(test_nothing_set_by_the_user),
		cmocka_unit_test(test_the_command_line_wins),
		cmocka_unit_test(test_unwanted_keys_go_and_unknown_ones_stay),
		cmocka_unit_test(test_stale_names_of_the_map_survive),
		cmocka_unit_test(test_old_files),
		cmocka_unit_test(test_server_of_the_command_line_sets_the_account_aside),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
