#include "plugins/apache/reach.h"

#include "plugins/half_open.h"

/* A look for one name. */
struct look {
	const struct apache_config *config;
	const char *name;
	unsigned http, https;
	struct half_open *out;
};

/* Is one of the hosts at this very address the name's? *any: there are some. */
static bool fits_at(bool *any, const struct look *l, const char *host, unsigned port)
{
	bool fits = false;

	*any = false;
	for (size_t i = 0; i < l->config->vhost_count; i++) {
		const struct apache_vhost *v = l->config->vhosts[i];

		if (!apache_vhost_is_at(v, host, port))
			continue;
		*any = true;
		fits |= apache_vhost_fit(v, l->name) > 0 &&
			apache_vhost_is_tls(v) == (port == l->https);
	}
	return fits;
}

/* Hosts of an address get all that comes there. */
static bool is_heard(const struct look *l, const char *host, unsigned port)
{
	bool any = false, fits = fits_at(&any, l, host, port);

	return any ? fits : fits_at(&any, l, "*", port);
}

static void add(struct strlist *out, const char *host, unsigned port)
{
	AUTO(free) char *text = str_fmt("%s:%u", host, port);

	(void)strlist_add_unique(out, text);
}

static void look_at(const struct look *l, const char *host)
{
	if (is_heard(l, host, l->https))
		add(&l->out->https, host, l->https);
	else if (is_heard(l, host, l->http))
		add(&l->out->http, host, l->http);
}

static void look_at_own(const struct look *l, const struct apache_vhost *v)
{
	for (size_t i = 0; i < v->addresses.count; i++)
		if (!apache_host_same(v->addresses.items[i].host, "*"))
			look_at(l, v->addresses.items[i].host);
}

/* Where httpd listens, and where hosts have the name. */
void apache_reach_tell(const struct apache_sites *s, const char *name)
{
	AUTO(half_open_release) struct half_open h = { 0 };
	const struct look l = { s->config, name, s->http_port, s->https_port, &h };
	const struct apache_addresses *listens = &s->config->listens;

	for (size_t i = 0; i < listens->count; i++)
		if (listens->items[i].port == l.http || listens->items[i].port == l.https)
			look_at(&l, listens->items[i].host);
	for (size_t i = 0; i < s->config->vhost_count; i++)
		if (apache_vhost_fit(s->config->vhosts[i], name) > 0)
			look_at_own(&l, s->config->vhosts[i]);
	half_open_tell(&h, s->env->ui, name);
}
