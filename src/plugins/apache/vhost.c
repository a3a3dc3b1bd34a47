#include "plugins/apache/vhost.h"

#include <fnmatch.h>

#define FIT_WILDCARD 2
#define PORT_TLS 443

static bool fits_pattern(const char *pattern, const char *name)
{
	return fnmatch(pattern, name, FNM_NOESCAPE | FNM_CASEFOLD) == 0;
}

unsigned apache_vhost_fit(const struct apache_vhost *v, const char *name)
{
	unsigned fit = v->name != NULL && streq_nocase(v->name, name) ? APACHE_FIT_NAME : 0;

	for (size_t i = 0; i < v->aliases.count && fit < APACHE_FIT_NAME; i++) {
		if (streq_nocase(v->aliases.items[i], name))
			fit = APACHE_FIT_NAME;
		else if (fits_pattern(v->aliases.items[i], name))
			fit = FIT_WILDCARD;
	}
	return fit;
}

bool apache_vhost_is_tls(const struct apache_vhost *v)
{
	for (size_t i = 0; i < v->addresses.count; i++)
		if (v->addresses.items[i].port == PORT_TLS)
			return true;
	return v->ssl == APACHE_ON;
}

bool apache_vhost_is_at(const struct apache_vhost *v, const char *host, unsigned port)
{
	for (size_t i = 0; i < v->addresses.count; i++) {
		const struct apache_address *a = &v->addresses.items[i];

		if (apache_host_same(a->host, host) && (a->port == port || a->port == 0))
			return true;
	}
	return false;
}

struct apache_vhost *apache_vhost_new(void)
{
	return xcalloc(1, sizeof(struct apache_vhost));
}

void apache_vhost_free(struct apache_vhost *v)
{
	if (v == NULL)
		return;
	free(v->shown);
	free(v->name);
	strlist_release(&v->certificates);
	strlist_release(&v->aliases);
	apache_addresses_release(&v->addresses);
	free(v);
}
