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
	/* the registries, row by row, as Boulder embeds them */
	{ "0.0.0.1", "[RFC791]: This network", false },
	{ "0.0.0.0", "[RFC1122]: This host on this network", true },
	{ "192.168.255.255", "[RFC1918]: Private-Use", false },
	{ "192.0.0.11", "[RFC6890]: IETF Protocol Assignments", false },
	{ "192.0.0.7", "[RFC7335]: IPv4 Service Continuity Prefix", false },
	{ "192.0.0.8", "[RFC7600]: IPv4 dummy address", false },
	{ "192.0.0.9", "[RFC7723]: Port Control Protocol Anycast", false },
	{ "192.0.0.10", "[RFC8155]: Traversal Using Relays around NAT Anycast", false },
	{ "192.0.0.169", "[RFC6890]: IETF Protocol Assignments", false },
	{ "192.0.0.170", "[RFC8880]: NAT64/DNS64 Discovery", false },
	{ "192.0.0.171", "[RFC8880]: NAT64/DNS64 Discovery", false },
	{ "192.0.0.172", "[RFC6890]: IETF Protocol Assignments", false },
	{ "192.0.1.0", NULL, false },
	{ "192.0.2.255", "[RFC5737]: Documentation (TEST-NET-1)", false },
	{ "192.31.196.1", "[RFC7535]: AS112-v4", false },
	{ "192.52.193.1", "[RFC7450]: AMT", false },
	{ "192.88.99.1", "[RFC7526]: Deprecated (6to4 Relay Anycast)", false },
	{ "192.88.99.2", "[RFC6751]: 6a44-relay anycast address", false },
	{ "192.175.48.42", "[RFC7534]: Direct Delegation AS112 Service", false },
	{ "198.17.255.255", NULL, false },
	{ "198.19.255.255", "[RFC2544]: Benchmarking", false },
	{ "198.20.0.0", NULL, false },
	{ "198.51.100.1", "[RFC5737]: Documentation (TEST-NET-2)", false },
	{ "203.0.113.1", "[RFC5737]: Documentation (TEST-NET-3)", false },
	{ "240.0.0.1", "[RFC1112]: Reserved", false },
	{ "::", "[RFC4291]: Unspecified Address", true },
	{ "100::1", "[RFC6666]: Discard-Only Address Block", false },
	{ "100:0:0:1::1", "[RFC9780]: Dummy IPv6 Prefix", false },
	{ "2001::1", "[RFC4380]: TEREDO", false },
	{ "2001:1::1", "[RFC7723]: Port Control Protocol Anycast", false },
	{ "2001:1::2", "[RFC8155]: Traversal Using Relays around NAT Anycast", false },
	{ "2001:1::3", "[RFC9665]: DNS-SD Service Registration Protocol Anycast", false },
	{ "2001:1::4", "[RFC2928]: IETF Protocol Assignments", false },
	{ "2001:2::1", "[RFC5180]: Benchmarking", false },
	{ "2001:2:1::1", "[RFC2928]: IETF Protocol Assignments", false },
	{ "2001:3::1", "[RFC7450]: AMT", false },
	{ "2001:4:112::1", "[RFC7535]: AS112-v6", false },
	{ "2001:4:113::1", "[RFC2928]: IETF Protocol Assignments", false },
	{ "2001:1f::1", "[RFC4843]: Deprecated (previously ORCHID)", false },
	{ "2001:2f::1", "[RFC7343]: ORCHIDv2", false },
	{ "2001:3f::1", "[RFC9374]: Drone Remote ID Protocol Entity Tags (DETs) Prefix", false },
	{ "2001:1ff::1", "[RFC2928]: IETF Protocol Assignments", false },
	{ "2001:200::1", NULL, false },
	{ "2001:db8::1", "[RFC3849]: Documentation", false },
	{ "2620:4f:8000::1", "[RFC7534]: Direct Delegation AS112 Service", false },
	{ "2620:4f:8001::1", NULL, false },
	{ "3fff:fff::1", "[RFC9637]: Documentation", false },
	{ "3fff:1000::1", NULL, false },
	{ "5f00:ffff::1", "[RFC9602]: Segment Routing (SRv6) SIDs", false },
	{ "5f01::1", NULL, false },
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
