#include "plugins/apache/desk.h"

#include "plugins/apache/auto_hsts.h"

static void without_ssl(struct root *r)
{
	r->facts.modules.count--;
	free(r->facts.modules.items[r->facts.modules.count]);
}

static void test_a_plain_site(void **state)
{
	struct root *r = *state;
	struct desk d;

	enable_site(
		r,
		"<VirtualHost *:80>\n    ServerName a.test\n    RewriteEngine on\n    RewriteCond %{HTTPS} off\n"
		"    RewriteRule ^ https://%{HTTP_HOST}/ [R=301]\n    Redirect / https://a.test/\n    Redirect /x /y\n</VirtualHost>\n");
	without_ssl(r);
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(&d, "+<IfModule mod_ssl.c>\n"
			   "+<VirtualHost *:7>\n"
			   "+    ServerName a.test\n"
			   "+    RewriteEngine on\n"
			   "+    # RewriteCond %{HTTPS} off\n"
			   "+    # RewriteRule ^ https://%{HTTP_HOST}/ [R=301]\n"
			   "+    # Redirect / https://a.test/\n"
			   "+    Redirect /x /y\n"
			   "+    SSLCertificateFile /live/fullchain.pem\n"
			   "+    SSLCertificateKeyFile /live/privkey.pem\n"
			   "+    Include @/options-ssl-apache.conf\n"
			   "+</VirtualHost>\n"
			   "+</IfModule>\n");
	expect_in_plan(&d, "@/sites-available/a-le-ssl.conf");
	expect_in_plan(&d, "@/sites-enabled/a-le-ssl.conf");
	expect_in_plan(&d, " Listen 80\n+<IfModule mod_ssl.c>\n+\tListen 7 https\n+</IfModule>\n");
	expect_in_plan(&d, "a2enmod socache_shmcb");
	expect_in_plan(&d, "a2enmod ssl");
	expect_in_plan(&d, "+SSLEngine on\n");
	close_desk(&d);
}

/* Its name may be defined once in all of httpd. */
static void test_a_daemon_process(void **state)
{
	struct root *r = *state;
	struct desk d;

	enable_site(r,
		    "<VirtualHost *:80>\nServerName a.test\nWSGIDaemonProcess app \\\n  threads=2\n"
		    "WSGIProcessGroup app\nWSGIScriptAlias / /srv/app.py\n</VirtualHost>\n");
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(&d, "+# WSGIDaemonProcess app \\\n+  threads=2\n+WSGIProcessGroup app\n"
			   "+WSGIScriptAlias / /srv/app.py\n");
	close_desk(&d);
}

/* What somebody has not enabled is not enabled with ours; the second time the file that was made is known. */
static void test_a_file_that_is_not_enabled(void **state)
{
	struct root *r = *state;
	struct desk d;

	enable_site(r, "<VirtualHost *:80>\nServerName a.test\n</VirtualHost>\n"
		       "<VirtualHost *:80>\nServerName b.test\n</VirtualHost>\n");
	root_put(r, "sites-available/a-le-ssl.conf", "<VirtualHost *:7>\nServerName a.test\n");
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	assert_done(apache_deploy(&d.sites, "b.test", &files));
	expect_in_plan(&d, "@/sites-available/a-2-le-ssl.conf");
	expect_in_plan(&d, "@/sites-enabled/a-2-le-ssl.conf");
	expect_in_plan(&d, "+ServerName b.test\n");
	expect_not_in_plan(&d, "a-3");
	expect_not_in_plan(&d, "a-le-ssl");
	close_desk(&d);
}

