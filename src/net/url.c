#include "net/url.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "net/grammar.h"

static const struct {
	const char *scheme;
	unsigned port;
} schemes[] = {
	{ "http", 80 },
	{ "https", 443 },
};

static struct err *not_a_url(const char *text, const char *why)
{
	AUTO(free) char *shown = str_printable(text, 200);

	return err_new(ERR_PARSE, "\"%s\" is not a usable URL: %s", shown, why);
}

static unsigned default_port(const char *scheme)
{
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (streq(schemes[i].scheme, scheme))
			return schemes[i].port;
	return 0;
}

static bool is_digits(const char *s)
{
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

/* getaddrinfo reads 127.1 and 0x7f000001 as addresses: what ends like a number must be a dotted quad. */
static bool ends_like_number(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *last = dot != NULL ? dot + 1 : host;

	return is_digits(last) || (last[0] == '0' && last[1] == 'x');
}

static bool is_host_name(const char *host)
{
	size_t label = 0;

	for (const char *p = host; *p != '\0'; p++) {
		if (*p == '.' && label == 0)
			return false;
		label = *p == '.' ? 0 : label + 1;
		if (label > 63 || (*p != '.' && *p != '-' && *p != '_' && !is_alnum_ascii(*p)))
			return false;
	}
	return label > 0 && strlen(host) <= 253;
}

static bool is_ipv4(const char *host)
{
	struct in_addr a;

	return inet_pton(AF_INET, host, &a) == 1;
}

static bool is_ipv6(const char *host)
{
	struct in6_addr a;

	return inet_pton(AF_INET6, host, &a) == 1;
}

static struct err *set_host(struct url *u, char *host, bool bracketed)
{
	AUTO(free) char *owned = host;

	str_lower(owned);
	if (bracketed && !is_ipv6(owned))
		return err_new(ERR_PARSE, "[%s] is not an IPv6 address", owned);
	if (!bracketed && ends_like_number(owned) && !is_ipv4(owned))
		return err_new(ERR_PARSE, "its host is not a dotted IPv4 address");
	if (!bracketed && !is_host_name(owned))
		return err_new(ERR_PARSE,
			       "its host name is empty or has a character that is not allowed");
	u->host = MOVE(owned);
	return NULL;
}

/* port: what stands behind the host, "" or ":443" */
static struct err *set_port(struct url *u, const char *port)
{
	int64_t n = 0;

	u->port = default_port(u->scheme);
	if (*port == '\0')
		return NULL;
	if (*port != ':' || !is_digits(port + 1) || !str_to_int(port + 1, 1, 65535, &n))
		return err_new(ERR_PARSE, "its port is not a number from 1 to 65535");
	u->port = (unsigned)n;
	u->explicit_port = true;
	return NULL;
}

static struct err *set_host_port(struct url *u, const char *text)
{
	bool bracketed = *text == '[';
	const char *end = bracketed ? strchr(text, ']') : strchrnul(text, ':');

	if (end == NULL)
		return err_new(ERR_PARSE, "a bracket is not closed");
	text += bracketed;
	AUTO(free) char *host = xstrndup(text, (size_t)(end - text));

	if (strlen(host) > 253)
		return err_new(ERR_PARSE, "its host name is too long");
	TRY(set_host(u, MOVE(host), bracketed));
	return set_port(u, end + bracketed);
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) % 16 : -1;
}

static bool is_escape(const char *s)
{
	return s[0] == '%' && hex_digit(s[1]) >= 0 && hex_digit(s[2]) >= 0;
}

/* Percent-decoding of the user information of a proxy; NULL when malformed. */
static char *decoded(const char *s, size_t len)
{
	struct buf b = BUF_INIT(len);

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '%' &&
		    (len - i < 3 || !is_escape(s + i) || (s[i + 1] == '0' && s[i + 2] == '0'))) {
			buf_release(&b);
			return NULL;
		}
		buf_addc(&b, s[i] == '%' ? (char)(hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2]))
					 : s[i]);
		i += s[i] == '%' ? 2 : 0;
	}
	return buf_detach(&b);
}

static struct err *set_user(struct url *u, const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);
	size_t user_len = colon != NULL ? (size_t)(colon - text) : len;

	u->user = decoded(text, user_len);
	u->password = colon != NULL ? decoded(colon + 1, len - user_len - 1) : xstrdup("");
	if (u->user == NULL || u->password == NULL)
		return err_new(ERR_PARSE, "its user or password has a wrong percent escape");
	return NULL;
}

static struct err *set_authority(struct url *u, char *authority, bool user_allowed)
{
	AUTO(free) char *owned = authority;
	const char *at = strrchr(owned, '@');

	if (at == NULL)
		return set_host_port(u, owned);
	if (!user_allowed)
		return err_new(ERR_PARSE, "a user name is not allowed in it");
	TRY(set_user(u, owned, (size_t)(at - owned)));
	return set_host_port(u, at + 1);
}

/* RFC 3986 §3.3, §3.4: pchar, "/" and "?", escapes well formed. */
static bool is_target(const char *s)
{
	static const char marks[] = "-._~!$&'()*+,;=:@/?";

	for (; *s != '\0'; s++) {
		if (is_escape(s))
			s += 2;
		else if (!is_alnum_ascii(*s) && strchr(marks, *s) == NULL)
			return false;
	}
	return true;
}

