#include "va/address.h"

#include <arpa/inet.h>
#include <string.h>

struct prefix {
	int family;
	unsigned bits;
	unsigned char bytes[16];
};

struct address_policy {
	struct prefix *allowed;
	size_t count;
};

struct block {
	const char *prefix;
	const char *why;
	bool never; /* not even when allowed */
};

/*
 * IANA's special-purpose registries (RFC 6890), each row of them, also what they call globally reachable: none of it is a place for a
 * host that asks for a certificate (ca.md 1.6). What is in another block stands before it. Then multicast and what is out of use.
 */
static const struct block blocks[] = {
	{ "169.254.0.0/16", "[RFC3927]: Link Local", true },
	{ "fe80::/10", "[RFC4291]: Link-Local Unicast", true },
	{ "fd00:ec2::/32", "metadata service", true }, /* and other services of the host */
	{ "fd20:ce::254/128", "metadata service", true },
	{ "fd00:c1::a9fe:a9fe/128", "metadata service", true },
	{ "100.100.100.200/32", "metadata service", true },
	{ "168.63.129.16/32", "metadata service", true },
	{ "192.0.0.192/32", "metadata service", true },
	{ "0.0.0.0/32", "[RFC1122]: This host on this network", true },
	{ "::/128", "[RFC4291]: Unspecified Address", true },
	{ "255.255.255.255/32", "[RFC8190]: Limited Broadcast", true },
	{ "0.0.0.0/8", "[RFC791]: This network", false },
	{ "10.0.0.0/8", "[RFC1918]: Private-Use", false },
	{ "100.64.0.0/10", "[RFC6598]: Shared Address Space", false },
	{ "127.0.0.0/8", "[RFC1122]: Loopback", false },
	{ "172.16.0.0/12", "[RFC1918]: Private-Use", false },
	{ "192.0.0.0/29", "[RFC7335]: IPv4 Service Continuity Prefix", false },
	{ "192.0.0.8/32", "[RFC7600]: IPv4 dummy address", false },
	{ "192.0.0.9/32", "[RFC7723]: Port Control Protocol Anycast", false },
	{ "192.0.0.10/32", "[RFC8155]: Traversal Using Relays around NAT Anycast", false },
	{ "192.0.0.170/31", "[RFC8880]: NAT64/DNS64 Discovery", false },
	{ "192.0.0.0/24", "[RFC6890]: IETF Protocol Assignments", false },
	{ "192.0.2.0/24", "[RFC5737]: Documentation (TEST-NET-1)", false },
	{ "192.31.196.0/24", "[RFC7535]: AS112-v4", false },
	{ "192.52.193.0/24", "[RFC7450]: AMT", false },
	{ "192.88.99.2/32", "[RFC6751]: 6a44-relay anycast address", false },
	{ "192.88.99.0/24", "[RFC7526]: Deprecated (6to4 Relay Anycast)", false },
	{ "192.168.0.0/16", "[RFC1918]: Private-Use", false },
	{ "192.175.48.0/24", "[RFC7534]: Direct Delegation AS112 Service", false },
	{ "198.18.0.0/15", "[RFC2544]: Benchmarking", false },
	{ "198.51.100.0/24", "[RFC5737]: Documentation (TEST-NET-2)", false },
	{ "203.0.113.0/24", "[RFC5737]: Documentation (TEST-NET-3)", false },
	{ "224.0.0.0/4", "[RFC5771]: Multicast", false },
	{ "240.0.0.0/4", "[RFC1112]: Reserved", false },
	{ "::1/128", "[RFC4291]: Loopback Address", false },
	{ "::/96", "[RFC4291]: IPv4-Compatible Address (deprecated)", false },
	{ "::ffff:0:0/96", "[RFC4291]: IPv4-mapped Address", true },
	{ "64:ff9b::/96", "[RFC6052]: IPv4-IPv6 Translat.", false },
	{ "64:ff9b:1::/48", "[RFC8215]: IPv4-IPv6 Translat.", false },
	{ "100::/64", "[RFC6666]: Discard-Only Address Block", false },
	{ "100:0:0:1::/64", "[RFC9780]: Dummy IPv6 Prefix", false },
	{ "2001::/32", "[RFC4380]: TEREDO", false },
	{ "2001:1::1/128", "[RFC7723]: Port Control Protocol Anycast", false },
	{ "2001:1::2/128", "[RFC8155]: Traversal Using Relays around NAT Anycast", false },
	{ "2001:1::3/128", "[RFC9665]: DNS-SD Service Registration Protocol Anycast", false },
	{ "2001:2::/48", "[RFC5180]: Benchmarking", false },
	{ "2001:3::/32", "[RFC7450]: AMT", false },
	{ "2001:4:112::/48", "[RFC7535]: AS112-v6", false },
	{ "2001:10::/28", "[RFC4843]: Deprecated (previously ORCHID)", false },
	{ "2001:20::/28", "[RFC7343]: ORCHIDv2", false },
	{ "2001:30::/28", "[RFC9374]: Drone Remote ID Protocol Entity Tags (DETs) Prefix", false },
	{ "2001::/23", "[RFC2928]: IETF Protocol Assignments", false },
	{ "2001:db8::/32", "[RFC3849]: Documentation", false },
	{ "2002::/16", "[RFC3056]: 6to4", false },
	{ "2620:4f:8000::/48", "[RFC7534]: Direct Delegation AS112 Service", false },
	{ "3fff::/20", "[RFC9637]: Documentation", false },
	{ "5f00::/16", "[RFC9602]: Segment Routing (SRv6) SIDs", false },
	{ "fc00::/7", "[RFC4193]: Unique-Local", false },
	{ "fec0::/10", "[RFC3879]: Site-Local (deprecated)", false },
	{ "ff00::/8", "[RFC4291]: Multicast", false },
};

