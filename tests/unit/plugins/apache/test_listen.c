/* Where a new TLS host is heard, and what is said where it cannot be. */
#include "plugins/apache/desk.h"

#include <arpa/inet.h>

#define LOADED "LoadModule socache_shmcb_module x\nLoadModule rewrite_module x\n"
#define HOST(address, name) "<VirtualHost " address ">\n\tServerName " name "\n</VirtualHost>\n"
#define TLS(address, name) \
	"<VirtualHost " address ">\n\tServerName " name "\n\tSSLEngine on\n</VirtualHost>\n"

static void open_with(struct desk *d, struct root *r, const char *listens, const char *hosts)
{
	AUTO(free) char *text = str_fmt("%s%s%s", LOADED, listens, hosts);

	root_put(r, "apache2.conf", text);
	open_desk(d, r);
	d->sites.https_port = 443;
}

static void test_addresses_without_a_listen(void **state)
{
	static const struct {
		const char *listens, *hosts, *added;
	} cases[] = {
		{ "Listen 80\nListen 192.0.2.1:443\n", HOST("192.0.2.2:80", "a.test"),
		  "\tListen 192.0.2.2:443\n" },
		{ "Listen 192.0.2.1:80\nListen [2001:db8::1]:80\nListen 192.0.2.1:443\n",
		  HOST("*:80", "a.test"), "\tListen [2001:db8::1]:443\n" },
		/* what comes to one of them comes to others: nobody has to be led from it */
		{ "Listen 192.0.2.1:80\nListen 192.0.2.2:80\nListen 192.0.2.1:443\n",
		  HOST("*:80", "a.test") HOST("192.0.2.2:80", "b.test"), NULL },
		{ "Listen 80\nListen [::]:443\n", HOST("192.0.2.2:80", "a.test"), NULL },
		{ "Listen 80\nListen 192.0.2.1:443\n", TLS("192.0.2.2:443", "a.test"),
		  "\tListen 192.0.2.2:443\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct desk d;
		AUTO(free)
		char *lines = str_fmt("+<IfModule mod_ssl.c>\n+%s+</IfModule>\n",
				      cases[i].added != NULL ? cases[i].added : "");

		open_with(&d, *state, cases[i].listens, cases[i].hosts);
		assert_done(apache_deploy(&d.sites, "a.test", &files));
		if (cases[i].added != NULL)
			expect_in_plan(&d, lines);
		else
			expect_not_in_plan(&d, "+\tListen");
		close_desk(&d);
	}
}

/* "Listen 443" beside "Listen 192.0.2.1:443" would end httpd. */
static void test_all_addresses_beside_one(void **state)
{
	static const struct {
		const char *hosts;
		bool served;
	} cases[] = {
		{ HOST("*:80", "a.test"), true },
		{ HOST("*:80", "a.test") TLS("192.0.2.1:443", "b.test"), false },
		{ HOST("*:80", "a.test") HOST("192.0.2.1:80", "b.test"), false },
		{ HOST("*:80", "a.test") HOST("192.0.2.9:80", "b.test"), true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct desk d;

		open_with(&d, *state, "Listen 80\nListen 192.0.2.1:443\n", cases[i].hosts);
		if (cases[i].served)
			assert_done(apache_deploy(&d.sites, "a.test", &files));
		else
			assert_refused(
				apache_deploy(&d.sites, "a.test", &files), ERR_CONFIG,
				"Apache listens on port 443 at 192.0.2.1 alone so far, and can take all addresses of it, for a.test, only "
				"when it is started: put `Listen 443` in the place");
		close_desk(&d);
	}
}

static void test_an_address_of_another_program(void **state)
{
	char who[] = "sslh (PID 812)";
	struct address at = { .len = sizeof(struct sockaddr_in) };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&at.addr;
	struct desk d;

	*v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(443) };
	assert_int_equal(inet_pton(AF_INET, "192.0.2.2", &v4->sin_addr), 1);
	const struct front front = { .who = who, .port = 443, .at = { &at, 1 } };

	open_with(&d, *state, "Listen 80\nListen 192.0.2.1:443\n", HOST("192.0.2.2:80", "a.test"));
	d.sites.front = &front;
	assert_refused(
		apache_deploy(&d.sites, "a.test", &files), ERR_BUSY,
		"does not listen on port 443 at 192.0.2.2, where a.test is to be served, and would end if it were told to: sslh (PID 812) has it");
	close_desk(&d);
	open_with(&d, *state, "Listen 192.0.2.1:80\nListen 192.0.2.2:80\nListen 192.0.2.1:443\n",
		  HOST("*:80", "a.test"));
	d.sites.front = &front;
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_not_in_plan(&d, "+\tListen");
	close_desk(&d);
}

/* There is a TLS host, but nothing comes to it. */
static void test_a_host_that_nobody_comes_to(void **state)
{
	struct desk d;

	open_with(&d, *state, "Listen 80\nListen 192.0.2.1:443\n",
		  TLS("*:443", "a.test") TLS("192.0.2.1:443", "b.test"));
	assert_refused(apache_deploy(&d.sites, "a.test", &files), ERR_CONFIG,
		       "no connection to port 443 comes to the virtual host that a.test has for TLS (");
	close_desk(&d);
	open_with(&d, *state, "Listen 80\nListen 443\nListen 8443\n",
		  TLS("*:8443", "a.test") HOST("*:80", "b.test"));
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	assert_refused(apache_redirect(&d.sites, "a.test"), ERR_CONFIG, "no connection to port 443");
	close_desk(&d);
}

/* Plain HTTP, which browsers never upgraded; newer httpds take it for "off". */
static void test_optional_is_plain(void **state)
{
	struct desk d;

	open_with(&d, *state, "Listen 80\nListen 443\n",
		  "<VirtualHost *:80>\n\tServerName a.test\n\tSSLEngine optional\n\tSSLCertificateFile /old.pem\n"
		  "\tSSLCertificateKeyFile /old.key\n</VirtualHost>\n");
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	expect_in_plan(
		&d,
		"+<VirtualHost *:443>\n+\tServerName a.test\n+\tSSLEngine on\n+\tSSLCertificateFile /live/fullchain.pem\n"
		"+\tSSLCertificateKeyFile /live/privkey.pem\n");
	expect_not_in_plan(&d, "-\tSSL");
	close_desk(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_addresses_without_a_listen, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_all_addresses_beside_one, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_an_address_of_another_program, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_host_that_nobody_comes_to, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_optional_is_plain, root_set_up,
						root_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
