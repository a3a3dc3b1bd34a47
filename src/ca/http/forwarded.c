#include "ca/http/forwarded.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/str.h"

static bool parse(struct address *out, const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		memcpy(&out->addr, &v4, sizeof(v4));
		out->len = sizeof(v4);
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6.sin6_addr) != 1)
		return false;
	memcpy(&out->addr, &v6, sizeof(v6));
	out->len = sizeof(v6);
	return true;
}

void forwarded_peer(struct address *peer, const struct http_headers *h)
{
	AUTO(strlist_release) struct strlist all = { 0 };
	struct address found = { 0 };

	for (size_t i = 0; i < h->count; i++)
		if (streq_nocase(h->items[i].name, "X-Forwarded-For"))
			strlist_split(&all, h->items[i].value, ',');
	if (all.count > 0 && parse(&found, all.items[all.count - 1]))
		*peer = found;
}
