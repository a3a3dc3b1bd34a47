#include "srv/endpoint.h"

#include <arpa/inet.h>
#include <string.h>

enum { FREE_LOOPBACKS = 250 };

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

static struct err *read_address(struct address *out, const char *host, unsigned port)
{
	if (port == 0 || port > UINT16_MAX)
		return err_new(ERR_CONFIG, "%u is no port", port);
	if (!parse(out, is_any(host) ? "0.0.0.0" : host, port))
		return err_new(ERR_CONFIG, "%s is no address", host);
	return NULL;
}

/* The other family's of a wildcard. */
static void add_optional(struct endpoints *e, const char *name, const struct address *at,
			 const char *fullchain)
{
	size_t before = e->count;

	endpoints_add_address(e, name, at, fullchain);
	if (e->count > before)
		e->items[before].optional = true;
}

struct err *endpoints_add(struct endpoints *e, const char *name, const char *host, unsigned port,
			  const char *fullchain)
{
	struct address at;

	TRY(read_address(&at, host, port));
	endpoints_add_address(e, name, &at, fullchain);
	if (!is_any(host))
		return NULL;
	at = of_v6(in6addr_any, port);
	add_optional(e, name, &at, fullchain);
	return NULL;
}

static bool is_own(const struct wide_socket *s, const struct address *at)
{
	struct address own;

	for (size_t i = 0; i < s->own->count; i++)
		if (parse(&own, s->own->items[i], s->port) && address_same(&own, at))
			return true;
	return false;
}

/* All of 127.0.0.0/8 is this machine's. */
static bool free_v4(struct address *at, const struct wide_socket *s)
{
	for (uint32_t i = 0; i < FREE_LOOPBACKS; i++) {
		*at = of_v4((struct in_addr){ htonl(INADDR_LOOPBACK + i) }, s->port);
		if (!is_own(s, at))
			return true;
	}
	return false;
}

struct err *endpoints_add_wide(struct endpoints *e, const char *name, const struct wide_socket *s,
			       const char *fullchain)
{
	struct address at, six = of_v6(in6addr_any, s->port);

	TRY(read_address(&at, s->host, s->port));
	bool found = at.addr.ss_family == AF_INET ? free_v4(&at, s) : !is_own(s, &at);

	if (found && s->optional)
		add_optional(e, name, &at, fullchain);
	else if (found)
		endpoints_add_address(e, name, &at, fullchain);
	e->unseen |= !found;
	if (is_any(s->host) && !is_own(s, &six))
		add_optional(e, name, &six, fullchain);
	return NULL;
}

void endpoints_release(struct endpoints *e)
{
	for (size_t i = 0; i < e->count; i++) {
		free(e->items[i].name);
		free(e->items[i].fullchain);
	}
	free(e->items);
	strlist_release(&e->elsewhere);
}
