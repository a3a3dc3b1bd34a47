/* Which addresses a validation may talk to. */
#include "check.h"
#include "va/address.h"

struct row {
	const char *address;
	const char *refused; /* NULL: may be talked to */
	bool even_allowed;   /* refused although everything is allowed */
};

static const struct row rows[] = {
	{ "8.8.8.8", NULL, false },
	{ "2600::1", NULL, false },
	{ "172.32.0.1", NULL, false },
	{ "10.1.2.3", "[RFC1918]: Private-Use", false },
	{ "172.31.255.255", "[RFC1918]: Private-Use", false },
	{ "100.127.0.1", "[RFC6598]: Shared Address Space", false },
	{ "127.0.0.1", "[RFC1122]: Loopback", false },
	{ "::1", "[RFC4291]: Loopback Address", false },
	{ "fd12::1", "[RFC4193]: Unique-Local", false },
	{ "64:ff9b:1::1", "[RFC8215]: IPv4-IPv6 Translat.", false },
	{ "224.0.0.1", "[RFC5771]: Multicast", false },
	{ "ff02::1", "[RFC4291]: Multicast", false },
	{ "255.255.255.255", "[RFC8190]: Limited Broadcast", true },
	{ "::ffff:8.8.8.8", "[RFC4291]: IPv4-mapped Address", true },
	{ "169.254.169.254", "[RFC3927]: Link Local", true },
	{ "fe80::1", "[RFC4291]: Link-Local Unicast", true },
	{ "fd00:ec2::254", "metadata service", true },
	{ "fd00:ec2::23", "metadata service", true },
	{ "fd20:ce::254", "metadata service", true },
	{ "fd00:c1::a9fe:a9fe", "metadata service", true },
	{ "::127.0.0.1", "[RFC4291]: IPv4-Compatible Address (deprecated)", false },
	{ "fec0::1", "[RFC3879]: Site-Local (deprecated)", false },
	/* other ways to 8.8.8.8, and to 169.254.169.254 */
	{ "64:ff9b::808:808", "[RFC6052]: IPv4-IPv6 Translat.", false },
	{ "64:ff9b::a9fe:a9fe", "[RFC6052]: IPv4-IPv6 Translat.", true },
	{ "64:ff9b:1:2:3:4:a9fe:a9fe", "[RFC8215]: IPv4-IPv6 Translat.", true },
	{ "2002:a9fe:a9fe::1", "[RFC3056]: 6to4", true },
	{ "2002:808:808::1", "[RFC3056]: 6to4", false },
};

/* Who allows NAT64 has not allowed the private networks behind it. */
static void translation_is_looked_through(void **state)
{
	AUTO(strlist_release) struct strlist allow = { 0 };
	AUTO(address_policy_free) struct address_policy *p = NULL;
	struct address a;

	(void)state;
	strlist_add(&allow, "64:ff9b::/96");
	assert_done(address_policy_new(&p, &allow));
	assert_true(address_parse(&a, "64:ff9b::8.8.8.8", 80));
	assert_null(address_refused(p, &a));
	assert_true(address_parse(&a, "64:ff9b::10.0.0.1", 80));
	assert_string_equal(address_refused(p, &a), "[RFC1918]: Private-Use");
	assert_true(address_parse(&a, "64:ff9b::127.0.0.1", 80));
	assert_string_equal(address_refused(p, &a), "[RFC1122]: Loopback");
}

static void judges_by_the_registries(void **state)
{
	AUTO(strlist_release) struct strlist all = { 0 };
	AUTO(address_policy_free) struct address_policy *open = NULL;

	(void)state;
	strlist_add(&all, "0.0.0.0/0");
	strlist_add(&all, "::/0");
	assert_done(address_policy_new(&open, &all));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address a;

		assert_true(address_parse(&a, rows[i].address, 80));
		const char *why = address_refused(NULL, &a);

		if ((why == NULL) != (rows[i].refused == NULL) ||
		    (why != NULL && !streq(why, rows[i].refused)))
			fail_msg("%s: %s", rows[i].address, why != NULL ? why : "allowed");
		assert_int_equal(address_refused(open, &a) != NULL, rows[i].even_allowed);
	}
}

static void takes_literals_only(void **state)
{
	static const char *const bad[] = { "",           "127.1",       "example.org",
					   "fe80::1%lo", "[127.0.0.1]", "[::1",
					   "010.0.0.1" };
	struct address a;

	(void)state;
	assert_true(address_parse(&a, "[2600::1]", 443));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(address_parse(&a, bad[i], 80));
}

static void names_an_entry_that_is_no_prefix(void **state)
{
	static const char *const bad[] = { "10.0.0.0/33", "x", "10.0.0.0/", "::/129", "10/8" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(strlist_release) struct strlist l = { 0 };
		struct address_policy *p = NULL;

		strlist_add(&l, bad[i]);
		assert_refused(address_policy_new(&p, &l), ERR_CONFIG, bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_by_the_registries),
		cmocka_unit_test(translation_is_looked_through),
		cmocka_unit_test(takes_literals_only),
		cmocka_unit_test(names_an_entry_that_is_no_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
