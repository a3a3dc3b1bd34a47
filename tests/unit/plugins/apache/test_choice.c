#include "plugins/apache/root.h"

#include "plugins/apache/choice.h"

#define HOST(address, names) "<VirtualHost " address ">\n" names "</VirtualHost>\n"
#define NAME(name) "ServerName " name "\n"

/* The lines of the chosen sections; 0 is the main server. */
static char *chosen(const struct root *r, const char *name, unsigned port)
{
	AUTO(apache_config_free) struct apache_config *c = NULL;
	AUTO(apache_choice_release) struct apache_choice l = { 0 };
	AUTO(strlist_release) struct strlist lines = { 0 };

	assert_done(root_load(&c, r));
	apache_choose_for_http(&l, c, name, port);
	for (size_t i = 0; i < l.count; i++)
		strlist_take(&lines,
			     str_fmt("%u", l.items[i]->node != NULL ? l.items[i]->node->line : 0));
	return strlist_join(&lines, " ");
}

static void test_choices(void **state)
{
	static const struct {
		const char *text, *name, *lines;
	} rows[] = {
		/* by its name, on each port */
		{ HOST("*:80", NAME("a.test")) HOST("*:80", NAME("b.test"))
			  HOST("*:443", NAME("b.test")),
		  "b.test", "4 7" },
		/* nobody has it: the first at each address */
		{ HOST("*:80", NAME("a.test")) HOST("*:80", NAME("b.test"))
			  HOST("192.0.2.1:80 *:443", NAME("c.test")),
		  "x.test", "1 7" },
		/* one address has it, the other has not */
		{ HOST("*:80", NAME("a.test")) HOST("192.0.2.1:80", NAME("b.test")), "b.test",
		  "4 1" },
		/* names that are patterns; any port */
		{ HOST("*", "ServerAlias *.test\n") HOST("*:80", NAME("a.test")), "x.test", "1" },
		/* what no host takes goes to the main server */
		{ HOST("*:443", NAME("a.test")), "a.test", "1 0" },
		{ HOST("192.0.2.1:80", NAME("a.test")), "a.test", "1 0" },
		{ "Listen 80\n", "a.test", "0" },
		{ HOST("*:8080", NAME("a.test")), "x.test", "0" },
		/* ways to write the same address: [::] is any, of IPv4 too */
		{ HOST("[::]:80", NAME("a.test")) HOST("*:80", NAME("b.test")), "x.test", "1" },
		{ HOST("[2001:db8::1]:80 *:80", NAME("a.test"))
			  HOST("[2001:DB8:0::1]:80", NAME("b.test")),
		  "x.test", "1" },
		/* a macro's hosts are one section */
		{ "<Macro M $n>\n" HOST("*:80",
					NAME("$n")) "</Macro>\nUse M a.test\nUse M b.test\n",
		  "b.test", "2" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		root_put(*state, "apache2.conf", rows[i].text);
		AUTO(free) char *lines = chosen(*state, rows[i].name, 80);

		assert_string_equal(lines, rows[i].lines);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_choices, root_set_up, root_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
