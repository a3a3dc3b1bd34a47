/* Which proxy a URL goes through, by the environment as curl and Python read it. */
#pragma once

#include "net/url.h"

/* Read once: the environment may change later. */
struct proxies {
	char *http, *https, *all, *none;
};

void proxies_from_environment(struct proxies *p);
/* *found false: none. ERR_CONFIG names the variable whose value cannot be used; its password is never shown. */
MUST_CHECK struct err *proxy_for(struct url *out, bool *found, const struct proxies *p, const struct url *to);
void proxies_release(struct proxies *p);

/* The value of Proxy-Authorization (RFC 7617), or NULL when the proxy's URL names no user. */
char *proxy_authorization(const struct url *proxy);

AUTO_RELEASE(struct proxies, proxies_release)