static void test_redirects_in_sections(void **state)
{
	struct root *r = *state;
	struct desk d;

	enable_site(
		r,
		"<VirtualHost *:80>\nServerName a.test\n<IfModule mod_rewrite.c>\nRewriteCond %{HTTPS} off\nRewriteRule ^/(.*) https://a.test/$1\n"
		"RewriteRule ^https://a /b\n</IfModule>\n<Location />\nRedirect https://a.test/\n</Location>\n"
		"<Directory /x>\nRedirectMatch 301 ^/(.*)$ \"https://a.test/$1\"\nRedirectMatch ^ https://b.test/\n</Directory>\n"
		"RedirectTemp / https://a.test/\n</VirtualHost>\n");
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(
		&d,
		"+<IfModule mod_rewrite.c>\n+# RewriteCond %{HTTPS} off\n+# RewriteRule ^/(.*) https://a.test/$1\n"
		"+RewriteRule ^https://a /b\n+</IfModule>\n+<Location />\n+# Redirect https://a.test/\n+</Location>\n"
		"+<Directory /x>\n+# RedirectMatch 301 ^/(.*)$ \"https://a.test/$1\"\n+RedirectMatch ^ https://b.test/\n+</Directory>\n"
		"+# RedirectTemp / https://a.test/\n");
	close_desk(&d);
}

/* SSLEngine in it would have its port 80 speak TLS. */
static void test_a_section_of_both_ports(void **state)
{
	struct root *r = *state;
	struct desk d;
	AUTO(endpoints_release) struct endpoints e = { 0 };

	enable_site(
		r,
		"<VirtualHost 127.0.0.2:80 127.0.0.1:443 127.0.0.3:7>\n\tServerName a.test\n\tSSLEngine off\n</VirtualHost>\n");
	root_put(r, "ports.conf", "Listen 80\nListen 443\nListen 7\n");
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	assert_done(apache_redirect(&d.sites, "a.test"));
	expect_in_plan(
		&d,
		"-<VirtualHost 127.0.0.2:80 127.0.0.1:443 127.0.0.3:7>\n+<VirtualHost 127.0.0.2:80>\n \tServerName a.test\n \tSSLEngine off\n"
		"+\tRewriteEngine on\n");
	expect_in_plan(
		&d,
		"+<VirtualHost 127.0.0.1:443 127.0.0.3:7>\n+\tServerName a.test\n+\tSSLEngine on\n+\tSSLCertificateFile");
	assert_done(apache_endpoints(d.config, "a.test", &e));
	assert_int_equal(e.count, 2);
	close_desk(&d);
}

/* Debian's ports.conf as it is installed, and a TLS host of before the module was disabled. */
static void test_what_waits_for_the_module_counts(void **state)
{
	struct root *r = *state;
	struct desk d;

	enable_site(
		r,
		"<VirtualHost *:80>\n\tServerName a.test\n</VirtualHost>\n<IfModule mod_ssl.c>\n"
		"<VirtualHost *:7>\n\tServerName a.test\n\tSSLEngine on\n</VirtualHost>\n</IfModule>\n");
	root_put(r, "ports.conf", "Listen 80\n<IfModule ssl_module>\n\tListen 7\n</IfModule>\n");
	without_ssl(r);
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(&d, "a2enmod ssl");
	expect_in_plan(&d, " \tSSLEngine on\n+\tSSLCertificateFile /live/fullchain.pem\n");
	expect_not_in_plan(&d, "Listen");
	expect_not_in_plan(&d, "le-ssl");
	close_desk(&d);
}

/* Neither it is changed nor the one other host there is taken for it. */
static void test_a_host_of_a_macro(void **state)
{
	struct root *r = *state;
	struct desk d;

	root_put(
		r, "apache2.conf",
		"Listen 80\n<Macro Site $host>\n<VirtualHost *:80>\n\tServerName $host\n</VirtualHost>\n</Macro>\nUse Site a.test\n"
		"<VirtualHost *:80>\n\tServerName b.test\n</VirtualHost>\n");
	open_desk(&d, r);
	assert_refused(
		apache_deploy(&d.sites, "a.test", &files), ERR_CONFIG,
		"apache2.conf line 3: the virtual host of a.test comes from this <Macro>, which signet does not edit");
	close_desk(&d);
}

