#include "srv/starttls.h"

#include "check.h"

static const char *name_of(const struct starttls *s)
{
	return s != NULL ? s->name : "none";
}

static void ports(void **state)
{
	static const struct {
		unsigned port;
		const char *name;
	} cases[] = { { 25, "SMTP" },  { 587, "SMTP" }, { 143, "IMAP" }, { 110, "POP3" },
		      { 443, "none" }, { 465, "none" }, { 993, "none" }, { 0, "none" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(name_of(starttls_by_port(cases[i].port)), cases[i].name);
}

static void greetings(void **state)
{
	static const struct {
		const char *text, *name;
	} cases[] = { { "220-x", "SMTP" }, { "220 x", "SMTP" }, { "* OK ", "IMAP" },
		      { "* BYE", "none" }, { "+OK a", "POP3" }, { "-ERR ", "none" },
		      { "HTTP/", "none" }, { "22", "none" },    { "", "none" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(
			name_of(starttls_by_greeting(cases[i].text, strlen(cases[i].text))),
			cases[i].name);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports),
		cmocka_unit_test(greetings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
