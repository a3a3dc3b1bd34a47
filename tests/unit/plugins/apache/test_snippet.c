#include "plugins/apache/desk.h"

#include "pki/make.h"

#define PAIR(dir) "SSLCertificateFile " dir "/a.pem\nSSLCertificateKeyFile " dir "/a.key\n"
#define HOST(name, lines) \
	"<VirtualHost *:443>\n\tServerName " name "\n\tSSLEngine on\n" lines "</VirtualHost>\n"
#define ALL "Listen 7\nListen 443\nLoadModule socache_shmcb_module x\n"
#define OUR_PAIR \
	"SSLCertificateFile /live/fullchain.pem\n+\tSSLCertificateKeyFile /live/privkey.pem\n"

static void expect_said(const struct desk *d, const char *wanted)
{
	if (strstr(buf_str(&d->ui.said), wanted) == NULL)
		fail_msg("\"%s\" is not in: %s", wanted, buf_str(&d->ui.said));
}

/* Edited where it stands, in its own style. */
static void test_a_snippet_of_one_host(void **state)
{
	struct root *r = *state;
	struct desk d;

	root_put(
		r, "snippets/a.conf",
		"# mine\n  SSLCertificateFile   \"ssl/a.pem\"\n  SSLCertificateKeyFile 'ssl/a.key'\n");
	root_put(r, "apache2.conf",
		 ALL HOST("a.test", "\tSSLCertificateFile /first.pem\n\tInclude snippets/a.conf\n")
			 HOST("b.test", "\tIncludeOptional snippets/b*.conf\n"));
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(&d, " # mine\n"
			   "-  SSLCertificateFile   \"ssl/a.pem\"\n"
			   "-  SSLCertificateKeyFile 'ssl/a.key'\n"
			   "+  SSLCertificateFile   \"/live/fullchain.pem\"\n"
			   "+  SSLCertificateKeyFile '/live/privkey.pem'\n");
	expect_in_plan(&d, "-\tSSLCertificateFile /first.pem\n");
	expect_not_in_plan(&d, "+\tSSLCertificateFile");
	assert_string_equal(buf_str(&d.ui.said), "");
	close_desk(&d);
}

static void test_a_snippet_of_several_hosts(void **state)
{
	struct root *r = *state;
	struct desk d;

	root_put(r, "snippets/all.conf", PAIR("/old") "SSLCertificateChainFile /old/chain.pem\n");
	root_put(
		r, "apache2.conf",
		ALL HOST(
			"a.test",
			"\tSSLCertificateFile /first.pem\n\tSSLCertificateKeyFile /first.key\n\tInclude snippets/all.conf\n")
			HOST("b.test", "\tInclude snippets/all.conf\n"));
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(&d, "-\tSSLCertificateFile /first.pem\n"
			   "-\tSSLCertificateKeyFile /first.key\n"
			   " \tInclude snippets/all.conf\n"
			   "+\t" OUR_PAIR "+\tInclude");
	expect_not_in_plan(&d, "snippets/all.conf\n@@");
	expect_said(
		&d,
		"snippets/all.conf line 1: this SSLCertificateFile stays as it is, since others include it too");
	close_desk(&d);
}

/* The file has the key too, and would be given ours. */
static void test_a_shared_certificate_without_a_key(void **state)
{
	struct root *r = *state;
	struct desk d;

	root_put(r, "snippets/all.conf", "SSLCertificateFile /old/both.pem\n");
	root_put(r, "apache2.conf",
		 "Include snippets/all.conf\n" ALL HOST("a.test", "\tInclude snippets/all.conf\n"));
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(
		&d,
		" \tInclude snippets/all.conf\n+\tSSLCertificateKeyFile /old/both.pem\n+\t" OUR_PAIR);
	close_desk(&d);
}

static void test_lines_of_a_macro(void **state)
{
	struct root *r = *state;
	struct desk d;

	root_put(r, "apache2.conf",
		 ALL "<Macro Tls $name>\n" PAIR("/old/$name") "</Macro>\n" HOST("a.test",
										"\tUse Tls a\n"));
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(&d, " \tUse Tls a\n+\t" OUR_PAIR);
	expect_said(&d, "since whatever uses this macro would change");
	close_desk(&d);
}

