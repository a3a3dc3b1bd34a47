#include "check.h"

#include "plugins/apache/os.h"

static void test_systems(void **state)
{
	static const struct {
		const char *text, *root, *ctl, *bin, *enmod;
	} rows[] = {
		{ "NAME=x\nID=debian\n", "/etc/apache2", "apache2ctl", "apache2ctl", "a2enmod" },
		{ "ID=pop\nID_LIKE=\"ubuntu debian\"\n", "/etc/apache2", "apache2ctl", "apache2ctl",
		  "a2enmod" },
		{ "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", "/etc/httpd", "apachectl",
		  "httpd", NULL },
		{ "ID=fedora\n", "/etc/httpd", "apachectl", "httpd", NULL },
		{ "ID=gentoo\n", "/etc/apache2", "apache2ctl", "apache2ctl", NULL },
		{ "ID=sles\nID_LIKE=suse\n", "/etc/apache2", "apachectl", "apachectl", "a2enmod" },
		{ "ID=manjaro\nID_LIKE=arch\n", "/etc/httpd", "apachectl", "apachectl", NULL },
		{ "ID=alpine\n", "/etc/apache2", "apachectl", "httpd", NULL },
		{ "ID=\"void\"\n", "/etc/apache", "apachectl", "httpd", NULL },
		{ "ID='opensuse-leap'\n", "/etc/apache2", "apachectl", "apachectl", "a2enmod" },
		{ "ID=nixos\n", "/etc/apache2", "apache2ctl", "apache2ctl", NULL },
		{ "", "/etc/apache2", "apache2ctl", "apache2ctl", NULL },
		{ NULL, "/etc/apache2", "apache2ctl", "apache2ctl", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct apache_os *os = apache_os_of(rows[i].text);

		assert_string_equal(os->server_root, rows[i].root);
		assert_string_equal(os->ctl, rows[i].ctl);
		assert_string_equal(os->bin, rows[i].bin);
		assert_true(os->enmod == rows[i].enmod || streq(os->enmod, rows[i].enmod));
		assert_int_equal(os->handle_modules, streq(os->ids, "debian ubuntu linuxmint"));
	}
}

/* Where sites are, and which systems keep httpd's options in a file that httpd itself does not read. */
static void test_places(void **state)
{
	static const struct {
		const char *id, *vhost_root, *start_file, *start_key;
	} rows[] = {
		{ "debian", "/etc/apache2/sites-available", NULL, NULL },
		{ "rhel", "/etc/httpd/conf.d", "/etc/sysconfig/httpd", "OPTIONS" },
		{ "fedora", "/etc/httpd/conf.d", "/etc/sysconfig/httpd", "OPTIONS" },
		{ "gentoo", "/etc/apache2/vhosts.d", "/etc/conf.d/apache2", "APACHE2_OPTS" },
		{ "sles", "/etc/apache2/vhosts.d", NULL, NULL },
		{ "arch", "/etc/httpd/conf", NULL, NULL },
		{ "alpine", "/etc/apache2/conf.d", NULL, NULL },
		{ "void", "/etc/apache/extra", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *text = str_fmt("ID=%s\n", rows[i].id);
		const struct apache_os *os = apache_os_of(text);

		assert_string_equal(os->vhost_root, rows[i].vhost_root);
		if (rows[i].start_file == NULL) {
			assert_null(os->start_file);
			continue;
		}
		assert_string_equal(os->start_file, rows[i].start_file);
		assert_string_equal(os->start_key, rows[i].start_key);
	}
}

static void test_defines(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ NULL, "" },
		{ "LANG=C\n", "" },
		{ "# OPTIONS=\"-D NO\"\nLANG=C\nOPTIONS=\"-D SSL  -DPORT=80 -e info -D\"\n",
		  "-D SSL -D PORT=80" },
		{ "OPTIONS='-D ONE'\nMORE_OPTIONS='-D TWO'\n", "-D ONE" },
		{ "OPTIONS=\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(strlist_release) struct strlist words = { 0 };

		apache_os_defines(&words, rows[i].text, "OPTIONS");
		AUTO(free) char *joined = strlist_join(&words, " ");

		assert_string_equal(joined, rows[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_systems),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_defines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
