#include "plugins/apache/root.h"

#include "base/buf.h"

static const char *base_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* "name+alias@file:line addresses tls" of each host, one a line. */
static char *described(const struct apache_config *c)
{
	AUTO(buf_release) struct buf b = BUF_INIT(64 * 1024);

	for (size_t i = 0; i < c->vhost_count; i++) {
		const struct apache_vhost *v = c->vhosts[i];

		buf_adds(&b, v->name != NULL ? v->name : "-");
		for (size_t k = 0; k < v->aliases.count; k++)
			buf_addf(&b, "+%s", v->aliases.items[k]);
		buf_addf(&b, "@%s:%u", base_of(v->file->path), v->node->line);
		for (size_t k = 0; k < v->addresses.count; k++)
			buf_addf(&b, " %s:%u", v->addresses.items[k].host,
				 v->addresses.items[k].port);
		buf_adds(&b, apache_vhost_is_tls(v) ? " tls\n" : "\n");
	}
	return buf_detach(&b);
}

static void expect_hosts(const struct root *r, const char *wanted)
{
	AUTO(apache_config_free) struct apache_config *c = NULL;

	assert_done(root_load(&c, r));
	AUTO(free) char *text = described(c);

	assert_string_equal(text, wanted);
}

#define HOST(name) "<VirtualHost *:80>\nServerName " name "\n</VirtualHost>\n"

static void test_hosts(void **state)
{
	root_put(
		*state, "apache2.conf",
		"Listen 80\n<VirtualHost *:80 [::]:80>\nServerName http://A.test:8080\nServerAlias b.test *.c.test\nserveralias \"d.test\"\n"
		"<Directory />\nOptions None\n</Directory>\n</VirtualHost>\n"
		"<VirtualHost _default_:443>\n</VirtualHost>\n"
		"<VirtualHost 192.0.2.1>\nServerName e.test\nSSLEngine on\n</VirtualHost>\n");
	expect_hosts(*state, "A.test+b.test+*.c.test+d.test@apache2.conf:2 *:80 [::]:80\n"
			     "-@apache2.conf:10 *:443 tls\n"
			     "e.test@apache2.conf:12 192.0.2.1:0 tls\n");
}

static void test_conditions(void **state)
{
	static const struct {
		const char *open;
		bool holds;
	} rows[] = {
		{ "<IfModule mod_ssl.c>", true },   { "<IfModule ssl_module>", true },
		{ "<IfModule !mod_ssl.c>", false }, { "<IfModule mod_rewrite.c>", false },
		{ "<IfModule core.c>", true },      { "<IfDefine HERE>", true },
		{ "<IfDefine !HERE>", false },      { "<IfDefine THERE>", false },
		{ "<IfVersion >= 2.4>", true },     { "<IfVersion 2.4.57>", true },
		{ "<IfVersion < 2.4.57>", false },  { "<IfVersion !< 2.4.10>", true },
		{ "<IfVersion ~ ^2\\.4>", true },   { "<IfVersion /^2.2/>", false },
		{ "<IfFile apache2.conf>", true },  { "<IfFile \"none here\">", false },
		{ "<IfModule ${SSL}>", true },
	};
	struct root *r = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *name = xstrndup(rows[i].open + 1, strcspn(rows[i].open, " ") - 1);
		AUTO(free)
		char *text = str_fmt(
			"Define HERE\nDefine SSL mod_ssl.c\n%s\n" HOST("a.test") "</%s>\n",
			rows[i].open, name);

		root_put(r, "apache2.conf", text);
		expect_hosts(r, rows[i].holds ? "a.test@apache2.conf:4 *:80\n" : "");
	}
}

static void test_includes(void **state)
{
	struct root *r = *state;

	root_put(
		r, "apache2.conf",
		"Include sites/*.conf\nIncludeOptional none/*.conf\nInclude dir\nInclude sites/*.conf\n"
		"<VirtualHost *:81>\nInclude names.inc\n</VirtualHost>\n");
	root_put(r, "sites/b.conf", HOST("b.test"));
	root_put(r, "sites/a.conf", HOST("a.test"));
	root_put(r, "sites/.hidden.conf", HOST("hidden.test"));
	root_put(r, "sites/c.conf.old", HOST("old.test"));
	root_put(r, "dir/sub/d.txt", HOST("d.test"));
	root_put(r, "names.inc", "ServerName n.test\n");
	expect_hosts(r, "a.test@a.conf:1 *:80\nb.test@b.conf:1 *:80\nd.test@d.txt:1 *:80\n"
			"a.test@a.conf:1 *:80\nb.test@b.conf:1 *:80\nn.test@apache2.conf:5 *:81\n");
}

