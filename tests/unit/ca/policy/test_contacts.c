/* Contacts: RFC 8555 §7.3, RFC 6068; ca.md 5.5. */
#include "check.h"

#include "ca/config/config.h"
#include "ca/policy/contacts.h"

static const struct {
	const char *contact;
	const char *type; /* NULL: taken */
	const char *part;
} rows[] = {
	{ "mailto:admin@mail.test", NULL, NULL },
	{ "mailto:first.last+tag@Sub.Mail.test", NULL, NULL },
	{ "mailto:a@example.com", "invalidContact", "forbidden" },
	{ "mailto:a@Example.ORG", "invalidContact", "forbidden" },
	{ "mailto:a@sub.example.net", NULL, NULL },
	{ "tel:+1234", "unsupportedContact", "mailto" },
	{ "MAILTO:a@mail.test", "unsupportedContact", "mailto" },
	{ "", "unsupportedContact", "mailto" },
	{ "mailto:", "invalidContact", "no address" },
	{ "mailto:admin", "invalidContact", "no address" },
	{ "mailto:@mail.test", "invalidContact", "plain address" },
	{ "mailto:a@b@mail.test", "invalidContact", "plain address" },
	{ "mailto:a,b@mail.test", "invalidContact", "plain address" },
	{ "mailto:a@mail.test,b@mail.test", "invalidContact", "plain address" },
	{ "mailto:a@mail.test?subject=x", "invalidContact", "" },
	{ "mailto:a?x@mail.test", "invalidContact", "plain address" },
	{ "mailto:a@mail.test#x", "invalidContact", "" },
	{ "mailto:a%40b@mail.test", "invalidContact", "plain address" },
	{ "mailto:\"a b\"@mail.test", "invalidContact", "plain address" },
	{ "mailto:.a@mail.test", "invalidContact", "plain address" },
	{ "mailto:a.@mail.test", "invalidContact", "plain address" },
	{ "mailto:\xc3\xa4@mail.test", "invalidContact", "plain address" },
	{ "mailto:a@m\xc3\xa4il.test", "invalidContact", "" },
	{ "mailto:a@*.mail.test", "invalidContact", "wildcard" },
	{ "mailto:a@mail.test\n", "invalidContact", "" },
	{ "mailto:a@", "invalidContact", "" },
};

static void check(const struct ca_config *c, const char *contact, const char *type,
		  const char *part)
{
	char *items[] = { xstrdup(contact) };
	const struct strlist l = { items, 1 };
	AUTO(err_free) struct err *e = contacts_check(c, &l);

	free(items[0]);
	if (type == NULL && e != NULL)
		fail_msg("%s: %s", contact, e->msg);
	if (type != NULL &&
	    (e == NULL || !err_has_type(e, type) || strstr(e->detail, part) == NULL))
		fail_msg("%s: %s instead of %s %s", contact, e != NULL ? e->msg : "taken", type,
			 part);
}

static void test_forms(void **state)
{
	const struct ca_config c = { .accounts.max_contacts = 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(&c, rows[i].contact, rows[i].type, rows[i].part);
}

static void test_suffix(void **state)
{
	const struct ca_config c = { .accounts = { .max_contacts = 1,
						   .require_public_suffix = true } };

	(void)state;
	check(&c, "mailto:a@signet.dev", NULL, NULL);
	check(&c, "mailto:a@mail.test", "invalidContact", "");
	check(&c, "mailto:a@com", "invalidContact", "");
}

static void test_example_by_rfc(void **state)
{
	const struct ca_config c = { .accounts.max_contacts = 1, .policy.quirks = QUIRKS_RFC };

	(void)state;
	check(&c, "mailto:a@example.com", NULL, NULL);
}

static void test_count(void **state)
{
	const struct ca_config c = { .accounts.max_contacts = 0 };

	(void)state;
	check(&c, "mailto:a@mail.test", "malformed", "1 contacts are too many, 0 are taken");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_suffix),
		cmocka_unit_test(test_example_by_rfc),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
