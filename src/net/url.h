/* http and https URLs (RFC 3986), strict: what we accept is what we send. */
#pragma once

#include "base/err.h"

struct url {
	char *scheme; /* "http" or "https", lower case */
	char *host;   /* lower case; an IPv6 literal without brackets */
	unsigned port; /* explicit or the scheme's */
	bool explicit_port;
	char *target; /* path and query as sent, starts with "/"; no fragment */
	char *user, *password; /* of a proxy URL; NULL; refused by url_parse, kept by url_parse_proxy */
};

MUST_CHECK struct err *url_parse(struct url *out, const char *text);
MUST_CHECK struct err *url_parse_proxy(struct url *out, const char *text); /* scheme may be missing; user:password allowed */
/* A reference (Location, relative or not) against base. */
MUST_CHECK struct err *url_resolve(struct url *out, const struct url *base, const char *reference);
/* Of a reference without scheme and authority: its path and query seen from base's target (RFC 3986 §5.2.2), without dots. */
char *url_merge(const char *base_target, const char *reference);
/* "host", "host:8443", "[::1]:8443": what Host: carries. */
char *url_authority(const struct url *u);
char *url_text(const struct url *u);
bool url_same_origin(const struct url *a, const struct url *b);
void url_release(struct url *u);

AUTO_RELEASE(struct url, url_release)