/* As httpd goes through them: all of one directory before the next. */
static void test_order_of_directories(void **state)
{
	struct root *r = *state;

	root_put(r, "apache2.conf", "Include sites/*/*.conf\n");
	root_put(r, "sites/a-b/x.conf", HOST("second.test"));
	root_put(r, "sites/a/y.conf", HOST("first.test"));
	root_put(r, "sites/aa/z.conf", HOST("third.test"));
	expect_hosts(
		r,
		"first.test@y.conf:1 *:80\nsecond.test@x.conf:1 *:80\nthird.test@z.conf:1 *:80\n");
}

static void test_links_lead_to_the_file(void **state)
{
	struct root *r = *state;
	AUTO(free) char *link = fs_join(r->dir, "enabled.conf");
	AUTO(apache_config_free) struct apache_config *c = NULL;

	root_put(r, "apache2.conf", "Include enabled.conf\n");
	root_put(r, "available.conf", HOST("a.test"));
	assert_done(fs_symlink("available.conf", link));
	assert_done(root_load(&c, r));
	assert_string_equal(base_of(c->vhosts[0]->file->path), "available.conf");
	assert_string_equal(base_of(c->vhosts[0]->shown), "enabled.conf:1");
}

/* As httpd: passed over by IncludeOptional, an error of Include. */
static void test_links_that_lead_nowhere(void **state)
{
	struct root *r = *state;
	AUTO(apache_config_free) struct apache_config *c = NULL, *none = NULL;
	AUTO(free) char *link = fs_join(r->dir, "sites/gone.conf");

	root_put(r, "sites/a.conf", "<VirtualHost *:80>\nServerName a.test\n</VirtualHost>\n");
	assert_done(fs_symlink("../nowhere", link));
	root_put(r, "apache2.conf", "IncludeOptional sites/*.conf\n");
	assert_done(root_load(&c, r));
	assert_int_equal(c->vhost_count, 1);
	root_put(r, "apache2.conf", "Include sites/*.conf\n");
	assert_refused(root_load(&none, r), ERR_IO, "sites/gone.conf");
}

/* The file that is shown, whatever the line says it by. */
static void test_certificates(void **state)
{
	struct root *r = *state;
	AUTO(apache_config_free) struct apache_config *c = NULL;

	root_put(r, "tls.conf", "SSLCertificateFile ${KEYS}/a.pem\n");
	root_put(
		r, "apache2.conf",
		"Define KEYS /srv/keys\n<VirtualHost *:443>\nSSLCertificateFile old.pem\n<IfDefine NOT>\n"
		"SSLCertificateFile not.pem\n</IfDefine>\n</VirtualHost>\n"
		"<VirtualHost *:443>\nSSLCertificateFile old.pem\nInclude tls.conf\n</VirtualHost>\n");
	assert_done(root_load(&c, r));
	AUTO(free) char *old = fs_join(r->dir, "old.pem");

	assert_int_equal(c->vhosts[0]->certificates.count, 1);
	assert_string_equal(c->vhosts[0]->certificates.items[0], old);
	assert_int_equal(c->vhosts[1]->certificates.count, 2);
	assert_string_equal(c->vhosts[1]->certificates.items[1], "/srv/keys/a.pem");
}

static void test_variables(void **state)
{
	struct root *r = *state;

	strlist_add(&r->environment, "SITES=sites");
	root_put(r, "apache2.conf",
		 "Define NAME a.test\nInclude ${SITES}/*.conf\nUnDefine NAME\n" HOST("${NAME}"));
	root_put(r, "sites/a.conf", HOST("www.${NAME}"));
	expect_hosts(r, "www.a.test@a.conf:1 *:80\n${NAME}@apache2.conf:4 *:80\n");
}

/* A Define without a value leaves the one there was; names of values have no case, those of <IfDefine> have. */
static void test_defines_without_a_value(void **state)
{
	struct root *r = *state;

	root_put(
		r, "apache2.conf",
		"Define A\n" HOST("${A}") "Define B b.test\nDefine B\n" HOST("${b}") "<IfDefine b>\n" HOST(
			"wrong.test") "</IfDefine>\nUnDefine b\n<IfDefine B>\n" HOST("${B}") "</IfDefine>\n");
	expect_hosts(
		r,
		"${A}@apache2.conf:2 *:80\nb.test@apache2.conf:7 *:80\n${B}@apache2.conf:17 *:80\n");
}

/* -D on httpd's command line is known from the server only; a Define in a file counts from its line on. */
static void test_defines_of_the_command_line(void **state)
{
	struct root *r = *state;

	root_put(r, "apache2.conf",
		 "<IfDefine GIVEN>\n" HOST("given.test") "</IfDefine>\n<IfDefine !LATER>\n" HOST(
			 "early.test") "</IfDefine>\nDefine LATER\n");
	expect_hosts(r, "early.test@apache2.conf:7 *:80\n");
	strlist_add(&r->facts.defines, "DUMP_RUN_CFG");
	strlist_add(&r->facts.defines, "GIVEN=1");
	strlist_add(&r->facts.defines, "LATER");
	expect_hosts(r, "given.test@apache2.conf:2 *:80\nearly.test@apache2.conf:7 *:80\n");
}

