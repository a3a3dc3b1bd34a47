#include "net/proxy.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/str.h"

/* The first of both names that is set; HTTP_PROXY in capitals may come from a CGI's request header "Proxy". */
static char *variable(const char *lower, const char *upper)
{
	const char *value = getenv(lower);

	if (value == NULL && upper != NULL)
		value = getenv(upper);
	return value != NULL && *value != '\0' ? xstrdup(value) : NULL;
}

void proxies_from_environment(struct proxies *p)
{
	p->http = variable("http_proxy", NULL);
	p->https = variable("https_proxy", "HTTPS_PROXY");
	p->all = variable("all_proxy", "ALL_PROXY");
	p->none = variable("no_proxy", "NO_PROXY");
}

void proxies_release(struct proxies *p)
{
	free(p->http);
	free(p->https);
	free(p->all);
	free(p->none);
	*p = (struct proxies){ 0 };
}

/* "host", ".domain", "host:port" or "*": the host itself and what is below it. */
static bool entry_matches(const char *entry, const struct url *to)
{
	AUTO(free) char *with_port = str_fmt("%s:%u", to->host, to->port);
	const char *host = strchr(entry, ':') != NULL && strchr(to->host, ':') == NULL ? with_port
										       : to->host;

	entry += *entry == '.';
	size_t host_len = strlen(host);
	size_t len = strlen(entry);

	if (streq(entry, "*"))
		return true;
	if (len == 0 || len > host_len || !streq_nocase(host + host_len - len, entry))
		return false;
	return len == host_len || host[host_len - len - 1] == '.';
}

static bool is_exempt(const char *none, const struct url *to)
{
	AUTO(strlist_release) struct strlist entries = { 0 };

	if (none != NULL)
		strlist_split(&entries, none, ',');
	for (size_t i = 0; i < entries.count; i++)
		if (entry_matches(entries.items[i], to))
			return true;
	return false;
}

struct err *proxy_for(struct url *out, bool *found, const struct proxies *p, const struct url *to)
{
	bool secure = streq(to->scheme, "https");
	const char *own = secure ? p->https : p->http;
	const char *text = own != NULL ? own : p->all;
	const char *name = own == NULL ? "all_proxy" : secure ? "https_proxy" : "http_proxy";

	*found = false;
	if (text == NULL || is_exempt(p->none, to))
		return NULL;
	AUTO(url_release) struct url proxy = { 0 };
	struct err *e = url_parse_proxy(&proxy, text);

	if (e != NULL)
		return err_wrap_as(ERR_CONFIG, e, "environment variable %s", name);
	if (!streq(proxy.scheme, "http"))
		return err_new(ERR_CONFIG,
			       "environment variable %s: only http:// proxies are supported", name);
	*out = proxy;
	proxy = (struct url){ 0 };
	*found = true;
	return NULL;
}

char *proxy_authorization(const struct url *proxy)
{
	if (proxy->user == NULL)
		return NULL;
	AUTO(free) char *plain = str_fmt("%s:%s", proxy->user, proxy->password);
	size_t len = strlen(plain);
	AUTO(free) unsigned char *encoded = xmalloc(len / 3 * 4 + 5);

	(void)EVP_EncodeBlock(encoded, (const unsigned char *)plain, (int)len);
	return str_fmt("Basic %s", (const char *)encoded);
}
