#include "plugins/apache/choice.h"

/* Hosts that macros make, or that a file makes twice, share their section. */
static bool has_section(const struct apache_choice *l, const struct apache_vhost *v)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i] == v || (l->items[i]->node != NULL && l->items[i]->node == v->node))
			return true;
	return false;
}

static void add(struct apache_choice *l, struct apache_vhost *v)
{
	if (has_section(l, v))
		return;
	l->items = xrealloc(l->items, l->count + 1, sizeof(struct apache_vhost *));
	l->items[l->count++] = v;
}

/* The host that httpd takes at this address for a name: the first that has it, else the first. */
static void add_at(struct apache_choice *out, const struct apache_config *c, const char *name,
		   const char *host, unsigned port)
{
	struct apache_vhost *first = NULL;

	for (size_t i = 0; i < c->vhost_count; i++) {
		struct apache_vhost *v = c->vhosts[i];

		if (!apache_vhost_is_at(v, host, port))
			continue;
		if (apache_vhost_fit(v, name) > 0)
			return; /* chosen by its name */
		if (first == NULL)
			first = v;
	}
	if (first != NULL)
		add(out, first);
}

static bool has_host(const struct strlist *l, const char *host)
{
	for (size_t i = 0; i < l->count; i++)
		if (apache_host_same(l->items[i], host))
			return true;
	return false;
}

static void add_host(struct strlist *out, const char *host)
{
	if (!has_host(out, host))
		strlist_add(out, host);
}

static void hosts_at_port(struct strlist *out, const struct apache_config *c, unsigned port)
{
	for (size_t i = 0; i < c->vhost_count; i++)
		for (size_t k = 0; k < c->vhosts[i]->addresses.count; k++) {
			const struct apache_address *a = &c->vhosts[i]->addresses.items[k];

			if (a->port == port || a->port == 0)
				add_host(out, a->host);
		}
}

void apache_choose_for_http(struct apache_choice *out, const struct apache_config *c,
			    const char *name, unsigned port)
{
	AUTO(strlist_release) struct strlist hosts = { 0 };

	for (size_t i = 0; i < c->vhost_count; i++)
		if (apache_vhost_fit(c->vhosts[i], name) > 0)
			add(out, c->vhosts[i]);
	hosts_at_port(&hosts, c, port);
	for (size_t i = 0; i < hosts.count; i++)
		add_at(out, c, name, hosts.items[i], port);
	if (!has_host(&hosts, "*"))
		add(out, c->main);
}

static bool has_address(const struct apache_choice *l, const char *host, unsigned port)
{
	for (size_t i = 0; i < l->count; i++)
		if (apache_vhost_is_at(l->items[i], host, port))
			return true;
	return false;
}

static bool is_heard_elsewhere(const struct apache_choice *l, const struct apache_vhost *v,
			       unsigned port)
{
	for (size_t i = 0; i < v->addresses.count; i++) {
		const struct apache_address *a = &v->addresses.items[i];

		if ((a->port == port || a->port == 0) && !has_address(l, a->host, port))
			return true;
	}
	return false;
}

void apache_choose_alike(struct apache_choice *out, const struct apache_config *c,
			 struct apache_vhost *like, const char *name, unsigned port)
{
	add(out, like);
	if (apache_vhost_fit(like, name) < APACHE_FIT_NAME ||
	    !apache_addresses_have_port(&like->addresses, port))
		return;
	for (size_t i = 0; i < c->vhost_count; i++) {
		struct apache_vhost *v = c->vhosts[i];

		if (!v->of_macro && apache_vhost_fit(v, name) == APACHE_FIT_NAME &&
		    apache_vhost_is_tls(v) == apache_vhost_is_tls(like) &&
		    is_heard_elsewhere(out, v, port))
			add(out, v);
	}
}

void apache_choice_release(struct apache_choice *l)
{
	free(l->items);
	*l = (struct apache_choice){ 0 };
}
