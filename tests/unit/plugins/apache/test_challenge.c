#include "plugins/apache/root.h"

#include "base/buf.h"
#include "plugins/apache/challenge.h"
#include "plugins/apache/sni.h"

#define UNUSED_PORT 7 /* echo, as long as nobody serves it */

/* The planned change as a diff, with "@" for the server root. */
static char *diff_of(const struct change *change, const char *dir)
{
	AUTO(buf_release) struct buf all = BUF_INIT(64 * 1024);
	AUTO(buf_release) struct buf b = BUF_INIT(64 * 1024);

	change_diff(change, &all);
	for (const char *s = buf_str(&all); *s != '\0';) {
		bool here = str_starts(s, dir);

		buf_addc(&b, here ? '@' : *s);
		s += here ? strlen(dir) : 1;
	}
	return buf_detach(&b);
}

static struct err *plan(struct change *change, const struct root *r, const char *modules_dir,
			unsigned port)
{
	static const struct apache_answer answers[] = {
		{ "/.well-known/acme-challenge/tok-1", "tok-1.thumb" },
		{ "/.well-known/acme-challenge/tok_2", "tok_2.thumb" },
	};
	AUTO(apache_config_free) struct apache_config *c = NULL;
	AUTO(apache_choice_release) struct apache_choice hosts = { 0 };

	assert_done(root_load(&c, r));
	apache_choose_for_http(&hosts, c, "a.test", port);
	const struct apache_challenges wanted = {
		.config = c,
		.root = c->files[0],
		.dir = r->dir,
		.modules_dir = modules_dir,
		.port = port,
	};

	return apache_plan_answers(change, &wanted, &hosts, answers, ARRAY_LEN(answers));
}

static void expect_in_plan(const struct root *r, unsigned port, const char *const *wanted)
{
	AUTO(change_free) struct change *change = change_new();

	assert_done(plan(change, r, r->dir, port));
	AUTO(free) char *text = diff_of(change, r->dir);

	for (; *wanted != NULL; wanted++)
		if (strstr(text, *wanted) == NULL)
			fail_msg("\"%s\" is not in:\n%s", *wanted, text);
}

/* Rules come first, and a host that does not rewrite goes on not doing it. */
static void test_a_host_without_rewriting(void **state)
{
	static const char *const wanted[] = {
		" <VirtualHost *:80>\n"
		"+    Include \"@/le_http_01_challenge_pre.conf\"\n"
		"+    RewriteRule ^ - [L]\n"
		"     ServerName a.test\n"
		"+    RewriteEngine on\n"
		" </VirtualHost>\n",
		"+RewriteRule \"^/\\.well-known/acme-challenge/tok-1$\" - [R=200,L]\n"
		"+<Location \"/.well-known/acme-challenge/tok-1\">\n"
		"+\tErrorDocument 200 \"tok-1.thumb\"\n"
		"+</Location>\n"
		"+RewriteRule \"^/\\.well-known/acme-challenge/tok_2$\" - [R=200,L]\n",
		NULL,
	};
	struct root *r = *state;

	strlist_add(&r->facts.modules, "rewrite_module");
	root_put(r, "apache2.conf", "Listen 80\nInclude site.conf\n");
	root_put(r, "site.conf", "<VirtualHost *:80>\n    ServerName a.test\n</VirtualHost>\n");
	expect_in_plan(r, 80, wanted);
}

static void test_a_host_that_rewrites(void **state)
{
	static const char *const wanted[] = {
		" <VirtualHost *:80>\r\n"
		"+\tInclude \"@/le_http_01_challenge_pre.conf\"\r\n"
		" \tRewriteEngine on\r\n"
		" \tServerName a.test\r\n",
		NULL,
	};
	struct root *r = *state;

	strlist_add(&r->facts.modules, "rewrite_module");
	root_put(
		r, "apache2.conf",
		"Listen 80\r\n<VirtualHost *:80>\r\n\tRewriteEngine on\r\n\tServerName a.test\r\n</VirtualHost>\r\n");
	expect_in_plan(r, 80, wanted);
}

/* The module is loaded behind everything, so that the sites' <IfModule mod_rewrite.c> stay as they are. */
static void test_module_and_port_are_lent(void **state)
{
	static const char *const wanted[] = {
		" </VirtualHost>\n+Include \"@/le_http_01_challenge_post.conf\"\n",
		"+Include \"@/rewrite.load\"\n+Listen 7\n",
		NULL,
	};
	struct root *r = *state;

	root_put(r, "apache2.conf",
		 "Listen 8080\n<VirtualHost *:7>\nServerName a.test\n</VirtualHost>\n");
	root_put(r, "rewrite.load", "LoadModule rewrite_module x\n");
	expect_in_plan(r, UNUSED_PORT, wanted);
}

