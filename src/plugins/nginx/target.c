#include "plugins/nginx/target.h"

#include <string.h>

typedef bool (*socket_test)(const struct socket *s, const struct target_ports *ports);

static bool is_tls(const struct socket *s, const struct target_ports *ports)
{
	(void)ports;
	return s->ssl;
}

static bool is_https(const struct socket *s, const struct target_ports *ports)
{
	return s->ssl && socket_has_port(s, ports->https);
}

static bool is_http(const struct socket *s, const struct target_ports *ports)
{
	return !s->ssl && socket_has_port(s, ports->http);
}

static bool is_any(const struct socket *s, const struct target_ports *ports)
{
	(void)s;
	(void)ports;
	return true;
}

bool targets_have(const struct targets *t, const struct vhost *h)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->items[i]->block == h->block)
			return true;
	return false;
}

void targets_add(struct targets *t, const struct vhost *h)
{
	if (targets_have(t, h))
		return;
	t->items = xrealloc(t->items, t->count + 1, sizeof(*t->items));
	t->items[t->count++] = h;
}

/* ".a.test" has "*.a.test" too. */
static bool has_wildcard(const struct vhost *h, const char *name)
{
	for (size_t i = 0; i < h->names.count; i++)
		if (streq_nocase(h->names.items[i], name) ||
		    streq_nocase(h->names.items[i], name + 1))
			return true;
	return false;
}

static void add_wildcards(struct targets *t, const struct socket *s, const char *name)
{
	for (size_t i = 0; i < s->member_count; i++)
		if (has_wildcard(s->members[i], name))
			targets_add(t, s->members[i]);
}

static struct err *add_chosen(struct targets *t, const struct socket *s, const char *name)
{
	const struct vhost *h = NULL;
	bool by_name = false;

	TRY(socket_choose(&h, &by_name, s, name));
	if (by_name)
		targets_add(t, h);
	return NULL;
}

static struct err *find(struct targets *out, const struct vhosts *v, const char *name,
			const struct target_ports *ports, socket_test test)
{
	for (size_t i = 0; i < v->socket_count; i++) {
		const struct socket *s = &v->sockets[i];

		if (!test(s, ports))
			continue;
		if (str_starts(name, "*."))
			add_wildcards(out, s, name);
		else
			TRY(add_chosen(out, s, name));
	}
	return NULL;
}

bool targets_are_behind(const struct target_ports *ports)
{
	return ports->stream != NULL || ports->front != NULL;
}

struct err *targets_find(struct targets *out, const struct vhosts *v, const char *name,
			 const struct target_ports *ports)
{
	static const socket_test orders[2][4] = { { is_https, is_http, is_tls, is_any },
						  { is_https, is_tls, is_http, is_any } };
	const socket_test *order = orders[targets_are_behind(ports)];

	for (size_t i = 0; i < ARRAY_LEN(orders[0]) && out->count == 0; i++)
		TRY(find(out, v, name, ports, order[i]));
	return NULL;
}

struct err *targets_tls(struct targets *out, const struct vhosts *v, const char *name,
			const struct target_ports *ports)
{
	TRY(find(out, v, name, ports, is_https));
	return out->count > 0 ? NULL : find(out, v, name, ports, is_tls);
}

struct err *targets_plain(struct targets *out, const struct vhosts *v, const char *name,
			  const struct target_ports *ports)
{
	AUTO(targets_release) struct targets there = { 0 };

	TRY(find(&there, v, name, ports, targets_are_behind(ports) ? is_tls : is_https));
	if (there.count == 0)
		return err_new(
			ERR_CONFIG,
			"a redirect would lead nowhere: nginx does not serve %s by TLS on port %d; install its certificate first, or name "
			"the port by --https-port",
			name, (int)ports->https);
	return find(out, v, name, ports, is_http);
}

static char *label(const struct vhosts *v, const struct vhost *h)
{
	AUTO(free) char *names = strlist_join(&h->names, " "), *place = directive_place(h->block);

	return str_fmt("%s (%s%s)", names, place, vhost_has_ssl(v, h) ? ", HTTPS" : "");
}

static struct err *add_site(struct sites *out, const struct vhosts *v, const char *name,
			    const struct target_ports *ports)
{
	AUTO(targets_release) struct targets t = { 0 };

	TRY(targets_find(&t, v, name, ports));
	if (t.count == 0)
		return NULL;
	const struct vhost *h = t.items[0];
	struct site *site = sites_get(out, h->block);

	(void)strlist_add_unique(&site->names, name);
	site->tls = vhost_has_ssl(v, h);
	if (site->shown == NULL)
		site->shown = label(v, h);
	return NULL;
}

struct err *targets_covered(struct sites *out, const struct vhosts *v, const char *wildcard,
			    const struct target_ports *ports)
{
	for (size_t i = 0; i < v->count; i++)
		for (size_t k = 0; k < v->items[i]->names.count; k++) {
			const char *name = v->items[i]->names.items[k];

			if (*name == '.' && streq_nocase(name, wildcard + 1))
				name = wildcard;
			if (wildcard_covers(wildcard, name))
				TRY(add_site(out, v, name, ports));
		}
	return NULL;
}

void targets_release(struct targets *t)
{
	free(t->items);
	*t = (struct targets){ 0 };
}
