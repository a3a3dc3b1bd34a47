#include "plugins/apache/desk.h"

/* Debian's layout: a.test speaks TLS alone, in sites-available/z.conf. */
static void tls_only(const struct root *r, const char *address)
{
	AUTO(free) char *link = fs_join(r->dir, "sites-enabled/z.conf");
	AUTO(free) char *dir = fs_join(r->dir, "sites-enabled");
	AUTO(free)
	char *text = str_fmt(
		"<VirtualHost %s:443>\n\tServerName a.test\n\tServerAlias www.a.test *.a.test\n</VirtualHost>\n",
		address);

	root_put(r, "apache2.conf", "Include ports.conf\nIncludeOptional sites-enabled/*.conf\n");
	root_put(r, "ports.conf", "Listen 80\nListen 443\n");
	root_put(r, "sites-available/z.conf", text);
	assert_done(fs_mkdirs(dir, 0755));
	assert_done(fs_symlink("../sites-available/z.conf", link));
}

static const char link_line[] = "@/sites-enabled/le-redirect-a.test.conf";

/* Rules of the site that take every request stand behind the redirect. */
static void test_a_redirect_before_other_rules(void **state)
{
	struct root *r = *state;
	struct desk d;

	root_put(r, "sites-enabled/b.conf",
		 "<VirtualHost *:443>\nServerName a.test\n</VirtualHost>\n");
	enable_site(
		r,
		"<VirtualHost *:80>\n\tServerName a.test\n\tRewriteEngine on\n\t<IfModule x>\n\t\tInclude none*\n\t</IfModule>\n"
		"\tRewriteRule ^ /index.php [L]\n</VirtualHost>\n");
	root_put(r, "ports.conf", "Listen 80\nListen 443\n");
	open_desk(&d, r);
	d.sites.https_port = 443;
	assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT));
	expect_in_plan(
		&d, " \tRewriteEngine on\n"
		    "+\tRewriteCond %{SERVER_NAME} =a.test\n"
		    "+\tRewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]\n"
		    " \t<IfModule x>\n");
	close_desk(&d);
}

static void test_a_host_for_the_redirect(void **state)
{
	struct root *r = *state;
	struct desk d;

	tls_only(r, "*");
	open_desk(&d, r);
	d.sites.https_port = 443;
	assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT));
	assert_done(apache_enhance(&d.sites, "www.a.test", ENHANCE_REDIRECT));
	assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT));
	expect_in_plan(
		&d, "+++ @/sites-available/le-redirect-a.test.conf\n@@ -0,0 +1,9 @@\n"
		    "+<VirtualHost *:80>\n"
		    "+\tServerAlias www.a.test\n"
		    "+\tServerName a.test\n"
		    "+\tServerSignature Off\n"
		    "+\tRewriteEngine on\n"
		    "+\tRewriteCond %{SERVER_NAME} =a.test [OR]\n"
		    "+\tRewriteCond %{SERVER_NAME} =www.a.test\n"
		    "+\tRewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]\n"
		    "+</VirtualHost>\n");
	expect_in_plan(&d, link_line);
	expect_in_plan(&d, "a2enmod rewrite");
	expect_not_in_plan(&d, "Listen");
	close_desk(&d);
}

static void test_a_redirect_of_a_wildcard(void **state)
{
	struct root *r = *state;
	struct desk d;

	tls_only(r, "_default_");
	root_put(r, "ports.conf", "Listen 127.0.0.1:443\n");
	open_desk(&d, r);
	d.sites.http_port = UNUSED_PORT;
	d.sites.https_port = 443;
	assert_done(apache_enhance(&d.sites, "*.a.test", ENHANCE_REDIRECT));
	expect_in_plan(&d, "+<VirtualHost *:7>\n"
			   "+\tServerName a.test\n"
			   "+\tServerAlias *.a.test\n");
	expect_in_plan(&d, "+\tRewriteCond %{SERVER_NAME} ^[^.]+\\.a\\.test$\n");
	expect_in_plan(&d, " Listen 127.0.0.1:443\n+Listen 127.0.0.1:7\n");
	close_desk(&d);
}