static void test_a_tls_site(void **state)
{
	struct root *r = *state;
	struct desk d;

	root_put(
		r, "apache2.conf",
		"Listen 7\nListen 443\nLoadModule socache_shmcb_module x\n<VirtualHost *:443>\n\tServerName a.test\n\tSSLEngine on\n\tSSLCertificateFile \"/old.pem\"\n"
		"\tSSLCertificateFile /older.pem\n\tSSLCertificateKeyFile /old.key\n\tSSLCertificateChainFile /old.chain\n</VirtualHost>\n");
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(&d, " \tSSLEngine on\n"
			   "-\tSSLCertificateFile \"/old.pem\"\n"
			   "-\tSSLCertificateFile /older.pem\n"
			   "-\tSSLCertificateKeyFile /old.key\n"
			   "-\tSSLCertificateChainFile /old.chain\n"
			   "+\tSSLCertificateFile /live/fullchain.pem\n"
			   "+\tSSLCertificateKeyFile /live/privkey.pem\n"
			   "+\tInclude @/options-ssl-apache.conf\n"
			   " </VirtualHost>\n");
	expect_not_in_plan(&d, "a2enmod");
	expect_not_in_plan(&d, "+\tListen");
	close_desk(&d);
}

static void test_two_names_of_a_site(void **state)
{
	struct root *r = *state;
	struct desk d;
	AUTO(endpoints_release) struct endpoints e = { 0 };

	enable_site(
		r,
		"<VirtualHost *:80>\n\tServerName a.test\n\tServerAlias b.test\n</VirtualHost>\n");
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	assert_done(apache_deploy(&d.sites, "b.test", &files));
	expect_in_plan(
		&d,
		"+\tServerAlias b.test\n+\tSSLCertificateFile /live/fullchain.pem\n+\tSSLCertificateKeyFile");
	AUTO(free) char *text = diff_of(&d);
	const char *first = strstr(text, "+<VirtualHost");

	assert_non_null(first);
	assert_null(strstr(first + 1, "+<VirtualHost"));
	close_desk(&d);
}

/* Deployed already. */
static void test_again(void **state)
{
	struct root *r = *state;
	struct desk d;
	AUTO(free)
	char *text = str_fmt(
		"Listen 7\nListen 443\nLoadModule socache_shmcb_module x\n<VirtualHost *:443>\nServerName a.test\n"
		"SSLCertificateFile /live/fullchain.pem\nSSLCertificateKeyFile /live/privkey.pem\n"
		"Include %s/options-ssl-apache.conf\n</VirtualHost>\n",
		r->dir);

	root_put(r, "options-ssl-apache.conf", "SSLEngine on # mine\n");
	root_put(r, "apache2.conf", text);
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	assert_done(apache_plan_files(d.config, d.change));
	assert_true(change_is_empty(d.change));
	close_desk(&d);
}

static void test_nobody_has_the_name(void **state)
{
	struct root *r = *state;
	struct desk d;

	enable_site(
		r,
		"<VirtualHost *:80>\nServerName a.test\n</VirtualHost>\n<VirtualHost *:80>\nServerName b.test\n</VirtualHost>\n");
	open_desk(&d, r);
	assert_refused(apache_deploy(&d.sites, "c.test", &files), ERR_CONFIG,
		       "add `ServerName c.test`");
	close_desk(&d);
	root_put(r, "sites-available/a.conf",
		 "<VirtualHost *:80>\n\tServerName a.test\n</VirtualHost>\n");
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "c.test", &files));
	expect_in_plan(&d, "+\tServerAlias c.test\n");
	close_desk(&d);
}

/* Debian's first site has no name: it and its copy are one site, for all names of the certificate. */
static void test_a_site_without_a_name(void **state)
{
	struct root *r = *state;
	struct desk d;

	enable_site(r, "<VirtualHost *:80>\n\tServerAdmin a@b.test\n</VirtualHost>\n");
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	assert_done(apache_deploy(&d.sites, "b.test", &files));
	assert_done(apache_enhance(&d.sites, "*.c.test", ENHANCE_REDIRECT));
	expect_in_plan(&d, "+\tServerName a.test\n");
	expect_in_plan(&d, "+\tServerAlias b.test\n");
	expect_in_plan(&d, "+\tRewriteCond %{SERVER_NAME} ^[^.]+\\.c\\.test$\n");
	close_desk(&d);
}

