#include "ca/http/base_url.h"

#include <string.h>

#include "base/limits.h"
#include "proto/problem.h"

/* A name, a literal, a port: nothing that could end the URL's authority or start something else in it. */
static bool is_authority(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-._:[]";

	return *text != '\0' && strlen(text) <= LIMIT_CA_AUTHORITY &&
	       text[strspn(text, allowed)] == '\0';
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
