#include "net/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static void add_address(struct address_list *l, const struct addrinfo *info)
{
	struct address a = { .len = info->ai_addrlen };

	memcpy(&a.addr, info->ai_addr, info->ai_addrlen);
	l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
	l->items[l->count++] = a;
}

static struct err *resolve_failed(const char *host, int status)
{
	if (status == EAI_SYSTEM)
		return err_errno(errno, "resolving %s", host);
	return err_wrap(err_new(ERR_NETWORK, "%s", gai_strerror(status)), "resolving %s", host);
}

static struct err *system_lookup(struct resolver *r, const char *host, unsigned port,
				 struct address_list *out)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					       .ai_flags = AI_NUMERICSERV };
	AUTO(free) char *service = str_fmt("%u", port);
	struct addrinfo *found = NULL;
	int status = getaddrinfo(host, service, &hints, &found);

	(void)r;
	if (status != 0)
		return resolve_failed(host, status);
	for (const struct addrinfo *i = found; i != NULL; i = i->ai_next)
		if (i->ai_family == AF_INET || i->ai_family == AF_INET6)
			add_address(out, i);
	freeaddrinfo(found);
	return out->count > 0 ? NULL
			      : err_new(ERR_NETWORK, "resolving %s: no IPv4 or IPv6 address", host);
}

struct resolver system_resolver = { .lookup = system_lookup };

char *address_text(const struct address *a)
{
	char text[INET6_ADDRSTRLEN] = "?";
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (a->addr.ss_family == AF_INET) {
		memcpy(&in, &a->addr, sizeof(in));
		(void)inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
	} else if (a->addr.ss_family == AF_INET6) {
		memcpy(&in6, &a->addr, sizeof(in6));
		(void)inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text));
	}
	return xstrdup(text);
}

unsigned address_port(const struct address *a)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	memcpy(&in, &a->addr, sizeof(in));
	memcpy(&in6, &a->addr, sizeof(in6));
	return ntohs(a->addr.ss_family == AF_INET6 ? in6.sin6_port : in.sin_port);
}

void address_set_port(struct address *a, unsigned port)
{
	if (a->addr.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&a->addr)->sin6_port = htons((uint16_t)port);
	else
		((struct sockaddr_in *)&a->addr)->sin_port = htons((uint16_t)port);
}

char *address_port_text(const struct address *a)
{
	AUTO(free) char *text = address_text(a);

	return str_fmt(strchr(text, ':') != NULL ? "[%s]:%u" : "%s:%u", text, address_port(a));
}

void address_list_release(struct address_list *l)
{
	free(l->items);
	*l = (struct address_list){ 0 };
}

bool address_same(const struct address *a, const struct address *b)
{
	AUTO(free) char *one = address_port_text(a);
	AUTO(free) char *other = address_port_text(b);

	return streq(one, other);
}