/* What the file defines for its host, and the redirect to another one, are in the copy too. */
static void test_what_a_copy_needs(void **state)
{
	struct root *r = *state;
	struct desk d;

	enable_site(
		r,
		"Define NAME a.test\nDefine UNUSED x\nDefine ROOT /srv/${NAME}\n<VirtualHost *:80>\n\tServerName ${NAME}\n"
		"\tDocumentRoot ${ROOT}\n\tRedirect /x https://other.test/\n\tRedirect /y https://a.test:443/\n</VirtualHost>\n");
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(&d, "+<IfModule mod_ssl.c>\n"
			   "+Define NAME a.test\n"
			   "+Define ROOT /srv/${NAME}\n"
			   "+<VirtualHost *:7>\n"
			   "+\tServerName ${NAME}\n"
			   "+\tDocumentRoot ${ROOT}\n"
			   "+\tRedirect /x https://other.test/\n"
			   "+\t# Redirect /y https://a.test:443/\n");
	close_desk(&d);
}

/* Which hold the port, the address or both; of what defines them the copy has what it uses. */
static void test_a_copy_of_addresses_in_variables(void **state)
{
	struct root *r = *state;
	struct desk d;

	strlist_add(&r->environment, "ENV_PORT=80");
	enable_site(
		r,
		"Define PORT 80\nDefine IP 192.0.2.1\nDefine ALL 192.0.2.5:${PORT}\n"
		"<VirtualHost 192.0.2.9:${PORT} *:${ENV_PORT} ${IP}:80 ${IP}:${PORT} [::1]:${PORT} ${ALL}>\n\tServerName a.test\n</VirtualHost>\n");
	open_desk(&d, r);
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(&d, "+<IfModule mod_ssl.c>\n"
			   "+Define IP 192.0.2.1\n"
			   "+<VirtualHost 192.0.2.9:7 *:7 ${IP}:7 [::1]:7 192.0.2.5:7>\n");
	close_desk(&d);
	root_put(r, "sites-available/a.conf", "<VirtualHost *:${NOBODY}>\n</VirtualHost>\n");
	assert_refused(root_load(&d.config, r), ERR_PARSE,
		       "\"*:${NOBODY}\" has a variable whose value is not known");
}

static void test_enhancements(void **state)
{
	struct root *r = *state;
	struct desk d;

	strlist_add(&r->facts.modules, "headers_module");
	root_put(
		r, "apache2.conf",
		"Listen 443\n<VirtualHost *:80>\n  ServerName a.test\n  ServerAlias *.b.test\n</VirtualHost>\n"
		"<VirtualHost *:443>\n  ServerName a.test\n  ServerAlias *.b.test\n</VirtualHost>\n");
	open_desk(&d, r);
	d.sites.https_port = 443;
	assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT));
	assert_done(apache_enhance(&d.sites, "*.b.test", ENHANCE_REDIRECT));
	assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT));
	for (int i = 0; i < 2; i++) {
		assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_HSTS));
		assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_UIR));
		assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_STAPLE));
	}
	expect_in_plan(
		&d, "+  RewriteEngine on\n"
		    "+  RewriteCond %{SERVER_NAME} =a.test [OR]\n"
		    "+  RewriteCond %{SERVER_NAME} ^[^.]+\\.b\\.test$\n"
		    "+  RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]\n"
		    " </VirtualHost>\n");
	expect_in_plan(&d,
		       "+  Header always set Strict-Transport-Security \"max-age=31536000\"\n"
		       "+  Header always set Content-Security-Policy upgrade-insecure-requests\n"
		       "+  SSLUseStapling on\n"
		       " </VirtualHost>\n");
	expect_in_plan(&d, "+SSLStaplingCache shmcb:/var/run/apache2/stapling_cache(128000)\n");
	expect_in_plan(&d, "a2enmod rewrite");
	close_desk(&d);
}

#define HOST(name, id, age)                                                                                        \
	"<VirtualHost *:443>\n  ServerName " name                                                                  \
	"\n  SSLCertificateKeyFile /live/privkey.pem\n  # DO NOT REMOVE - Managed by Certbot, VirtualHost id: " id \
	"\n  Header always set Strict-Transport-Security \"max-age=" age "\"\n</VirtualHost>\n"

