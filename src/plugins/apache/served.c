/* Where the names of TLS hosts are to be seen. */
#include "plugins/apache/install.h"
#include "plugins/apache/pair.h"

/* A look for one name. */
struct look {
	const struct apache_config *config;
	const char *name;
	struct endpoints *out;
};

static bool is_wide(const char *host)
{
	return apache_host_same(host, "*");
}

static bool has_host(const struct strlist *l, const char *host)
{
	for (size_t i = 0; i < l->count; i++)
		if (apache_host_same(l->items[i], host))
			return true;
	return false;
}

/* The first host of an address is that of names which nobody has there. */
static void note_elsewhere(const struct look *l, const char *host, unsigned port)
{
	const struct apache_vhost *first = NULL;

	for (size_t i = 0; i < l->config->vhost_count; i++) {
		const struct apache_vhost *v = l->config->vhosts[i];

		if (!apache_vhost_is_at(v, host, port))
			continue;
		if (apache_vhost_fit(v, l->name) > 0)
			return;
		first = first != NULL ? first : v;
	}
	if (first != NULL)
		strlist_take(&l->out->elsewhere, str_fmt("%s:%u (%s)", host, port, first->shown));
}

/* Addresses that have hosts of their own at this port: what comes to them comes to no "*". */
static void narrower(struct strlist *out, const struct look *l, unsigned port)
{
	for (size_t i = 0; i < l->config->vhost_count; i++)
		for (size_t k = 0; k < l->config->vhosts[i]->addresses.count; k++) {
			const struct apache_address *a = &l->config->vhosts[i]->addresses.items[k];

			if (is_wide(a->host) || (a->port != port && a->port != 0))
				continue;
			if (strlist_add_unique(out, a->host))
				note_elsewhere(l, a->host, port);
		}
}

/* At the addresses on which Apache listens at all; where others answer besides, the name is not to be an old one. */
static struct err *add_wide(const struct look *l, unsigned port, const char *certificate)
{
	AUTO(strlist_release) struct strlist own = { 0 };
	struct wide_socket all = { "*", port, &own, .optional = true };
	const struct apache_addresses *listens = &l->config->listens;

	narrower(&own, l, port);
	for (size_t i = 0; i < listens->count; i++) {
		const char *host = listens->items[i].host;

		if (listens->items[i].port != port)
			continue;
		if (is_wide(host))
			all.optional = false;
		if (!is_wide(host) && !has_host(&own, host))
			TRY(endpoints_add(l->out, l->name, host, port, certificate));
	}
	return endpoints_add_wide(l->out, l->name, &all, certificate);
}

static struct err *add_host(const struct look *l, const struct apache_vhost *v,
			    const char *certificate)
{
	for (size_t i = 0; i < v->addresses.count; i++) {
		const struct apache_address *a = &v->addresses.items[i];

		if (a->port == 0)
			continue;
		TRY(is_wide(a->host)
			    ? add_wide(l, a->port, certificate)
			    : endpoints_add(l->out, l->name, a->host, a->port, certificate));
	}
	return NULL;
}

/* Each kind of key is looked at. */
static struct err *add_certificates(const struct look *l, const struct apache_vhost *v)
{
	const struct strlist *files = &v->certificates;

	for (size_t i = 0; i < files->count; i++)
		if (apache_certificate_counts(v, i))
			TRY(add_host(l, v, files->items[i]));
	return files->count == 0 ? add_host(l, v, NULL) : NULL;
}

struct err *apache_endpoints(const struct apache_config *c, const char *name, struct endpoints *out)
{
	const struct look l = { c, name, out };

	for (size_t i = 0; i < c->vhost_count; i++) {
		const struct apache_vhost *v = c->vhosts[i];

		if (apache_vhost_is_tls(v) && apache_vhost_fit(v, name) > 0)
			TRY(add_certificates(&l, v));
	}
	return NULL;
}
