#include "plugins/nginx/reach.h"

#include <string.h>

#include "plugins/half_open.h"
#include "plugins/nginx/vhost.h"

/* A look for one name. */
struct look {
	struct vhosts vhosts;
	const char *name;
	const struct target_ports *ports;
};

static void look_release(struct look *l)
{
	vhosts_release(&l->vhosts);
}

AUTO_RELEASE(struct look, look_release)

/* Sockets of files are no addresses. */
static struct err *answers(bool *yes, const struct look *l, const struct socket *s, bool tls)
{
	const struct vhost *h = NULL;

	*yes = s->ssl == tls && socket_has_port(s, tls ? l->ports->https : l->ports->http) &&
	       !str_starts(s->host, "unix:");
	return *yes ? socket_choose(&h, yes, s, l->name) : NULL;
}

static struct socket *tls_socket(const struct look *l, const char *host)
{
	for (size_t i = 0; i < l->vhosts.socket_count; i++) {
		struct socket *s = &l->vhosts.sockets[i];

		if (socket_has_port(s, l->ports->https) && streq(s->host, host))
			return s;
	}
	return NULL;
}

/* Of all addresses of a family. */
static struct err *answers_widely(bool *yes, const struct look *l, bool v6)
{
	const struct socket *four = tls_socket(l, "*"), *six = tls_socket(l, "[::]");
	const struct socket *s = six != NULL && (v6 || six->dual) ? six : v6 ? NULL : four;

	*yes = false;
	return s != NULL ? answers(yes, l, s, true) : NULL;
}

/* A socket of this very address gets all that comes there. */
static struct err *is_covered(bool *yes, const struct look *l, const struct socket *plain)
{
	bool six = plain->host[0] == '[',
	     any = streq(plain->host, "*") || streq(plain->host, "[::]");
	const struct socket *own = any ? NULL : tls_socket(l, plain->host);

	if (own != NULL)
		return answers(yes, l, own, true);
	TRY(answers_widely(yes, l, six));
	return *yes && plain->dual ? answers_widely(yes, l, false) : NULL;
}

static void add(struct strlist *out, const struct socket *s, int64_t port)
{
	AUTO(free) char *text = str_fmt("%s:%d", s->host, (int)port);

	(void)strlist_add_unique(out, text);
}

static struct err *look_at(struct half_open *out, const struct look *l, const struct socket *s)
{
	bool plain = false, tls = false, covered = false;

	TRY(answers(&plain, l, s, false));
	TRY(answers(&tls, l, s, true));
	if (plain)
		TRY(is_covered(&covered, l, s));
	if (plain && !covered)
		add(&out->http, s, l->ports->http);
	if (tls)
		add(&out->https, s, l->ports->https);
	return NULL;
}

struct err *reach_tell(struct ui *ui, struct config *c, const char *name,
		       const struct target_ports *ports)
{
	AUTO(half_open_release) struct half_open h = { 0 };
	AUTO(look_release) struct look l = { .name = name, .ports = ports };

	TRY(vhosts_gather(&l.vhosts, c));
	for (size_t i = 0; i < l.vhosts.socket_count; i++)
		TRY(look_at(&h, &l, &l.vhosts.sockets[i]));
	half_open_tell(&h, ui, name);
	return NULL;
}