static struct err *set_target(struct url *u, const char *rest)
{
	if (strchr(rest, '#') != NULL)
		return err_new(ERR_PARSE, "a fragment is not allowed in it");
	if (!is_target(rest))
		return err_new(ERR_PARSE, "its path has a character that is not allowed");
	u->target = str_fmt("%s%s", *rest == '/' ? "" : "/", rest);
	return NULL;
}

static bool set_scheme(struct url *u, const char *text, size_t len)
{
	AUTO(free) char *scheme = xstrndup(text, len);

	str_lower(scheme);
	if (default_port(scheme) == 0)
		return false;
	u->scheme = MOVE(scheme);
	return true;
}

static struct err *parse_parts(struct url *u, const char *text, bool proxy)
{
	const char *colon = strstr(text, "://");
	const char *scheme = colon != NULL ? text : "http";
	const char *authority = colon != NULL ? colon + 3 : text;
	size_t len = strcspn(authority, "/?#");

	if (colon == NULL && !proxy)
		return err_new(ERR_PARSE, "it does not start with http:// or https://");
	if (!set_scheme(u, scheme, colon != NULL ? (size_t)(colon - text) : strlen(scheme)))
		return err_new(ERR_PARSE, "it is not http or https");
	TRY(set_authority(u, xstrndup(authority, len), proxy));
	return set_target(u, authority + len);
}

static struct err *parse(struct url *out, const char *text, bool proxy)
{
	AUTO(url_release) struct url u = { 0 };

	if (strlen(text) > LIMIT_URL)
		return err_new(ERR_LIMIT, "a URL is longer than %d bytes", LIMIT_URL);
	struct err *why = parse_parts(&u, text, proxy);

	if (why != NULL) {
		struct err *e = not_a_url(proxy ? "(proxy)" : text, why->msg);

		err_free(why);
		return e;
	}
	*out = u;
	u = (struct url){ 0 };
	return NULL;
}

struct err *url_parse(struct url *out, const char *text)
{
	return parse(out, text, false);
}

struct err *url_parse_proxy(struct url *out, const char *text)
{
	return parse(out, text, true);
}

static bool has_scheme(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	return len > 0 && (s[0] < '0' || s[0] > '9') && is_alnum_ascii(s[0]) && s[len] == ':';
}

/* RFC 3986 §5.2.4: path starts with "/"; a segment ".." takes its predecessor away. */
static char *without_dots(const char *path)
{
	struct buf b = BUF_INIT(strlen(path) + 1);

	while (*path == '/') {
		size_t len = strcspn(path + 1, "/");
		bool last = path[1 + len] == '\0';
		bool one = len == 1 && path[1] == '.';
		bool two = len == 2 && path[1] == '.' && path[2] == '.';

		while (two && b.len > 0 && b.data[--b.len] != '/')
			;
		if (!one && !two)
			buf_add(&b, path, len + 1);
		else if (last)
			buf_addc(&b, '/');
		path += len + 1;
	}
	buf_add(&b, "", 0);
	return buf_detach(&b);
}

char *url_merge(const char *base, const char *reference)
{
	size_t base_path = strcspn(base, "?");
	size_t path_len = strcspn(reference, "?");
	const char *query = reference + path_len;

	if (path_len == 0)
		return *query != '\0' ? str_fmt("%.*s%s", (int)base_path, base, query)
				      : xstrdup(base);
	while (base_path > 0 && base[base_path - 1] != '/')
		base_path--;
	if (reference[0] == '/')
		base_path = 0;
	AUTO(free) char *path = str_fmt("%.*s%.*s", (int)base_path, base, (int)path_len, reference);
	AUTO(free) char *clean = without_dots(path);

	return str_fmt("%s%s", clean, query);
}

struct err *url_resolve(struct url *out, const struct url *base, const char *reference)
{
	AUTO(free) char *ref = xstrndup(reference, strcspn(reference, "#"));
	AUTO(free) char *authority = url_authority(base);
	AUTO(free) char *text = NULL;

	if (strlen(ref) > LIMIT_URL)
		return err_new(ERR_LIMIT, "a URL is longer than %d bytes", LIMIT_URL);
	if (has_scheme(ref)) {
		text = MOVE(ref);
	} else if (str_starts(ref, "//")) {
		text = str_fmt("%s:%s", base->scheme, ref);
	} else {
		AUTO(free) char *target = url_merge(base->target, ref);

		text = str_fmt("%s://%s%s", base->scheme, authority, target);
	}
	return url_parse(out, text);
}

char *url_authority(const struct url *u)
{
	bool v6 = strchr(u->host, ':') != NULL;
	AUTO(free)
	char *port = u->port != default_port(u->scheme) ? str_fmt(":%u", u->port) : xstrdup("");

	return str_fmt("%s%s%s%s", v6 ? "[" : "", u->host, v6 ? "]" : "", port);
}

char *url_text(const struct url *u)
{
	AUTO(free) char *authority = url_authority(u);

	return str_fmt("%s://%s%s", u->scheme, authority, u->target);
}

bool url_same_origin(const struct url *a, const struct url *b)
{
	return streq(a->scheme, b->scheme) && streq(a->host, b->host) && a->port == b->port;
}

void url_release(struct url *u)
{
	free(u->scheme);
	free(u->host);
	free(u->target);
	free(u->user);
	free(u->password);
	*u = (struct url){ 0 };
}
