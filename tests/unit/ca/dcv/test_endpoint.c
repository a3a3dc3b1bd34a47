/* Resolvers as the configuration writes them. */
#include "check.h"

#include "ca/dcv/endpoint.h"

static const struct {
	const char *text, *meant; /* NULL: refused */
} rows[] = {
	{ "192.0.2.53", "192.0.2.53:53" },
	{ "192.0.2.53:5353", "192.0.2.53:5353" },
	{ "2001:db8::53", "[2001:db8::53]:53" },
	{ "[2001:db8::53]", "[2001:db8::53]:53" },
	{ "[2001:db8::53]:5353", "[2001:db8::53]:5353" },
	{ "192.0.2.53:", NULL },
	{ "192.0.2.53:0", NULL },
	{ "192.0.2.53:65536", NULL },
	{ "ns.example.org", NULL },
	{ "ns.example.org:53", NULL },
	{ ":53", NULL },
	{ "[::1]53", NULL },
	{ "", NULL },
};

static void an_address_has_a_port_or_gets_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address a = { 0 };

		if (rows[i].meant == NULL) {
			assert_refused(endpoint_parse(&a, rows[i].text, 53), ERR_CONFIG, "\"");
			continue;
		}
		assert_done(endpoint_parse(&a, rows[i].text, 53));
		AUTO(free) char *text = address_port_text(&a);

		assert_string_equal(text, rows[i].meant);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(an_address_has_a_port_or_gets_one) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