static void test_macros(void **state)
{
	struct root *r = *state;
	AUTO(apache_config_free) struct apache_config *c = NULL;

	root_put(
		r, "apache2.conf",
		"<Macro Site $host $port>\n<VirtualHost *:$port>\nServerName $host\nUse Alias www.$host\n</VirtualHost>\n</Macro>\n"
		"<Macro Alias $a>\nServerAlias $a\n</Macro>\nUse Site a.test 80\nuse site b.test 443\n");
	expect_hosts(
		r,
		"a.test+www.a.test@apache2.conf:2 *:80\nb.test+www.b.test@apache2.conf:2 *:443 tls\n");
	assert_done(root_load(&c, r));
	assert_true(c->vhosts[0]->of_macro);
}

/* httpd does not read it, but for one that stands alone. */
static void test_last_line_behind_a_use(void **state)
{
	static const char macro[] =
		"<Macro M $a>\n<VirtualHost *:80>\nServerName $a\n</VirtualHost>\n</Macro>\n";
	struct root *r = *state;
	AUTO(apache_config_free) struct apache_config *c = NULL;
	AUTO(free)
	char *one = str_fmt("%sUse M a.test", macro), *two = str_fmt("%s\nUse M b.test", one);

	root_put(r, "apache2.conf", one);
	expect_hosts(r, "a.test@apache2.conf:2 *:80\n");
	root_put(r, "apache2.conf", two);
	expect_hosts(r, "a.test@apache2.conf:2 *:80\n");
	assert_done(root_load(&c, r));
	assert_int_equal(c->doubts.count, 1);
	assert_non_null(strstr(c->doubts.items[0], "line 7: Apache does not read this last line"));
}

/* Held for true, and said so, once however often the file is read. */
static void test_names_that_apache_may_know(void **state)
{
	struct root *r = *state;
	AUTO(apache_config_free) struct apache_config *c = NULL;

	root_put(
		r, "apache2.conf",
		"<IfDirective Protocols>\n" HOST("a.test") "</IfDirective>\n<IfSection !If>\n" HOST(
			"b.test") "</IfSection>\n<VirtualHost *:81>\n<IfSection If>\nServerName c.test\n</IfSection>\n</VirtualHost>\n");
	strlist_add(&r->facts.defines, "GIVEN");
	expect_hosts(r, "a.test@apache2.conf:2 *:80\nc.test@apache2.conf:11 *:81\n");
	assert_done(root_load(&c, r));
	assert_int_equal(c->doubts.count, 3);
	assert_non_null(strstr(
		c->doubts.items[0],
		"apache2.conf line 1: <IfDirective Protocols>: signet takes it that Apache knows Protocols;"));
	assert_non_null(strstr(c->doubts.items[1], "knows If;"));
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{ "\nInclude sites/a.conf\n", "apache2.conf line 2: Include: there is no " },
		{ "Include sites/*.conf\n", "line 1: Include: there is no " },
		{ "Include part.inc\n", "line 1: Include: " },
		{ "Include loop.inc\n", "as in a circle" },
		{ "Use Nothing\n", "line 1: Use: there is no macro called Nothing" },
		{ "<Macro M $a>\n</Macro>\nUse M\n",
		  "line 3: Use: the macro M has 1 parameters, not 0" },
		{ "<VirtualHost *:80> <IfModule x>\n</VirtualHost>\n",
		  "line 1: VirtualHost: \"*:80>\" is no address" },
		{ "<IfVersion abc>\n</IfVersion>\n", "\"abc\" is no version" },
		{ "<IfDefine>\n</IfDefine>\n", "<IfDefine> names nothing" },
		{ "Listen http\nServerName\n", "line 2: ServerName: an argument is missing" },
	};
	struct root *r = *state;

	root_put(r, "part.inc", "</VirtualHost>\n");
	root_put(r, "loop.inc", "Include loop.inc\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(apache_config_free) struct apache_config *c = NULL;

		root_put(r, "apache2.conf", rows[i].text);
		AUTO(err_free) struct err *e = root_load(&c, r);
		AUTO(free) char *text = e != NULL ? err_text(e) : NULL;

		assert_non_null(text);
		assert_non_null(strstr(text, rows[i].part));
		assert_null(c);
	}
}

