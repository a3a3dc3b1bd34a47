#include "va/redirect.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "dns/psl.h"
#include "net/grammar.h"
#include "proto/problem.h"

/* A Location taken apart (RFC 3986 §3), relative or not, before anything is believed of it. */
struct reference {
	char *scheme;    /* lower case; NULL: none */
	char *authority; /* NULL: none */
	char *rest; /* path and query; what may not stand in a request line is percent-encoded */
	char *host; /* of the authority: lower case, without brackets, may be empty */
	bool bracketed;
	char *port; /* digits; NULL: none */
};

static void reference_release(struct reference *r)
{
	free(r->scheme);
	free(r->authority);
	free(r->rest);
	free(r->host);
	free(r->port);
}
AUTO_RELEASE(struct reference, reference_release)

static struct err *unreadable(const char *location)
{
	AUTO(free) char *shown = str_printable(location, 200);

	return problem_new("connection",
			   "Error getting validation data: the Location \"%s\" is no usable URL",
			   shown);
}

/* --- taking apart --- */

static size_t scheme_len(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
	bool letter = (s[0] >= 'a' && s[0] <= 'z') || (s[0] >= 'A' && s[0] <= 'Z');

	return letter && s[len] == ':' ? len : 0;
}

static char *encoded(const char *s)
{
	struct buf b = BUF_INIT(strlen(s) * 3 + 1);

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c) != NULL)
			buf_addf(&b, "%%%02X", c);
		else
			buf_addc(&b, *s);
	}
	return buf_detach(&b);
}

static bool is_user_info(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_alnum_ascii(s[i]) && strchr("-._:~!$&'()*+,;=%@", s[i]) == NULL)
			return false;
	return true;
}

/* port: what stands behind the host. */
static bool take_port(struct reference *r, const char *port)
{
	if (*port == '\0')
		return true;
	if (*port != ':' || port[1 + strspn(port + 1, "0123456789")] != '\0')
		return false;
	if (port[1] != '\0')
		r->port = xstrdup(port + 1);
	return true;
}

/* The host begins behind the last "@": whoever reads it otherwise has been tricked. */
static bool take_host(struct reference *r)
{
	const char *at = strrchr(r->authority, '@');
	const char *host = at != NULL ? at + 1 : r->authority;

	if (at != NULL && !is_user_info(r->authority, (size_t)(at - r->authority)))
		return false;
	r->bracketed = *host == '[';
	const char *end = r->bracketed ? strchr(host, ']') : strrchr(host, ':');

	if (r->bracketed && end == NULL)
		return false;
	if (end == NULL)
		end = host + strlen(host);
	host += r->bracketed;
	r->host = xstrndup(host, (size_t)(end - host));
	str_lower(r->host);
	return take_port(r, end + r->bracketed);
}

static struct err *reference_read(struct reference *r, const char *location)
{
	AUTO(free) char *text = xstrndup(location, strcspn(location, "#"));
	const char *at = text;
	size_t len = scheme_len(at);

	if (strcspn(text, "\t\r\n") != strlen(text))
		return unreadable(location);
	if (len > 0) {
		r->scheme = xstrndup(at, len);
		str_lower(r->scheme);
		at += len + 1;
	}
	if (str_starts(at, "//")) {
		len = strcspn(at + 2, "/?");
		r->authority = xstrndup(at + 2, len);
		at += 2 + len;
		if (!take_host(r))
			return unreadable(location);
	}
	r->rest = encoded(at);
	return NULL;
}

/* --- putting together --- */

static unsigned default_port(const char *scheme)
{
	return streq(scheme, "https") ? 443 : 80;
}

static unsigned port_number(const char *digits)
{
	int64_t n = 0;

	return str_to_int(digits, 0, 65535, &n) ? (unsigned)n : 0;
}

/* The target as it would be, were it allowed. */
static void compose(struct url *u, const struct reference *r, const struct url *from)
{
	bool relative = r->scheme == NULL && r->authority == NULL;

	u->scheme = xstrdup(r->scheme != NULL ? r->scheme : from->scheme);
	u->port = r->port != NULL ? port_number(r->port) : default_port(u->scheme);
	u->explicit_port = r->port != NULL;
	if (relative) {
		u->port = from->port;
		u->explicit_port = from->explicit_port;
	}
	u->host = xstrdup(relative ? from->host : r->host != NULL ? r->host : "");
	u->target = url_merge(relative ? from->target : "/", r->rest);
}

/* --- what is allowed --- */

struct case_of {
	const struct redirect_rules *rules;
	const struct url *from, *to;
	const struct reference *reference;
	int status;
};

static struct err *check_status(const struct case_of *c)
{
	return c->status != 303
		     ? NULL
		     : problem_new("connection", "received disallowed redirect status code %d",
				   c->status);
}

static struct err *check_scheme(const struct case_of *c)
{
	AUTO(free) char *shown = str_printable(c->to->scheme, 40);

	if (streq(c->to->scheme, "http") || streq(c->to->scheme, "https"))
		return NULL;
	return problem_new(
		"connection",
		"Invalid protocol scheme in redirect target. Only \"http\" and \"https\" "
		"protocol schemes are supported, not \"%s\"",
		shown);
}

