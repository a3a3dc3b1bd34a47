#include "plugins/nginx/listen.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/str.h"

enum { PLAIN_PORT = 80 };

/* Addresses are what they mean, not how they are written. */
static char *canonical_host(const char *host)
{
	unsigned char address[16];
	char text[INET6_ADDRSTRLEN];
	size_t len = strlen(host);
	AUTO(free) char *inner = *host == '[' && len > 2 ? xstrndup(host + 1, len - 2) : NULL;

	if (*host == '\0' || streq(host, "0.0.0.0"))
		return xstrdup("*");
	if (inner != NULL && inet_pton(AF_INET6, inner, address) == 1)
		return str_fmt("[%s]", inet_ntop(AF_INET6, address, text, sizeof(text)));
	char *same = xstrdup(host);

	str_lower(same);
	return same;
}

static bool read_ports(struct listen *l, const char *text)
{
	const char *dash = strchr(text, '-');
	AUTO(free)
	char *first = dash != NULL ? xstrndup(text, (size_t)(dash - text)) : xstrdup(text);
	int64_t port = 0, last = 0;

	if (!str_to_int(first, 1, 65535, &port) ||
	    !str_to_int(dash != NULL ? dash + 1 : first, port, 65535, &last))
		return false;
	l->port = (unsigned)port;
	l->last_port = (unsigned)last;
	return true;
}

/* The ":" before the port; NULL: there is none. */
static const char *port_mark(const char *address)
{
	const char *bracket = *address == '[' ? strchr(address, ']') : NULL;

	return strchr(bracket != NULL ? bracket : address, ':');
}

/* A row of digits is a port, anything else an address. */
static bool read_address(struct listen *l, const char *address)
{
	const char *mark = port_mark(address);

	l->port = l->last_port = PLAIN_PORT;
	if (str_starts(address, "unix:")) {
		l->host = xstrdup(address);
		l->port = l->last_port = 0;
		return true;
	}
	if (mark == NULL && strspn(address, "0123456789-") == strlen(address)) {
		l->host = xstrdup("*");
		return read_ports(l, address);
	}
	AUTO(free)
	char *host = mark != NULL ? xstrndup(address, (size_t)(mark - address)) : xstrdup(address);

	l->host = canonical_host(host);
	return mark == NULL || read_ports(l, mark + 1);
}

static void read_parameter(struct listen *l, const char *word)
{
	l->is_default |= streq(word, "default_server") || streq(word, "default");
	l->ssl |= streq(word, "ssl");
	l->quic |= streq(word, "quic");
	l->proxied |= streq(word, "proxy_protocol");
	l->dual |= streq(word, "ipv6only=off");
}

struct err *listen_read(struct listen *out, struct directive *d)
{
	AUTO(listen_release) struct listen l = { .at = d };
	const char *address = directive_word(d, 1);
	AUTO(free) char *place = NULL;

	if (address == NULL || !read_address(&l, address))
		return err_new(ERR_CONFIG,
			       "%s: listen %s: this is no address or port that is known here",
			       place = directive_place(d), address != NULL ? address : "");
	for (size_t i = 2; i < d->word_count; i++)
		read_parameter(&l, d->words[i].value);
	*out = l;
	l.host = NULL;
	return NULL;
}

void listen_release(struct listen *l)
{
	free(l->host);
	l->host = NULL;
}

bool listen_is_v6(const struct listen *l)
{
	return l->host[0] == '[';
}