static void test_what_the_server_sees_and_we_do_not(void **state)
{
	struct root *r = *state;
	AUTO(apache_config_free) struct apache_config *c = NULL;
	AUTO(free) char *path = fs_join(r->dir, "apache2.conf");

	root_put(r, "apache2.conf", HOST("a.test"));
	strlist_add(&r->facts.includes, "/elsewhere/b.conf");
	strlist_add(&r->facts.includes, path);
	strlist_add(&r->facts.vhosts, "/elsewhere/b.conf:7");
	strlist_take(&r->facts.vhosts, str_fmt("%s:1", path));
	strlist_sort(&r->facts.includes);
	strlist_sort(&r->facts.vhosts);
	assert_done(root_load(&c, r));
	assert_int_equal(c->doubts.count, 2);
	assert_true(str_ends(c->doubts.items[0], "is not seen: /elsewhere/b.conf"));
	assert_true(str_ends(c->doubts.items[1], "are not found: /elsewhere/b.conf:7"));
}

/* As httpd 2.4.71 tells it. */
static const char dumps[] =
	"Included configuration files:\n"
	"  (*) /etc/apache2/apache2.conf\n"
	"    (146) /etc/apache2/mods-enabled/alias.load\n"
	"    (225) /etc/apache2/sites-enabled/000 default.conf\n"
	"VirtualHost configuration:\n"
	"*:80                   is a NameVirtualHost\n"
	"         default server a.test (/etc/apache2/sites-enabled/a.conf:1)\n"
	"         port 80 namevhost a.test (/etc/apache2/sites-enabled/a.conf:1)\n"
	"                 alias b.test\n"
	"         port 80 namevhost m.test (macro 'V' (defined on line 1 of \"/etc/m.conf\") used on line 6 of \"/etc/m.conf\":2)\n"
	"*:443                  c.test (/etc/apache2/sites-enabled/c.conf:10)\n"
	"ServerRoot: \"/etc/apache2\"\n"
	"Main DocumentRoot: \"/var/www/html\"\n"
	"Mutex default: dir=\"/var/run/apache2/\" mechanism=default \n"
	"PidFile: \"/var/run/apache2/apache2.pid\"\n"
	"Define: DUMP_RUN_CFG\n"
	"Define: FOO=bar baz\n"
	"User: name=\"www-data\" id=33\n"
	"Loaded Modules:\n"
	" core_module (static)\n"
	" rewrite_module (shared)\n";

static void expect_list(const struct strlist *l, const char *wanted)
{
	AUTO(free) char *text = strlist_join(l, "|");

	assert_string_equal(text, wanted);
}

static void test_facts(void **state)
{
	AUTO(apache_facts_release) struct apache_facts f = { 0 };

	(void)state;
	apache_facts_parse(&f, dumps);
	apache_facts_version(&f, "Server version: Apache/2.4.71 (Debian)\nServer built: x\n");
	assert_string_equal(f.version, "2.4.71");
	assert_string_equal(f.server_root, "/etc/apache2");
	assert_string_equal(f.root_file, "/etc/apache2/apache2.conf");
	assert_string_equal(f.pid_file, "/var/run/apache2/apache2.pid");
	expect_list(&f.defines, "DUMP_RUN_CFG|FOO=bar baz");
	expect_list(&f.modules, "core_module|rewrite_module");
	expect_list(&f.vhosts,
		    "/etc/apache2/sites-enabled/a.conf:1|/etc/apache2/sites-enabled/c.conf:10");
	expect_list(&f.includes, "/etc/apache2/apache2.conf|/etc/apache2/mods-enabled/alias.load|"
				 "/etc/apache2/sites-enabled/000 default.conf");
}

static void test_fit(void **state)
{
	static const struct {
		const char *name;
		unsigned fit;
	} rows[] = {
		{ "A.test", 3 }, { "b.test", 3 },  { "x.c.test", 2 }, { "y.x.c.test", 2 },
		{ "c.test", 0 }, { "d1.test", 2 }, { "d.test", 0 },
	};
	AUTO(apache_vhost_free) struct apache_vhost *v = apache_vhost_new();

	(void)state;
	v->name = xstrdup("a.test");
	strlist_split(&v->aliases, "b.test *.c.test d?.test", ' ');
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(apache_vhost_fit(v, rows[i].name), rows[i].fit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hosts, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_conditions, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_includes, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_order_of_directories, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_defines_without_a_value, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_last_line_behind_a_use, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_links_lead_to_the_file, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_links_that_lead_nowhere, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_certificates, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_variables, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_defines_of_the_command_line, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_macros, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_names_that_apache_may_know, root_set_up,
						root_tear_down),
		cmocka_unit_test_setup_teardown(test_refused, root_set_up, root_tear_down),
		cmocka_unit_test_setup_teardown(test_what_the_server_sees_and_we_do_not,
						root_set_up, root_tear_down),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