static void test_a_snippet_elsewhere(void **state)
{
	struct root *r = *state;
	struct desk d;
	AUTO(free) char *inner = fs_join(r->dir, "root");
	AUTO(free)
	char *text = str_fmt(ALL HOST("a.test", "\tInclude %s/tls.conf\n"), r->dir);

	root_put(r, "root/x", "");
	root_put(r, "tls.conf", PAIR("/old"));
	root_put(r, "apache2.conf", text);
	open_desk(&d, r);
	d.place.server_root = inner;
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(&d, "/tls.conf\n+\t" OUR_PAIR);
	expect_said(
		&d,
		"tls.conf line 1: this SSLCertificateFile stays as it is, since it is not below the server root");
	close_desk(&d);
}

/* Of a person: it is not overridden by our options. */
static void test_a_style_of_its_own(void **state)
{
	struct root *r = *state;
	struct desk d;

	root_put(
		r, "snippets/tls.conf",
		"SSLProtocol TLSv1.3\nHeader always set strict-transport-security max-age=63072000\n");
	root_put(
		r, "apache2.conf",
		ALL
		"LoadModule headers_module x\n<VirtualHost *:443>\n\tServerName a.test\n\tInclude snippets/tls.conf\n</VirtualHost>\n");
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_HSTS));
	expect_in_plan(&d, " \tInclude snippets/tls.conf\n+\t" OUR_PAIR
			   "+\tSSLEngine on\n </VirtualHost>\n");
	expect_not_in_plan(&d, "options-ssl-apache.conf");
	close_desk(&d);
}

/* What httpd passes over says nothing, but modules are enabled before it is read again. */
static void test_lines_under_conditions(void **state)
{
	struct root *r = *state;
	struct desk d;

	root_put(
		r, "apache2.conf",
		ALL HOST(
			"a.test",
			"\t<IfDefine Old>\n\t\tSSLCertificateFile /old.pem\n\t</IfDefine>\n"
			"\t<IfModule mod_x.c>\n\t\tSSLCertificateKeyFile /old.key\n\t</IfModule>\n"));
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(&d, " \t\tSSLCertificateFile /old.pem\n");
	expect_in_plan(
		&d,
		"-\t\tSSLCertificateKeyFile /old.key\n+\t\tSSLCertificateKeyFile /live/privkey.pem\n");
	expect_in_plan(&d, "+\tSSLCertificateFile /live/fullchain.pem\n");
	close_desk(&d);
}

static char *put_certificate(const struct root *r, const char *name, const char *type)
{
	EVP_PKEY *key = make_key(type);
	AUTO(free)
	char *pem = make_pem(&(struct recipe){ .subject_cn = "a.test",
					       .issuer_cn = "a.test",
					       .key = key,
					       .issuer_key = key,
					       .alt_names = "DNS:a.test",
					       .days = 90 });

	root_put(r, name, pem);
	EVP_PKEY_free(key);
	return fs_join(r->dir, name);
}

/* The first pair's key is in its file, so that it has no line of its own. */
static void test_a_pair_for_each_kind(void **state)
{
	struct root *r = *state;
	struct desk d;
	AUTO(free) char *old = put_certificate(r, "old.pem", "secp256r1");
	AUTO(free) char *other = put_certificate(r, "other.pem", "ed25519");
	AUTO(free) char *fresh = put_certificate(r, "fresh.pem", "secp256r1");
	AUTO(endpoints_release) struct endpoints e = { 0 };
	const struct deployment new = { .fullchain = fresh, .key = "/fresh.key" };

	root_put(
		r, "apache2.conf",
		ALL HOST(
			"a.test",
			"\tSSLCertificateFile other.pem\n\tSSLCertificateKeyFile other.key\n\tSSLCertificateFile old.pem\n\tSSLCertificateChainFile c.pem\n"));
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &new));
	assert_done(apache_deploy(&d.sites, "a.test", &new));
	expect_in_plan(&d, " \tSSLCertificateFile other.pem\n \tSSLCertificateKeyFile other.key\n"
			   "-\tSSLCertificateFile old.pem\n"
			   "+\tSSLCertificateFile @/fresh.pem\n"
			   " \tSSLCertificateChainFile c.pem\n"
			   "+\tSSLCertificateKeyFile /fresh.key\n");
	assert_done(apache_endpoints(d.config, "a.test", &e));
	assert_int_equal(e.count, 4);
	assert_string_equal(e.items[0].fullchain, other);
	assert_string_equal(e.items[2].fullchain, fresh);
	close_desk(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_snippet_of_one_host, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_snippet_of_several_hosts, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_shared_certificate_without_a_key,
						root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_lines_of_a_macro, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_snippet_elsewhere, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_style_of_its_own, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_pair_for_each_kind, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_lines_under_conditions, root_set_up,
						root_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