/* IPv6 addresses that are another way to an IPv4 address, where the operator allows them: its bytes begin at. */
static const struct {
	const char *prefix;
	size_t at;
} ways[] = {
	{ "64:ff9b::/96", 12 },
	{ "64:ff9b:1::/48", 12 }, /* as a prefix of 96 bits below it has it */
	{ "2002::/16", 2 },
};

static bool read_prefix(struct prefix *out, const char *text)
{
	AUTO(free) char *copy = xstrdup(text);
	char *slash = strchr(copy, '/');
	int64_t bits = 0;

	if (slash != NULL)
		*slash = '\0';
	*out = (struct prefix){ .family = strchr(copy, ':') != NULL ? AF_INET6 : AF_INET };
	int64_t most = out->family == AF_INET ? 32 : 128;

	if (inet_pton(out->family, copy, out->bytes) != 1)
		return false;
	if (slash == NULL)
		bits = most;
	else if (!str_to_int(slash + 1, 0, most, &bits))
		return false;
	out->bits = (unsigned)bits;
	return true;
}

static const unsigned char *address_bytes(const struct address *a)
{
	if (a->addr.ss_family == AF_INET)
		return (const unsigned char *)&((const struct sockaddr_in *)&a->addr)->sin_addr;
	return (const unsigned char *)&((const struct sockaddr_in6 *)&a->addr)->sin6_addr;
}

static bool covers(const struct prefix *p, const struct address *a)
{
	const unsigned char *bytes = address_bytes(a);

	if (a->addr.ss_family != p->family || memcmp(bytes, p->bytes, p->bits / 8) != 0)
		return false;
	unsigned rest = p->bits % 8;

	return rest == 0 || (bytes[p->bits / 8] ^ p->bytes[p->bits / 8]) >> (8 - rest) == 0;
}

struct err *address_policy_new(struct address_policy **out, const struct strlist *allow)
{
	AUTO(address_policy_free) struct address_policy *p = xcalloc(1, sizeof(*p));

	p->allowed = xcalloc((allow != NULL ? allow->count : 0) + 1, sizeof(*p->allowed));
	for (size_t i = 0; allow != NULL && i < allow->count; i++)
		if (!read_prefix(&p->allowed[p->count++], allow->items[i]))
			return err_new(ERR_CONFIG, "\"%s\" is no address or prefix",
				       allow->items[i]);
	*out = MOVE(p);
	return NULL;
}

void address_policy_free(struct address_policy *p)
{
	if (p != NULL)
		free(p->allowed);
	free(p);
}

static bool is_allowed(const struct address_policy *p, const struct address *a)
{
	for (size_t i = 0; p != NULL && i < p->count; i++)
		if (covers(&p->allowed[i], a))
			return true;
	return false;
}

static const char *refused_itself(const struct address_policy *p, const struct address *a)
{
	bool allowed = is_allowed(p, a);

	for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
		struct prefix block;

		if ((blocks[i].never || !allowed) && read_prefix(&block, blocks[i].prefix) &&
		    covers(&block, a))
			return blocks[i].why;
	}
	return NULL;
}

static bool leads_to(struct address *out, const struct address *a)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&out->addr;

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		struct prefix way;

		if (!read_prefix(&way, ways[i].prefix) || !covers(&way, a))
			continue;
		*out = (struct address){ .len = sizeof(*v4) };
		v4->sin_family = AF_INET;
		memcpy(&v4->sin_addr, address_bytes(a) + ways[i].at, sizeof(v4->sin_addr));
		return true;
	}
	return false;
}

const char *address_refused(const struct address_policy *p, const struct address *a)
{
	struct address behind;

	if (a->addr.ss_family != AF_INET && a->addr.ss_family != AF_INET6)
		return "no IP address";
	const char *why = refused_itself(p, a);

	return why == NULL && leads_to(&behind, a) ? refused_itself(p, &behind) : why;
}

bool address_parse(struct address *out, const char *text, unsigned port)
{
	size_t len = strlen(text);
	bool bracketed = len > 2 && text[0] == '[' && text[len - 1] == ']';
	AUTO(free) char *bare = bracketed ? xstrndup(text + 1, len - 2) : xstrdup(text);
	struct address a = { 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a.addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a.addr;

	if (!bracketed && inet_pton(AF_INET, bare, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		a.len = sizeof(*v4);
	} else if (inet_pton(AF_INET6, bare, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		a.len = sizeof(*v6);
	} else {
		return false;
	}
	*out = a;
	return true;
}
