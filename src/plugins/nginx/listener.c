#include "plugins/nginx/listener.h"

#include "plugins/nginx/install.h"

struct plan {
	const struct listener *l;
	struct strlist *lines;
	struct edits *edits;
};

static const struct socket *https_socket(const struct listener *l, const char *host)
{
	for (size_t i = 0; i < l->vhosts->socket_count; i++) {
		const struct socket *s = &l->vhosts->sockets[i];

		if (socket_has_port(s, l->ports->https) && streq(s->host, host))
			return s;
	}
	return NULL;
}

static bool is_wide(const char *host)
{
	return streq(host, "*") || streq(host, "[::]");
}

/*
 * What comes to this address comes to it now: a socket of the address alone would take that from all who have it. "[::]" hears IPv4 where
 * it takes that: no other socket can then be bound.
 */
static const struct socket *heard_by(const struct listener *l, const char *host)
{
	const struct socket *six = https_socket(l, "[::]"), *s = https_socket(l, host);

	if (s == NULL && !is_wide(host))
		s = *host == '[' ? six : https_socket(l, "*");
	if (s == NULL && *host != '[' && six != NULL && six->dual)
		s = six;
	return s;
}

static const struct listen *listen_of(const struct vhost *h, const struct socket *s)
{
	for (size_t i = 0; i < h->listen_count; i++)
		if (h->listens[i].port == s->port && streq(h->listens[i].host, s->host))
			return &h->listens[i];
	return NULL;
}

static const struct vhost *other_member(const struct socket *s, const struct vhost *h)
{
	for (size_t i = 0; i < s->member_count; i++)
		if (s->members[i]->block != h->block)
			return s->members[i];
	return NULL;
}

/* Of its `listen`, else of the block. */
static char *place_of(const struct vhost *h, const struct socket *s)
{
	const struct listen *said = listen_of(h, s);

	return directive_place(said != NULL && said->at != NULL ? said->at : h->block);
}

/* One `ssl` makes a socket speak TLS for all of its blocks. */
static struct err *refuse_plain(const struct listener *l, const struct vhost *other,
				const struct socket *s)
{
	AUTO(free) char *place = place_of(other, s);

	return err_new(
		ERR_CONFIG,
		"%s: port %d speaks plain HTTP for this server block, and would speak TLS for it too with a certificate for %s there: move "
		"this block to another port, or give it `ssl` and a certificate, or name another port by --https-port; then run this again",
		place, (int)l->ports->https, l->name);
}

/* Its own port, in plain HTTP so far. A line of a snippet is not its own. */
static struct err *make_own_speak(const struct plan *p, const struct listen *own,
				  const struct socket *s)
{
	if (own->at == NULL || own->at->parent != p->l->vhost->block)
		return refuse_plain(p->l, p->l->vhost, s);
	splices_insert(edits_in(p->edits, own->at->doc), own->at->words[1].end, " ssl");
	return NULL;
}

static struct err *refuse_front(const struct listener *l)
{
	return err_new(
		ERR_BUSY,
		"port %d is another program's, %s, so nginx cannot listen there for %s: stop that program, or, where it passes connections "
		"on to nginx, name the port it passes them to by --https-port (`--https-port 8443`)",
		(int)l->ports->https, l->ports->front->who, l->name);
}

/* By a reload it cannot: its own socket of one address would be in the way. */
static struct err *refuse_widening(const struct listener *l, const struct socket *s)
{
	AUTO(free) char *place = place_of(s->fallback, s);

	return err_new(
		ERR_CONFIG,
		"%s: nginx listens on port %d at %s alone so far, and can take all addresses of it, for %s, only when it is started: stop it, "
		"and have `signet install` install this certificate, which starts it",
		place, (int)l->ports->https, s->host, l->name);
}

static struct err *check_widening(const struct listener *l, const char *host)
{
	for (size_t i = 0; i < l->vhosts->socket_count && l->ports->runs && is_wide(host); i++) {
		const struct socket *s = &l->vhosts->sockets[i];

		if (socket_has_port(s, l->ports->https) && (*s->host == '[') == (*host == '[') &&
		    !is_wide(s->host))
			return refuse_widening(l, s);
	}
	return NULL;
}

static void add_line(const struct plan *p, const char *host, bool proxied)
{
	AUTO(free) char *address = streq(host, "*") ? xstrdup("") : str_fmt("%s:", host);
	AUTO(free)
	char *line = managed_line("listen %s%d ssl%s;", address, (int)p->l->ports->https,
				  proxied ? " proxy_protocol" : "");

	(void)strlist_add_unique(p->lines, line);
}

static struct err *add_socket(const struct plan *p, const char *host, bool proxied)
{
	TRY(check_widening(p->l, host));
	add_line(p, host, proxied);
	return NULL;
}

/* A socket that is there keeps its protocols, which are those of all its blocks. */
static struct err *join(const struct plan *p, const struct socket *s)
{
	const struct listen *own = listen_of(p->l->vhost, s);
	const struct vhost *other = other_member(s, p->l->vhost);

	if (!s->ssl && other != NULL)
		return refuse_plain(p->l, other, s);
	if (own != NULL)
		return s->ssl ? NULL : make_own_speak(p, own, s);
	add_line(p, s->host, false);
	return NULL;
}

static struct err *add_host(const struct plan *p, const char *host, bool proxied)
{
	const struct socket *s = heard_by(p->l, host);
	bool there = s != NULL && listen_of(p->l->vhost, s) != NULL;

	if (!there && p->l->ports->front != NULL && front_is_at(p->l->ports->front, host))
		return refuse_front(p->l);
	return s != NULL ? join(p, s) : add_socket(p, host, proxied);
}

static struct err *add_beside(const struct plan *p, const struct listen *l)
{
	TRY(add_host(p, l->host, l->proxied));
	return l->dual ? add_host(p, "*", l->proxied) : NULL;
}

/* Without any on the http port: on all addresses of the families it has. */
static struct err *add_families(const struct plan *p)
{
	const struct vhost *h = p->l->vhost;
	bool v4 = false, v6 = false;

	for (size_t i = 0; i < h->listen_count; i++) {
		v6 |= listen_is_v6(&h->listens[i]);
		v4 |= !listen_is_v6(&h->listens[i]) || h->listens[i].dual;
	}
	if (v6)
		TRY(add_host(p, "[::]", false));
	return v4 ? add_host(p, "*", false) : NULL;
}

static struct err *refuse_stream(const struct listener *l)
{
	AUTO(free) char *place = directive_place(l->ports->stream);

	return err_new(
		ERR_CONFIG,
		"%s: the stream block has port %d, so no server block can speak TLS there: give %s one with `ssl` on the port that the "
		"stream block passes its connections on to, or name another port by --https-port",
		place, (int)l->ports->https, l->name);
}

struct err *listener_plan(const struct listener *l, struct strlist *lines, struct edits *e)
{
	const struct plan p = { l, lines, e };
	const struct vhost *h = l->vhost;
	bool heard = false;

	if (l->ports->stream != NULL)
		return refuse_stream(l);
	for (size_t i = 0; i < h->listen_count; i++) {
		if (h->listens[i].at == NULL)
			strlist_take(lines, managed_line("listen %u;", h->listens[i].port));
		if (h->listens[i].port != l->ports->http || h->listens[i].ssl)
			continue;
		heard = true;
		TRY(add_beside(&p, &h->listens[i]));
	}
	return heard ? NULL : add_families(&p);
}