/* Requests for names that no host has go to the host that they went to. */
static void test_the_first_host_stays_the_first(void **state)
{
	struct root *r = *state;
	struct desk d;

	tls_only(r, "192.0.2.1");
	root_put(r, "sites-enabled/000-default.conf", "<VirtualHost *:80>\n</VirtualHost>\n");
	open_desk(&d, r);
	d.sites.https_port = 443;
	assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT));
	expect_in_plan(&d, "+<VirtualHost *:80>\n");
	expect_in_plan(&d, link_line);
	close_desk(&d);
	root_put(r, "sites-enabled/000-default.conf", "");
	root_put(r, "sites-enabled/m.conf", "<VirtualHost 192.0.2.1:80>\n</VirtualHost>\n");
	open_desk(&d, r);
	d.sites.https_port = 443;
	assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT));
	expect_in_plan(&d, "+<VirtualHost 192.0.2.1:80>\n");
	expect_in_plan(&d, "+Include @/sites-available/le-redirect-a.test.conf\n");
	expect_not_in_plan(&d, link_line);
	close_desk(&d);
}

static void test_a_directory_that_is_read_whole(void **state)
{
	struct root *r = *state;
	struct desk d;

	tls_only(r, "*");
	root_put(r, "sites-available/m.conf",
		 "<VirtualHost *:80>\nServerName m.test\n</VirtualHost>\n");
	root_put(r, "apache2.conf", "Include ports.conf\nInclude sites-available/*.conf\n");
	open_desk(&d, r);
	d.sites.https_port = 443;
	assert_refused(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT), ERR_CONFIG,
		       "would be read before");
	close_desk(&d);
	root_put(r, "sites-available/m.conf", "");
	open_desk(&d, r);
	d.sites.https_port = 443;
	assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT));
	expect_in_plan(&d, "+++ @/sites-available/le-redirect-a.test.conf\n");
	expect_not_in_plan(&d, link_line);
	expect_not_in_plan(&d, "+Include");
	close_desk(&d);
}

/* Certbot leaves such a file that nobody reads. */
static void test_a_file_that_is_there(void **state)
{
	struct root *r = *state;
	struct desk d;

	tls_only(r, "*");
	root_put(r, "sites-available/le-redirect-a.test.conf",
		 "<VirtualHost 192.0.2.9:80>\nServerName a.test \n</VirtualHost>\n");
	open_desk(&d, r);
	d.sites.https_port = 443;
	assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT));
	expect_in_plan(&d,
		       "-<VirtualHost 192.0.2.9:80>\n-ServerName a.test \n+<VirtualHost *:80>\n");
	expect_in_plan(&d, link_line);
	close_desk(&d);
}

/* Something in front of it may have the port. */
static void test_a_plain_host_at_another_port(void **state)
{
	struct root *r = *state;
	struct desk d;

	tls_only(r, "*");
	root_put(r, "sites-enabled/m.conf",
		 "<VirtualHost *:8080>\n\tServerName a.test\n</VirtualHost>\n");
	open_desk(&d, r);
	d.sites.https_port = 443;
	assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT));
	expect_in_plan(&d, " \tServerName a.test\n+\tRewriteEngine on\n+\tRewriteCond");
	expect_not_in_plan(&d, "le-redirect");
	close_desk(&d);
}

static void test_a_plain_host_of_a_macro(void **state)
{
	struct root *r = *state;
	struct desk d;

	tls_only(r, "*");
	root_put(
		r, "sites-enabled/m.conf",
		"<Macro Site $host>\n<VirtualHost *:80>\nServerName $host\n</VirtualHost>\n</Macro>\nUse Site a.test\n");
	open_desk(&d, r);
	d.sites.https_port = 443;
	assert_refused(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT), ERR_CONFIG,
		       "comes from this <Macro>");
	close_desk(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_redirect_before_other_rules, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_host_for_the_redirect, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_redirect_of_a_wildcard, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_the_first_host_stays_the_first, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_directory_that_is_read_whole, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_file_that_is_there, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_plain_host_at_another_port, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_plain_host_of_a_macro, root_set_up,
						root_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