static void test_the_main_server_answers(void **state)
{
	static const char *const wanted[] = {
		"+Include \"@/le_http_01_challenge_pre.conf\"\n+RewriteRule ^ - [L]\n Listen 80\n+RewriteEngine on\n",
		NULL,
	};
	struct root *r = *state;

	strlist_add(&r->facts.modules, "rewrite_module");
	root_put(r, "apache2.conf", "Listen 80\n");
	expect_in_plan(r, 80, wanted);
}

static void test_without_the_module(void **state)
{
	struct root *r = *state;
	AUTO(change_free) struct change *change = change_new();

	root_put(r, "apache2.conf", "Listen 80\n");
	assert_refused(plan(change, r, NULL, 80), ERR_CONFIG,
		       "Apache has no mod_rewrite, which answers the challenges: load it");
	assert_refused(plan(change, r, r->dir, 80), ERR_CONFIG, "a2enmod rewrite");
}

/* --- tls-sni-01 --- */

static struct err *plan_sni(struct change *change, const struct root *r, unsigned port)
{
	static const struct sni_site sites[] = {
		{ "a.b.acme.invalid", "/w/1.crt", "/w/1.pem" },
		{ "c.d.acme.invalid", "/w/2.crt", "/w/2.pem" },
	};
	AUTO(apache_config_free) struct apache_config *c = NULL;

	assert_done(root_load(&c, r));
	const struct apache_challenges wanted = {
		.config = c,
		.root = c->files[0],
		.dir = r->dir,
		.modules_dir = r->dir,
		.port = port,
	};

	return apache_plan_sni(change, &wanted, sites, ARRAY_LEN(sites));
}

static void expect_sni(const struct root *r, unsigned port, const char *wanted)
{
	AUTO(change_free) struct change *change = change_new();

	assert_done(plan_sni(change, r, port));
	AUTO(free) char *text = diff_of(change, r->dir);

	if (strstr(text, wanted) == NULL)
		fail_msg("\"%s\" is not in:\n%s", wanted, text);
}

/* Behind all others, so that they are nobody's default. */
static void test_sni_hosts_come_last_where_tls_is(void **state)
{
	struct root *r = *state;

	root_put(
		r, "apache2.conf",
		"Listen 443\n<VirtualHost 192.0.2.1:443 [2001:db8::1]:443>\nSSLEngine on\n</VirtualHost>\n"
		"<VirtualHost *:80>\n</VirtualHost>\n");
	expect_sni(r, 443, " </VirtualHost>\n+Include \"@/le_tls_sni_01_cert_challenge.conf\"\n");
	expect_sni(
		r, 443,
		"+<VirtualHost 192.0.2.1:443 [2001:db8::1]:443 *:443>\n+\tServerName c.d.acme.invalid\n+\tSSLEngine on\n"
		"+\tSSLVerifyClient none\n+\tSSLCertificateFile \"/w/2.crt\"\n+\tSSLCertificateKeyFile \"/w/2.pem\"\n");
}

static void test_sni_module_and_port_are_lent(void **state)
{
	struct root *r = *state;

	strlist_release(&r->facts.modules);
	r->facts.modules = (struct strlist){ 0 };
	root_put(r, "apache2.conf", "Listen 80\n<VirtualHost *:80>\n</VirtualHost>\n");
	root_put(r, "ssl.load", "LoadModule ssl_module x\n");
	expect_sni(r, UNUSED_PORT,
		   "+Include \"@/ssl.load\"\n+Listen 7 https\n+<VirtualHost *:7>\n");
}

static void test_sni_wants_a_port_of_tls_and_its_name(void **state)
{
	struct root *r = *state;
	AUTO(change_free) struct change *change = change_new();

	root_put(r, "apache2.conf", "Listen 80\n<VirtualHost *:80>\n</VirtualHost>\n");
	assert_refused(plan_sni(change, r, 80), ERR_CONFIG,
		       "port 80 of Apache speaks no TLS, so it can answer no TLS challenge");
	root_put(r, "apache2.conf",
		 "Listen 443\n<VirtualHost *:443>\nSSLEngine on\nServerAlias *\n</VirtualHost>\n");
	assert_refused(plan_sni(change, r, 443), ERR_CONFIG,
		       "this host of Apache takes every name (ServerAlias)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_host_without_rewriting, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_a_host_that_rewrites, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_module_and_port_are_lent, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_the_main_server_answers, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_without_the_module, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_sni_hosts_come_last_where_tls_is, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_sni_module_and_port_are_lent, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_sni_wants_a_port_of_tls_and_its_name,
						root_set_up, root_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
