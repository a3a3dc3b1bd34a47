#include "plugins/apache/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/str.h"

#define PORT_MAX 65535

const char *apache_port_colon(const char *text)
{
	const char *bracket = *text == '[' ? strchr(text, ']') : NULL;

	return strrchr(bracket != NULL ? bracket : text, ':');
}

static void add(struct apache_addresses *l, char *host, unsigned port)
{
	l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
	l->items[l->count++] = (struct apache_address){ .host = host, .port = port };
}

struct err *apache_address_add(struct apache_addresses *l, const char *text)
{
	const char *colon = apache_port_colon(text);
	size_t len = colon != NULL ? (size_t)(colon - text) : strlen(text);
	int64_t port = 0;

	if (colon != NULL && !streq(colon, ":*") && !str_to_int(colon + 1, 1, PORT_MAX, &port))
		return err_new(ERR_PARSE,
			       strstr(text, "${") != NULL
				       ? "\"%s\" has a variable whose value is not known: write it out"
				       : "\"%s\" is no address with a port",
			       text);
	bool any = len == 0 || (len == strlen("_default_") && str_starts(text, "_default_"));

	add(l, any ? xstrdup("*") : xstrndup(text, len), (unsigned)port);
	return NULL;
}

struct err *apache_listen_add(struct apache_addresses *l, const char *text)
{
	int64_t port = 0;

	if (!str_to_int(text, 1, PORT_MAX, &port))
		return apache_address_add(l, text);
	add(l, xstrdup("*"), (unsigned)port);
	return NULL;
}

static char *canonical_host(const char *host)
{
	static const struct in6_addr any = IN6ADDR_ANY_INIT;
	AUTO(free) char *inner = *host == '[' ? xstrndup(host + 1, strcspn(host + 1, "]")) : NULL;
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN];

	if (streq(host, "0.0.0.0"))
		return xstrdup("*");
	if (inner == NULL || inet_pton(AF_INET6, inner, &address) != 1)
		return xstrdup(host);
	if (memcmp(&address, &any, sizeof(any)) == 0)
		return xstrdup("*");
	return str_fmt("[%s]", inet_ntop(AF_INET6, &address, text, sizeof(text)));
}

bool apache_host_same(const char *a, const char *b)
{
	AUTO(free) char *one = canonical_host(a), *other = canonical_host(b);

	return streq_nocase(one, other);
}

bool apache_addresses_have_port(const struct apache_addresses *l, unsigned port)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].port == port || l->items[i].port == 0)
			return true;
	return false;
}

void apache_addresses_release(struct apache_addresses *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i].host);
	free(l->items);
	*l = (struct apache_addresses){ 0 };
}