/* Python's times have fractions, and other plugins remember things too. */
static const char remembered[] =
	"{\"other\": {\"x\": 1}, \"apache\": {\"autohsts\": {\"aa\": {\"laststep\": 0, \"timestamp\": 1.5}, "
	"\"bb\": {\"laststep\": 6, \"timestamp\": 2}, \"dd\": {\"laststep\": 0, \"timestamp\": 2}}}}";

static void open_remembering_desk(struct desk *d, struct root *r, const struct world *w)
{
	root_put(r, ".pluginstorage.json", remembered);
	root_put(r, "apache2.conf",
		 HOST("a.test", "aa", "60; includeSubDomains") HOST("b.test", "bb", "86400"));
	open_desk(d, r);
	d->env.world = w;
}

static void test_auto_hsts_goes_on(void **state)
{
	struct root *r = *state;
	const struct world w = { .clock = &system_clock };
	struct desk d;
	bool owed = false;

	open_remembering_desk(&d, r, &w);
	assert_done(apache_auto_hsts_owed(&owed, &d.options, 2 + 48 * 3600));
	assert_true(owed);
	assert_done(apache_auto_hsts_owed(&owed, &d.options, 1 + 48 * 3600));
	assert_false(owed);
	assert_done(apache_auto_hsts_step(&d.sites));
	expect_in_plan(
		&d,
		"+  Header always set Strict-Transport-Security \"max-age=300; includeSubDomains\"\n");
	expect_in_plan(
		&d,
		"+{\"other\": {\"x\": 1}, \"apache\": {\"autohsts\": {\"aa\": {\"laststep\": 1, \"timestamp\": ");
	expect_in_plan(&d, "}, \"bb\": {\"laststep\": 6, \"timestamp\": 2}}}}");
	expect_not_in_plan(&d, "31536000");
	assert_non_null(strstr(buf_str(&d.ui.said), "the id dd"));
	close_desk(&d);
}

static void test_auto_hsts_ends(void **state)
{
	struct root *r = *state;
	const struct world w = { .clock = &system_clock };
	struct desk d;

	open_remembering_desk(&d, r, &w);
	assert_done(apache_auto_hsts_finish(&d.sites, "/live/other.pem"));
	assert_true(change_is_empty(d.change));
	assert_done(apache_auto_hsts_finish(&d.sites, "/live/privkey.pem"));
	expect_in_plan(&d, "+  Header always set Strict-Transport-Security \"max-age=31536000\"\n");
	expect_in_plan(
		&d,
		"+{\"other\": {\"x\": 1}, \"apache\": {\"autohsts\": {\"aa\": {\"laststep\": 0, \"timestamp\": 1.5}, "
		"\"dd\": {\"laststep\": 0, \"timestamp\": 2}}}}");
	close_desk(&d);
}

static void test_what_cannot_be_enhanced(void **state)
{
	struct root *r = *state;
	struct desk d;

	root_put(
		r, "apache2.conf",
		"<VirtualHost *:80>\nServerName a.test\n</VirtualHost>\n<VirtualHost *:443>\nServerName b.test\n</VirtualHost>\n");
	open_desk(&d, r);
	assert_refused(apache_enhance(&d.sites, "a.test", ENHANCE_HSTS), ERR_CONFIG,
		       "deploy its certificate first");
	assert_refused(apache_enhance(&d.sites, "c.test", ENHANCE_REDIRECT), ERR_CONFIG,
		       "no virtual host of Apache has the name c.test");
	d.place.handle_modules = false;
	assert_refused(apache_enhance(&d.sites, "b.test", ENHANCE_HSTS), ERR_CONFIG,
		       "Apache has not loaded mod_headers");
	close_desk(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_plain_site, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_daemon_process, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_file_that_is_not_enabled, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_redirects_in_sections, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_section_of_both_ports, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_what_waits_for_the_module_counts, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_host_of_a_macro, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_tls_site, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_two_names_of_a_site, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_again, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_has_the_name, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_site_without_a_name, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_what_a_copy_needs, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_copy_of_addresses_in_variables, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_enhancements, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_auto_hsts_goes_on, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_auto_hsts_ends, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_enhanced, root_set_up,
						root_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
