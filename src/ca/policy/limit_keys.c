#include "ca/policy/limit_keys.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/str.h"
#include "ca/config/form.h"
#include "dns/psl.h"
#include "jose/base64url.h"
#include "va/address.h"

enum { NETWORK_BYTES = 6, SUBNET_BYTES = 8 }; /* IPv6 /48 and /64 */

/* --- of a request --- */

/* The network of an IPv6 address, of so many bytes; another text stays as it is. */
static char *network_of(const char *address, size_t bytes)
{
	unsigned char v6[sizeof(struct in6_addr)] = { 0 };
	char text[INET6_ADDRSTRLEN] = "";

	if (inet_pton(AF_INET6, address, v6) != 1)
		return xstrdup(address);
	memset(v6 + bytes, 0, sizeof(v6) - bytes);
	(void)inet_ntop(AF_INET6, v6, text, sizeof(text));
	return xstrdup(text);
}

char *limit_key_address(const struct address *peer)
{
	AUTO(free) char *text = address_text(peer);
	bool mapped = str_starts(text, "::ffff:") && strchr(text, '.') != NULL;

	return mapped ? xstrdup(strrchr(text, ':') + 1) : MOVE(text);
}

char *limit_key_network(const char *address)
{
	return network_of(address, NETWORK_BYTES);
}

char *limit_key_account(int64_t account_id)
{
	return str_fmt("%" PRId64, account_id);
}

static const char *without_wildcard(const char *name)
{
	return str_starts(name, "*.") ? name + 2 : name;
}

char *limit_key_domain(const struct ident *i)
{
	const char *name = without_wildcard(i->value);

	return i->type == IDENT_IP ? network_of(name, SUBNET_BYTES)
				   : xstrdup(psl_registered_domain(name));
}

static char *set_of(struct strlist *names)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	strlist_sort(names);
	AUTO(free) char *joined = strlist_join(names, ",");

	SHA256((const unsigned char *)joined, strlen(joined), digest);
	return base64url_encode(digest, sizeof(digest));
}

char *limit_key_set(const struct idents *l)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	for (size_t i = 0; i < l->count; i++)
		strlist_add(&names, l->items[i].value);
	return set_of(&names);
}

char *limit_key_failures(int64_t account_id, const struct ident *i)
{
	return str_fmt("%" PRId64 ":%s", account_id, without_wildcard(i->value));
}

/* --- as it is written --- */

static bool read_ip(char **out, const char *text)
{
	struct address a;

	if (!address_parse(&a, text, 0))
		return false;
	*out = limit_key_address(&a);
	return true;
}

static bool read_name(char **out, const char *text)
{
	AUTO(free) char *name = xstrdup(text);

	str_lower(name);
	if (!form_domain(without_wildcard(name)))
		return false;
	*out = MOVE(name);
	return true;
}

static bool read_id(char **out, const char *text)
{
	int64_t id = 0;

	if (!str_to_int(text, 1, INT64_MAX, &id))
		return false;
	*out = limit_key_account(id);
	return true;
}

static struct err *expected(const char *what, const char *written)
{
	return err_new(ERR_CONFIG, "\"%s\" is no %s", written, what);
}

struct err *limit_key_read_address(char **out, const char *written)
{
	return read_ip(out, written) ? NULL : expected("IP address", written);
}

struct err *limit_key_read_network(char **out, const char *written)
{
	AUTO(free) char *start = xstrndup(written, strcspn(written, "/"));
	AUTO(free) char *address = NULL;
	const char *length = strchr(written, '/');

	if ((length != NULL && !streq(length, "/48")) || !read_ip(&address, start) ||
	    strchr(address, ':') == NULL)
		return expected("IPv6 /48 such as 2001:db8:1::/48", written);
	*out = limit_key_network(address);
	return NULL;
}

struct err *limit_key_read_account(char **out, const char *written)
{
	return read_id(out, written) ? NULL : expected("number of an account", written);
}

struct err *limit_key_read_domain(char **out, const char *written)
{
	AUTO(free) char *start = xstrndup(written, strcspn(written, "/"));
	AUTO(free) char *address = NULL;
	AUTO(free) char *name = NULL;

	if (read_ip(&address, start))
		*out = network_of(address, SUBNET_BYTES);
	else if (read_name(&name, written) && streq(psl_registered_domain(name), name))
		*out = MOVE(name);
	else
		return expected("registered domain (such as example.org, not www.example.org), "
				"IPv4 address or IPv6 /64",
				written);
	return NULL;
}

struct err *limit_key_read_set(char **out, const char *written)
{
	AUTO(strlist_release) struct strlist parts = { 0 };
	AUTO(strlist_release) struct strlist names = { 0 };

	strlist_split(&parts, written, ',');
	for (size_t i = 0; i < parts.count; i++) {
		char *name = NULL;

		if (!read_ip(&name, parts.items[i]) && !read_name(&name, parts.items[i]))
			return expected("list of names such as a.example.org,b.example.org",
					written);
		strlist_take(&names, name);
	}
	*out = set_of(&names);
	return NULL;
}

struct err *limit_key_read_failures(char **out, const char *written)
{
	AUTO(free) char *account = xstrndup(written, strcspn(written, ":"));
	const char *rest = strchr(written, ':');
	AUTO(free) char *key = NULL;
	AUTO(free) char *name = NULL;

	if (!read_id(&key, account) ||
	    (rest != NULL && !read_ip(&name, rest + 1) && !read_name(&name, rest + 1)))
		return expected("account, or account and name such as 7:www.example.org", written);
	*out = name == NULL ? MOVE(key) : str_fmt("%s:%s", key, without_wildcard(name));
	return NULL;
}
