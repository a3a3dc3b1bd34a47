#include "dns/resolv_conf.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"

enum { DNS_PORT = 53 };

static bool parse_v4(struct address *out, const char *text)
{
	struct sockaddr_in *to = (struct sockaddr_in *)&out->addr;

	to->sin_family = AF_INET;
	to->sin_port = htons(DNS_PORT);
	out->len = sizeof(*to);
	return inet_pton(AF_INET, text, &to->sin_addr) == 1;
}

/* "fe80::1%eth0" too, as routers announce themselves. */
static bool parse_v6(struct address *out, const char *text)
{
	const char *zone = strchr(text, '%');
	AUTO(free) char *literal = xstrndup(text, zone ? (size_t)(zone - text) : strlen(text));
	struct sockaddr_in6 *to = (struct sockaddr_in6 *)&out->addr;

	to->sin6_family = AF_INET6;
	to->sin6_port = htons(DNS_PORT);
	to->sin6_scope_id = zone != NULL ? if_nametoindex(zone + 1) : 0;
	out->len = sizeof(*to);
	return inet_pton(AF_INET6, literal, &to->sin6_addr) == 1 &&
	       (zone == NULL || to->sin6_scope_id != 0);
}

static void add_server(struct address_list *l, const char *text)
{
	struct address v4 = { 0 }, v6 = { 0 };
	bool is_v4 = parse_v4(&v4, text);

	if (l->count == LIMIT_DNS_SERVERS || (!is_v4 && !parse_v6(&v6, text)))
		return;
	l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
	l->items[l->count++] = is_v4 ? v4 : v6;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* glibc wants the keyword first in its line, and takes what stands behind the address as a comment. */
static void parse_line(struct address_list *l, const char *line)
{
	static const char keyword[] = "nameserver";

	if (!str_starts(line, keyword) || !is_blank(line[sizeof(keyword) - 1]))
		return;
	const char *from = line + sizeof(keyword) - 1;

	from += strspn(from, " \t");
	AUTO(free) char *word = xstrndup(from, strcspn(from, " \t\r;#"));

	add_server(l, word);
}

void resolv_conf_parse(struct address_list *out, const char *text)
{
	struct address_list l = { 0 };

	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n");
		AUTO(free) char *one = xstrndup(line, len);

		parse_line(&l, one);
		line += len + (line[len] == '\n');
	}
	if (l.count == 0)
		add_server(&l, "127.0.0.1");
	*out = l;
}

struct err *resolv_conf_read(struct address_list *out, const char *path)
{
	AUTO(free) char *text = NULL;

	TRY(fs_read_if_exists(&text, NULL, path, LIMIT_FILE));
	resolv_conf_parse(out, text != NULL ? text : "");
	return NULL;
}
