#include "plugins/nginx/fallback.h"

#include "plugins/nginx/pair.h"

struct fallback {
	char *host; /* of the socket */
	unsigned port;
	char *place;
	struct strlist paths; /* of what it shows */
	struct strlist names; /* of these, that no block of the socket has */
};

static void release(struct fallback *f)
{
	free(f->host);
	free(f->place);
	strlist_release(&f->paths);
	strlist_release(&f->names);
}

AUTO_RELEASE(struct fallback, release)

static struct err *find_paths(struct strlist *out, struct config *c, const struct vhosts *v,
			      const struct vhost *h)
{
	AUTO(pairs_release) struct pairs shown = { 0 };

	TRY(pairs_shown(&shown, c, v, h));
	pairs_paths(&shown, c, out);
	return NULL;
}

static struct err *add_nobodys(struct strlist *out, const struct socket *s,
			       const struct strlist *certified)
{
	for (size_t i = 0; i < certified->count; i++) {
		const struct vhost *h = NULL;
		bool by_name = false;

		TRY(socket_choose(&h, &by_name, s, certified->items[i]));
		if (!by_name)
			(void)strlist_add_unique(out, certified->items[i]);
	}
	return NULL;
}

static struct err *describe(struct fallback *f, struct bystanders *known, const struct beside *b,
			    const struct socket *s)
{
	f->host = xstrdup(s->host);
	f->port = s->port;
	f->place = directive_place(s->fallback->block);
	TRY(find_paths(&f->paths, b->config, b->vhosts, s->fallback));
	for (size_t i = 0; i < f->paths.count; i++)
		TRY(add_nobodys(&f->names, s, bystanders_certified(known, f->paths.items[i])));
	return NULL;
}

struct err *fallbacks_note(struct fallbacks *out, struct bystanders *known, const struct beside *b,
			   int64_t https_port)
{
	for (size_t i = 0; i < b->vhosts->socket_count; i++) {
		const struct socket *s = &b->vhosts->sockets[i];
		AUTO(release) struct fallback f = { 0 };

		if (!s->ssl || !socket_has_port(s, https_port) ||
		    targets_have(b->targets, s->fallback))
			continue;
		TRY(describe(&f, known, b, s));
		if (f.names.count == 0 || strlist_has(&f.paths, b->fullchain))
			continue;
		out->items = xrealloc(out->items, out->count + 1, sizeof(*out->items));
		out->items[out->count++] = f;
		f = (struct fallback){ 0 };
	}
	return NULL;
}

static const struct socket *socket_of(const struct vhosts *v, const struct fallback *f)
{
	for (size_t i = 0; i < v->socket_count; i++)
		if (v->sockets[i].port == f->port && streq(v->sockets[i].host, f->host))
			return &v->sockets[i];
	return NULL;
}

/* How it is now. */
struct aftermath {
	struct config *config;
	struct vhosts vhosts;
	const char *fullchain;
};

static void aftermath_release(struct aftermath *a)
{
	vhosts_release(&a->vhosts);
}

AUTO_RELEASE(struct aftermath, aftermath_release)

static struct err *follow_name(struct bystanders *known, const struct aftermath *now,
			       const struct fallback *f, const char *name)
{
	const struct bystander_service before = {
		.place = f->place, .fullchains = &f->paths, .displaced = true, .by_default = true
	};
	const struct socket *s = socket_of(&now->vhosts, f);
	AUTO(strlist_release) struct strlist paths = { 0 };
	const struct vhost *h = NULL;

	if (s == NULL)
		return NULL;
	TRY(socket_choose(&h, NULL, s, name));
	TRY(find_paths(&paths, now->config, &now->vhosts, h));
	if (strlist_has(&paths, now->fullchain))
		bystanders_note(known, name, &before);
	return NULL;
}

struct err *fallbacks_follow(struct bystanders *known, const struct fallbacks *before,
			     struct config *c, const char *fullchain)
{
	AUTO(aftermath_release) struct aftermath now = { .config = c, .fullchain = fullchain };

	if (before->count == 0)
		return NULL;
	TRY(vhosts_gather(&now.vhosts, c));
	for (size_t i = 0; i < before->count; i++) {
		const struct fallback *f = &before->items[i];

		for (size_t n = 0; n < f->names.count; n++)
			TRY(follow_name(known, &now, f, f->names.items[n]));
	}
	return NULL;
}

void fallbacks_release(struct fallbacks *l)
{
	for (size_t i = 0; i < l->count; i++)
		release(&l->items[i]);
	free(l->items);
	*l = (struct fallbacks){ 0 };
}
