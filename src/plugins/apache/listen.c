#include "plugins/apache/listen.h"

#include "base/limits.h"
#include "plugins/apache/edit.h"
#include "plugins/apache/install.h"

static bool is_wide(const char *host)
{
	return apache_host_same(host, "*");
}

static bool listens_at(const struct apache_addresses *l, const char *host, unsigned port)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].port == port &&
		    (apache_host_same(l->items[i].host, host) || is_wide(l->items[i].host)))
			return true;
	return false;
}

/* --- adding lines --- */

static void add_line(struct buf *b, const struct apache_sites *s, const char *host, unsigned port)
{
	bool tls = port == s->https_port;

	buf_adds(b, tls ? "\tListen " : "Listen ");
	if (!streq(host, "*"))
		buf_addf(b, "%s:", host);
	buf_addf(b, "%u%s\n", port, tls && port != 443 ? " https" : "");
}

static struct err *add_lines(struct buf *b, struct apache_sites *s, const struct strlist *hosts,
			     unsigned port)
{
	struct apache_addresses *l = &s->config->listens;

	for (size_t i = 0; i < hosts->count; i++) {
		AUTO(free) char *text = str_fmt("%s:%u", hosts->items[i], port);

		if (listens_at(l, hosts->items[i], port))
			continue;
		add_line(b, s, hosts->items[i], port);
		TRY(apache_listen_add(l, text));
	}
	return NULL;
}

static struct apache_file *ports_file(const struct apache_sites *s)
{
	for (size_t i = 0; i < s->config->file_count; i++)
		if (str_ends(s->config->files[i]->path, "/ports.conf"))
			return s->config->files[i];
	return apache_root_file(s);
}

static struct err *listen_at(struct apache_sites *s, const struct strlist *hosts, unsigned port,
			     bool of_tls)
{
	AUTO(buf_release) struct buf lines = BUF_INIT(LIMIT_KIB(64));
	struct apache_file *f = ports_file(s);

	TRY(add_lines(&lines, s, hosts, port));
	if (lines.len == 0)
		return NULL;
	AUTO(free)
	char *text = of_tls ? str_fmt("<IfModule mod_ssl.c>\n%s</IfModule>\n", buf_str(&lines))
			    : xstrdup(buf_str(&lines));

	return apache_add_last(f, f->root, text);
}

/* --- a port --- */

struct err *apache_open_port(struct apache_sites *s, unsigned port, unsigned other, bool of_tls)
{
	const struct apache_addresses *l = &s->config->listens;
	AUTO(strlist_release) struct strlist hosts = { 0 };

	if (apache_addresses_have_port(l, port))
		return NULL;
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].port == other)
			(void)strlist_add_unique(&hosts, l->items[i].host);
	if (hosts.count == 0 || strlist_has(&hosts, "*")) {
		strlist_release(&hosts);
		strlist_add(&hosts, "*");
	}
	return listen_at(s, &hosts, port, of_tls);
}

/* --- a host --- */

/* A TLS host of a name that is to be heard, and the plain one it was made of. */
struct hearing {
	struct apache_sites *sites;
	const struct apache_vhost *tls, *plain;
	const char *name;
	struct strlist missing; /* addresses without a Listen */
};

static void release(struct hearing *h)
{
	strlist_release(&h->missing);
}

AUTO_RELEASE(struct hearing, release)

static bool is_of_others(const struct apache_sites *s, const char *host)
{
	return s->front != NULL && front_is_at(s->front, host);
}

static struct err *refuse_front(const struct hearing *h, const char *host)
{
	const struct apache_sites *s = h->sites;

	return err_new(
		ERR_BUSY,
		"Apache does not listen on port %u at %s, where %s is to be served, and would end if it were told to: %s has it. Stop that "
		"program, or, where it passes connections on to Apache, name the port it passes them to by --https-port",
		s->https_port, host, h->name, s->front->who);
}

/* Does what comes to this address come to the host? Those that are at it alone go before those at all. */
static bool gets(const struct apache_config *c, const struct apache_vhost *v, const char *host,
		 unsigned port)
{
	if (apache_vhost_is_at(v, host, port))
		return true;
	return apache_first_at(c, host, port) == NULL && apache_vhost_is_at(v, "*", port);
}

static struct err *want(struct hearing *h, const char *host)
{
	const struct apache_config *c = h->sites->config;
	unsigned port = h->sites->https_port;

	if (!gets(c, h->tls, host, port) || listens_at(&c->listens, host, port))
		return NULL;
	if (is_of_others(h->sites, host))
		return refuse_front(h, host);
	(void)strlist_add_unique(&h->missing, host);
	return NULL;
}

