/* What others have at an address where a TLS host comes to be. */
#include "pki/make_file.h"

#include "plugins/apache/desk.h"
#include "srv/bystander.h"

#define LISTEN \
	"Listen 80\nListen 443\nLoadModule socache_shmcb_module x\nLoadModule rewrite_module x\n"
#define HOST(address, name) "<VirtualHost " address ">\n\tServerName " name "\n</VirtualHost>\n"

static void put_certificate(const struct root *r, const char *file, const char *names)
{
	AUTO(free) char *path = fs_join(r->dir, file);

	make_pem_file(path, names, "secp256r1");
}

static void open_with(struct desk *d, struct root *r, const char *name, const char *hosts)
{
	AUTO(free)
	char *text = str_fmt("%sIncludeOptional sites-enabled/*.conf\n%s", LISTEN, hosts);
	AUTO(free) char *site = str_fmt("sites-enabled/%s.conf", name);

	enable_site(r, HOST("192.0.2.1:80", "a.test"));
	put_certificate(r, "certificate.pem", "DNS:b.test,DNS:x.test");
	root_put(
		r, site,
		"<VirtualHost *:443>\n\tServerName b.test\n\tSSLEngine on\n\tSSLCertificateFile certificate.pem\n</VirtualHost>\n");
	root_put(r, "apache2.conf", text);
	open_desk(d, r);
	d->sites.https_port = 443;
}

/* At this address alone it would take what comes there from b.test. */
static void test_a_host_beside_those_at_all_addresses(void **state)
{
	struct desk d;

	open_with(&d, *state, "b", HOST("[2001:db8::1]:80", "a.test"));
	assert_done(apache_deploy(&d.sites, "a.test", &files));
	assert_done(apache_redirect(&d.sites, "a.test"));
	expect_in_plan(&d, "+<VirtualHost *:443>\n+\tServerName a.test\n");
	AUTO(free) char *text = diff_of(&d);
	const char *first = strstr(text, "+<VirtualHost"), *rule = strstr(text, "+\tRewriteRule");

	assert_non_null(first);
	assert_null(strstr(first + 1, "+<VirtualHost")); /* one for both */
	assert_non_null(rule);
	assert_non_null(strstr(rule + 1, "+\tRewriteRule"));
	close_desk(&d);
}

static void test_a_name_that_only_the_first_host_serves(void **state)
{
	static const struct {
		const char *site, *hosts;
		bool linked;
		bool certified; /* the new certificate is for that name too: it gets a host */
	} cases[] = {
		{ "b", "", false, false },
		{ "b", "", true, true },
		{ "A", "", true, false }, /* is read before "a-le-ssl.conf" */
		{ "b",
		  "<VirtualHost *:443>\n\tServerName c.test\n\tServerAlias x.test\n</VirtualHost>\n",
		  true, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(bystanders_release) struct bystanders beside = { .now = 1 };
		struct root *r = *state;
		AUTO(free) char *sites = fs_join(r->dir, "sites-enabled");
		AUTO(strlist_release) struct strlist certified = { 0 };
		struct desk d;

		open_with(&d, r, cases[i].site, cases[i].hosts);
		d.sites.beside = &beside;
		d.sites.certified = &certified;
		strlist_add(&certified, cases[i].certified ? "x.test" : "a.test");
		assert_done(apache_deploy(&d.sites, "a.test", &files));
		if (cases[i].linked)
			expect_in_plan(&d, "@/sites-enabled/a-le-ssl.conf");
		else
			expect_in_plan(&d, "+Include @/sites-available/a-le-ssl.conf\n");
		close_desk(&d);
		assert_done(fs_remove_tree(sites));
	}
}

static void test_a_directory_that_is_read_as_it_is(void **state)
{
	AUTO(bystanders_release) struct bystanders beside = { .now = 1 };
	struct root *r = *state;
	struct desk d;

	put_certificate(r, "certificate.pem", "DNS:b.test,DNS:x.test");
	root_put(r, "conf.d/a.conf", HOST("*:80", "a.test"));
	root_put(
		r, "conf.d/b.conf",
		"<VirtualHost *:443>\n\tServerName b.test\n\tSSLEngine on\n\tSSLCertificateFile certificate.pem\n</VirtualHost>\n");
	root_put(r, "apache2.conf", LISTEN "Include conf.d/*.conf\n");
	open_desk(&d, r);
	d.sites.https_port = 443;
	d.sites.beside = &beside;
	assert_refused(
		apache_deploy(&d.sites, "a.test", &files), ERR_CONFIG,
		"which answers for x.test too as long as it is the first one there: give that one a `ServerAlias x.test`");
	close_desk(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_host_beside_those_at_all_addresses,
						root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_name_that_only_the_first_host_serves,
						root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_directory_that_is_read_as_it_is, root_set_up,
						root_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
