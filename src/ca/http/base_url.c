#include "ca/http/base_url.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/limits.h"
#include "proto/problem.h"

static bool is_port(const char *text)
{
	int64_t port = 0;

	return *text == '\0' ||
	       (*text == ':' && (text[1] == '\0' || str_to_int(text + 1, 0, 65535, &port)));
}

static bool is_literal(const char *text, size_t len)
{
	AUTO(free) char *address = xstrndup(text, len);
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET6, address, bytes) == 1;
}

/* RFC 9110 §7.2: a name or an address, and a port. Nothing that could end the URL's authority or start something else in it. */
static bool is_authority(const char *text)
{
	static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-._~";
	size_t len = *text == '[' ? strcspn(text, "]") : strspn(text, name);

	if (strlen(text) > LIMIT_CA_AUTHORITY || len == 0)
		return false;
	if (*text != '[')
		return is_port(text + len);
	return text[len] == ']' && is_literal(text + 1, len - 1) && is_port(text + len + 1);
}

/* RFC 9112 §3.2: 400 to a bad one. The parser has seen to it that there is one; before HTTP/1.1 there was none. */
static struct err *check_host(const struct http_message *m)
{
	const char *host = http_headers_get(&m->headers, "Host");

	if (host != NULL ? is_authority(host) : m->minor_version == 0)
		return NULL;
	return problem_new("malformed", "The request names no usable host");
}

/* RFC 9112 §3.2.2: the authority of an absolute target wins over Host. */
static char *authority_of(const struct http_message *m)
{
	const char *start = strstr(m->target, "://");
	const char *host = http_headers_get(&m->headers, "Host");

	if (*m->target != '/' && start != NULL)
		return xstrndup(start + 3, strcspn(start + 3, "/?"));
	return xstrdup(host != NULL ? host : "");
}

/* A proxy in front that speaks TLS for us says so; of several proxies the first one met the client. */
static const char *scheme_of(const struct server_config *c, const struct http_message *m, bool tls)
{
	const char *said = c->trust_forwarded ? http_headers_get(&m->headers, "X-Forwarded-Proto")
					      : NULL;

	if (said == NULL)
		return tls ? "https" : "http";
	return str_starts(said, "https") ? "https" : "http";
}

struct err *base_url_of(char **out, const struct server_config *c, const struct http_message *m,
			bool tls)
{
	TRY(check_host(m));
	if (c->url != NULL) {
		*out = xstrdup(c->url);
		return NULL;
	}
	AUTO(free) char *authority = authority_of(m);

	if (!is_authority(authority))
		return problem_new("malformed", "The request names no usable host");
	*out = str_fmt("%s://%s", scheme_of(c, m, tls), authority);
	return NULL;
}
