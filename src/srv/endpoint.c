#include "srv/endpoint.h"

#include <arpa/inet.h>
#include <string.h>

static struct address of_v4(struct in_addr ip, unsigned port)
{
	struct address a = { .len = sizeof(struct sockaddr_in) };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a.addr;

	if (ip.s_addr == htonl(INADDR_ANY))
		ip.s_addr = htonl(INADDR_LOOPBACK);
	*v4 = (struct sockaddr_in){ .sin_family = AF_INET,
				    .sin_addr = ip,
				    .sin_port = htons((uint16_t)port) };
	return a;
}

static struct address of_v6(struct in6_addr ip, unsigned port)
{
	struct address a = { .len = sizeof(struct sockaddr_in6) };
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a.addr;

	if (IN6_IS_ADDR_UNSPECIFIED(&ip))
		ip = in6addr_loopback;
	*v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
				     .sin6_addr = ip,
				     .sin6_port = htons((uint16_t)port) };
	return a;
}

static bool is_there(const struct endpoints *e, const char *name, const struct address *at,
		     const char *fullchain)
{
	for (size_t i = 0; i < e->count; i++)
		if (streq(e->items[i].name, name) && address_same(&e->items[i].address, at) &&
		    streq(e->items[i].fullchain != NULL ? e->items[i].fullchain : "",
			  fullchain != NULL ? fullchain : ""))
			return true;
	return false;
}

void endpoints_add_address(struct endpoints *e, const char *name, const struct address *at,
			   const char *fullchain)
{
	if (is_there(e, name, at, fullchain))
		return;
	e->items = xrealloc(e->items, e->count + 1, sizeof(*e->items));
	e->items[e->count++] = (struct endpoint){
		.name = xstrdup(name),
		.address = *at,
		.fullchain = fullchain != NULL ? xstrdup(fullchain) : NULL,
	};
}

static bool is_any(const char *host)
{
	return host == NULL || streq(host, "*") || streq(host, "_default_");
}

static bool parse(struct address *out, const char *host, unsigned port)
{
	size_t len = strlen(host);
	bool bracketed = len >= 2 && host[0] == '[' && host[len - 1] == ']';
	AUTO(free) char *bare = bracketed ? xstrndup(host + 1, len - 2) : xstrdup(host);
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, bare, &v4) == 1)
		*out = of_v4(v4, port);
	else if (inet_pton(AF_INET6, bare, &v6) == 1)
		*out = of_v6(v6, port);
	else
		return false;
	return true;
}

struct err *endpoints_add(struct endpoints *e, const char *name, const char *host, unsigned port,
			  const char *fullchain)
{
	struct address at;

	if (port == 0 || port > UINT16_MAX)
		return err_new(ERR_CONFIG, "%u is no port", port);
	if (!parse(&at, is_any(host) ? "0.0.0.0" : host, port))
		return err_new(ERR_CONFIG, "%s is no address", host);
	endpoints_add_address(e, name, &at, fullchain);
	if (!is_any(host))
		return NULL;
	size_t before = e->count;

	at = of_v6(in6addr_any, port);
	endpoints_add_address(e, name, &at, fullchain);
	if (e->count > before)
		e->items[before].optional = true;
	return NULL;
}

void endpoints_release(struct endpoints *e)
{
	for (size_t i = 0; i < e->count; i++) {
		free(e->items[i].name);
		free(e->items[i].fullchain);
	}
	free(e->items);
}