static bool is_port(const struct redirect_rules *r, unsigned port)
{
	return port == r->http_port || port == r->https_port || port == 80 || port == 443;
}

static struct err *check_port(const struct case_of *c)
{
	AUTO(free)
	char *shown = str_printable(c->reference->port != NULL ? c->reference->port : "", 20);

	if (!c->to->explicit_port || is_port(c->rules, c->to->port))
		return NULL;
	return problem_new("connection",
			   "Invalid port in redirect target. Only ports 80 and 443 are supported, "
			   "not %s",
			   shown);
}

static struct err *check_host_is_there(const struct case_of *c)
{
	return *c->to->host != '\0'
		     ? NULL
		     : problem_new("connection", "Invalid empty host in redirect target");
}

static struct err *check_host_is_no_path(const struct case_of *c)
{
	AUTO(free) char *shown = str_printable(c->to->host, 253);

	if (!str_ends(c->to->host, ".well-known"))
		return NULL;
	return problem_new("connection",
			   "Invalid host in redirect target \"%s\". Check webserver config for "
			   "missing '/' in redirect target.",
			   shown);
}

static struct err *check_address(const struct case_of *c)
{
	AUTO(free) char *shown = str_printable(c->to->host, 253);
	struct address a;

	if (c->reference->bracketed && strchr(c->to->host, '%') != NULL)
		return problem_new("connection",
				   "Invalid host in redirect target \"%s\": it contains scope zone",
				   shown);
	if (!address_parse(&a, c->to->host, 0))
		return NULL;
	if (c->rules->no_ip)
		return problem_new("connection",
				   "Invalid host in redirect target \"%s\". Only domain names are "
				   "supported, not IP addresses",
				   shown);
	const char *why = address_refused(c->rules->addresses, &a);

	return why == NULL
		     ? NULL
		     : problem_new("connection",
				   "Invalid host in redirect target \"%s\": IP address is in a "
				   "reserved address block: %s",
				   shown, why);
}

static bool is_host_name(const char *host)
{
	size_t len = strlen(host);

	return len <= 253 && host[0] != '.' && host[len - 1] != '.' && strstr(host, "..") == NULL &&
	       strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == len;
}

static struct err *check_name(const struct case_of *c)
{
	AUTO(free) char *shown = str_printable(c->to->host, 253);
	struct address a;
	bool is_literal = address_parse(&a, c->to->host, 0);

	if (c->reference->bracketed && (!is_literal || a.addr.ss_family != AF_INET6))
		return problem_new("connection",
				   "Invalid host in redirect target: [%s] is no IPv6 address",
				   shown);
	if (is_literal || (is_host_name(c->to->host) &&
			   (c->rules->any_name || psl_icann_suffix(c->to->host) != NULL)))
		return NULL;
	return problem_new(
		"connection",
		"Invalid host in redirect target \"%s\", must end in IANA registered TLD", shown);
}

/* As the path is without its percent escapes. */
static size_t path_len(const char *target)
{
	size_t len = 0;

	for (const char *p = target; *p != '\0' && *p != '?'; p++) {
		if (*p == '%' && p[1] != '\0' && p[2] != '\0')
			p += 2;
		len++;
	}
	return len;
}

static struct err *check_length(const struct case_of *c)
{
	if (path_len(c->to->target) <= LIMIT_VA_REDIRECT_PATH)
		return NULL;
	return problem_new("connection",
			   "Redirect target too long: its path has more than %d bytes",
			   LIMIT_VA_REDIRECT_PATH);
}

/* In the order of ca.md 1.4. Who may be asked at all may be asked again: a host is judged when it is another one. */
static const struct {
	struct err *(*check)(const struct case_of *c);
	bool of_host;
} checks[] = {
	{ check_status, false },        { check_scheme, false },          { check_port, false },
	{ check_host_is_there, false }, { check_host_is_no_path, false }, { check_address, true },
	{ check_name, true },           { check_length, false },
};

static struct err *check(const struct case_of *c)
{
	bool same_host = streq(c->to->host, c->from->host);

	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (!checks[i].of_host || !same_host)
			TRY(checks[i].check(c));
	return NULL;
}

/* --- the door --- */

bool redirect_is(int status, const char *location)
{
	static const int statuses[] = { 301, 302, 303, 307, 308 };

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (statuses[i] == status)
			return location != NULL && *location != '\0';
	return false;
}

struct err *redirect_target(struct url *out, const struct redirect_rules *rules,
			    const struct url *from, int status, const char *location)
{
	AUTO(reference_release) struct reference r = { 0 };
	AUTO(url_release) struct url to = { 0 };

	TRY(reference_read(&r, location));
	compose(&to, &r, from);
	TRY(check(&(struct case_of){ rules, from, &to, &r, status }));
	*out = to;
	to = (struct url){ 0 };
	return NULL;
}

unsigned redirect_port(const struct redirect_rules *r, const struct url *u)
{
	if (u->port == r->http_port || u->port == r->https_port)
		return u->port;
	return u->port == 80 ? r->http_port : r->https_port;
}