static void alone_at(struct strlist *out, const struct apache_sites *s)
{
	const struct apache_addresses *l = &s->config->listens;

	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].port == s->https_port)
			(void)strlist_add_unique(out, l->items[i].host);
}

/* By a reload it cannot: its own sockets of single addresses would be in the way. */
static struct err *refuse_widening(const struct hearing *h, const char *hosts, unsigned port)
{
	unsigned https = h->sites->https_port;

	return err_new(
		ERR_CONFIG,
		"Apache listens on port %u at %s alone so far, and can take all addresses of it, for %s, only when it is started: put "
		"`Listen %u` in the place of its Listen lines for that port, restart Apache, and have `signet install` install this "
		"certificate; or have %s at one of these addresses alone (<VirtualHost ADDRESS:%u>)",
		https, hosts, h->name, https, h->name, port);
}

/* The plain host is heard everywhere. Where there is TLS too it is served; the others are told with a redirect (reach.h). */
static struct err *check_narrow(const struct hearing *h, unsigned port)
{
	const struct apache_sites *s = h->sites;
	AUTO(strlist_release) struct strlist hosts = { 0 };

	if (listens_at(&s->config->listens, "*", s->https_port))
		return NULL;
	alone_at(&hosts, s);
	for (size_t i = 0; i < hosts.count; i++)
		if (gets(s->config, h->tls, hosts.items[i], s->https_port) &&
		    gets(s->config, h->plain, hosts.items[i], port))
			return NULL;
	AUTO(free) char *text = strlist_join(&hosts, ", ");

	return s->front == NULL ? refuse_widening(h, text, port) : NULL;
}

/* Wherever the plain host answers at this port. */
static struct err *want_beside(struct hearing *h, unsigned port)
{
	const struct apache_sites *s = h->sites;
	const struct apache_addresses *l = &s->config->listens;
	bool wide = false;

	for (size_t i = 0; i < l->count; i++) {
		const char *host = l->items[i].host;

		if (l->items[i].port != port)
			continue;
		wide |= is_wide(host);
		if (!is_wide(host) && !is_of_others(s, host) &&
		    gets(s->config, h->plain, host, port))
			TRY(want(h, host));
	}
	return wide ? check_narrow(h, port) : NULL;
}

static struct err *want_all(struct hearing *h)
{
	const struct apache_addresses *tls = &h->tls->addresses,
				      *plain = h->plain != NULL ? &h->plain->addresses : NULL;

	for (size_t i = 0; i < tls->count; i++)
		if (tls->items[i].port == h->sites->https_port && !is_wide(tls->items[i].host))
			TRY(want(h, tls->items[i].host));
	for (size_t i = 0; plain != NULL && i < plain->count; i++) {
		const struct apache_address *a = &plain->items[i];

		TRY(is_wide(a->host) ? want_beside(h, a->port != 0 ? a->port : h->sites->http_port)
				     : want(h, a->host));
	}
	return NULL;
}

struct err *apache_listen_for(struct apache_sites *s, const struct apache_vhost *tls,
			      const struct apache_vhost *plain, const char *name)
{
	AUTO(release) struct hearing h = { .sites = s, .tls = tls, .plain = plain, .name = name };

	TRY(want_all(&h));
	return listen_at(s, &h.missing, s->https_port, true);
}

/* --- a name --- */

/* port 0: any. Where nobody has the name as such, nothing is known. */
static bool is_shown(const struct endpoints *at, unsigned port)
{
	if (at->count == 0)
		return true;
	for (size_t i = 0; i < at->count; i++)
		if (!at->items[i].optional &&
		    (port == 0 || address_port(&at->items[i].address) == port))
			return true;
	return at->unseen;
}

static struct err *check(const struct apache_sites *s, const char *name, unsigned port)
{
	AUTO(endpoints_release) struct endpoints at = { 0 };

	TRY(apache_endpoints(s->config, name, &at));
	if (s->front != NULL || is_shown(&at, port))
		return NULL;
	const struct apache_vhost *v = apache_best(s, name, APACHE_TLS_ONLY);

	return err_new(
		ERR_CONFIG,
		"no connection to port %u comes to the virtual host that %s has for TLS (%s): give it an address with that port, at which "
		"Apache listens and no other host stands alone, or, where something leads to it from that port, name its own port by "
		"--https-port; then run this again",
		s->https_port, name, v != NULL ? v->shown : "of a macro");
}

struct err *apache_check_heard(const struct apache_sites *s, const char *name)
{
	return check(s, name, 0);
}

struct err *apache_check_https(const struct apache_sites *s, const char *name)
{
	return check(s, name, s->https_port);
}
