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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_systems) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
