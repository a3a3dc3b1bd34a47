/* Which hosts of a name are changed where there are several. */
#include "plugins/apache/desk.h"

#define LISTEN \
	"Listen 80\nListen 443\nListen 8443\nLoadModule socache_shmcb_module x\nLoadModule rewrite_module x\n"
#define HOST(address) "<VirtualHost " address ">\n\tServerName a.test\n</VirtualHost>\n"
#define PAIR \
	"+\tSSLCertificateFile /live/fullchain.pem\n+\tSSLCertificateKeyFile /live/privkey.pem\n"

static void open_with(struct desk *d, struct root *r, const char *hosts)
{
	AUTO(free) char *text = str_fmt("%s%s", LISTEN, hosts);

	root_put(r, "apache2.conf", text);
	open_desk(d, r);
	d->sites.https_port = 443;
}

static size_t count_in_plan(struct desk *d, const char *wanted)
{
	AUTO(free) char *text = diff_of(d);
	size_t found = 0;

	for (const char *at = text; (at = strstr(at, wanted)) != NULL; at++)
		found++;
	return found;
}

/* An address of its own each: all of them; the second one at an address is never heard. */
static void test_hosts_at_several_addresses(void **state)
{
	struct root *r = *state;
	struct desk d;

	open_with(&d, r,
		  HOST("192.0.2.1:443") HOST("[2001:db8::1]:443") HOST("192.0.2.1:443")
			  HOST("192.0.2.1:8443"));
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	assert_int_equal(count_in_plan(&d, PAIR), 2);
	expect_in_plan(&d, " <VirtualHost [2001:db8::1]:443>\n \tServerName a.test\n" PAIR);
	close_desk(&d);
}

static void test_plain_hosts_at_several_addresses(void **state)
{
	struct root *r = *state;
	struct desk d;

	open_with(&d, r, HOST("192.0.2.1:80") HOST("[2001:db8::1]:80"));
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT));
	expect_in_plan(&d, "+<VirtualHost 192.0.2.1:443>\n+\tServerName a.test\n" PAIR);
	expect_in_plan(&d, "+<VirtualHost [2001:db8::1]:443>\n+\tServerName a.test\n" PAIR);
	assert_int_equal(count_in_plan(&d, "+\tRewriteRule"), 2);
	close_desk(&d);
}

#define OTHER(address, more) \
	"<VirtualHost " address ">\n\tServerName b.test\n" more "</VirtualHost>\n"

/* The first host of an address decides for all of its connections. */
static void test_plain_http_of_others_on_the_https_port(void **state)
{
	static const struct {
		const char *hosts;
		bool refused;
	} rows[] = {
		{ HOST("*:80") OTHER("*:443", ""), true },
		{ HOST("*:80") OTHER("*:443", "\tSSLEngine off\n"), true },
		{ HOST("*:443") OTHER("_default_:443", ""), true },
		{ HOST("*:80 *:443") OTHER("*:443", ""), true },
		{ HOST("*:80") OTHER("192.0.2.1:443", ""), false },
		{ HOST("*:80") OTHER("*:443", "\tSSLEngine on\n"), false },
		{ HOST("*:80") OTHER("*:443", "\tSSLCertificateFile /x.pem\n"), false },
		/* who comes second is broken already */
		{ HOST("*:80") OTHER("*:443", "\tSSLEngine on\n") OTHER("*:443", ""), false },
		{ "SSLEngine on\n" HOST("*:80") OTHER("*:443", ""), false },
	};
	struct root *r = *state;
	struct desk d;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		open_with(&d, r, rows[i].hosts);
		if (rows[i].refused)
			assert_refused(apache_deploy(&d.sites, "a.test", &files), ERR_CONFIG,
				       "speaks plain HTTP for this virtual host");
		else
			assert_done(apache_deploy(&d.sites, "a.test", &files));
		close_desk(&d);
	}
}

/* There it would lead to nothing. */
static void test_a_plain_host_without_tls_is_not_redirected(void **state)
{
	struct root *r = *state;
	struct desk d;

	open_with(&d, r, HOST("192.0.2.1:80") HOST("[2001:db8::1]:80") HOST("192.0.2.1:443"));
	assert_done(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT));
	assert_int_equal(count_in_plan(&d, "+\tRewriteRule"), 1);
	close_desk(&d);
	open_with(&d, r, HOST("192.0.2.1:80"));
	assert_refused(apache_enhance(&d.sites, "a.test", ENHANCE_REDIRECT), ERR_CONFIG,
		       "deploy its certificate first");
	close_desk(&d);
}

/* The port of HTTPS is the one that is meant; what speaks TLS elsewhere is left alone, if there is a choice. */
static void test_tls_on_another_port(void **state)
{
	struct root *r = *state;
	struct desk d;

	open_with(
		&d, r,
		HOST("*:80") "<VirtualHost *:8443>\n\tServerName a.test\n\tSSLEngine on\n</VirtualHost>\n");
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(&d, "+<VirtualHost *:443>\n+\tServerName a.test\n" PAIR);
	assert_int_equal(count_in_plan(&d, PAIR), 1);
	close_desk(&d);
	open_with(&d, r,
		  "<VirtualHost *:8443>\n\tServerName a.test\n\tSSLEngine on\n</VirtualHost>\n");
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(&d, " \tSSLEngine on\n" PAIR);
	close_desk(&d);
}

/* By two links: its hosts are there twice, and show the same. */
static void test_a_file_that_is_read_twice(void **state)
{
	struct root *r = *state;
	struct desk d;
	AUTO(endpoints_release) struct endpoints e = { 0 };
	AUTO(free) char *link = fs_join(r->dir, "again.conf");

	root_put(r, "snippet", "SSLCertificateFile /old.pem\nSSLCertificateKeyFile /old.key\n");
	root_put(
		r, "site.conf",
		"<VirtualHost 192.0.2.1:443>\r\n\tServerName a.test\r\n\tInclude snippet\r\n</VirtualHost>\r\n");
	assert_done(fs_symlink("site.conf", link));
	open_with(&d, r, "Include site.conf\nInclude again.conf\n");
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(
		&d,
		"-SSLCertificateFile /old.pem\n-SSLCertificateKeyFile /old.key\n+SSLCertificateFile /live/fullchain.pem\n");
	expect_in_plan(&d, "/options-ssl-apache.conf\r\n </VirtualHost>");
	assert_done(apache_endpoints(d.config, "a.test", &e));
	assert_int_equal(e.count, 1);
	assert_string_equal(e.items[0].fullchain, "/live/fullchain.pem");
	close_desk(&d);
}

/* The copy has the line ends of what it is a copy of. */
static void test_a_copy_with_carriage_returns(void **state)
{
	struct root *r = *state;
	struct desk d;

	root_put(r, "site.conf", "<VirtualHost *:80>\r\n\tServerName a.test\r\n</VirtualHost>\r\n");
	open_with(&d, r, "Include site.conf\n");
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(
		&d,
		"+<IfModule mod_ssl.c>\r\n+<VirtualHost *:443>\r\n+\tServerName a.test\r\n+\tSSLCertificateFile /live/fullchain.pem\r\n");
	close_desk(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hosts_at_several_addresses, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_plain_http_of_others_on_the_https_port, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_plain_hosts_at_several_addresses, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_plain_host_without_tls_is_not_redirected,
						root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_tls_on_another_port, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_file_that_is_read_twice, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_copy_with_carriage_returns, root_set_up,
						root_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
