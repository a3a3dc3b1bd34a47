#include "plugins/nginx/beside.h"

#include <string.h>

#include "plugins/nginx/pair.h"

/* A name, or "*.NAME"; what else a block may have is found by the names of its certificates. */
static bool is_name(const char *word)
{
	const char *rest = word + (str_starts(word, "*.") ? 2 : 0);

	return *rest != '\0' && strpbrk(rest, "*~$") == NULL && !streq(rest, "_");
}

/* ".a.test" is two. */
static void add_names_of(struct strlist *out, const char *word)
{
	const char *bare = word + (*word == '.');

	if (!is_name(bare))
		return;
	(void)strlist_add_unique(out, bare);
	if (bare != word)
		strlist_take(out, str_fmt("*%s", word));
}

/* How a name is served now. */
struct service {
	struct strlist paths;
	bool answered, displaced;
	bool unknown; /* by files that have no names here: a variable has them */
};

static void service_release(struct service *s)
{
	strlist_release(&s->paths);
}

AUTO_RELEASE(struct service, service_release)

static void add_pair(struct service *out, const struct pair *p, const struct config *c)
{
	char *path = pair_path(p, c);

	if (path != NULL)
		strlist_take(&out->paths, path);
	else
		out->unknown |= p->certificate != NULL;
}

/* The certificates that count; of a target only the one that goes. */
static struct err *add_shown(struct service *out, const struct beside *b, const struct vhost *h)
{
	AUTO(pairs_release) struct pairs shown = { 0 };

	TRY(pairs_shown(&shown, b->config, b->vhosts, h));
	if (targets_have(b->targets, h)) {
		const struct pair old = pairs_replaced(&shown, b->config, b->fullchain);

		add_pair(out, &old, b->config);
		return NULL;
	}
	for (size_t i = 0; i < shown.count; i++)
		add_pair(out, &shown.items[i], b->config);
	return NULL;
}

static struct err *find_answers(struct service *out, const struct beside *b, const char *name,
				bool named)
{
	for (size_t i = 0; i < b->vhosts->socket_count; i++) {
		const struct socket *s = &b->vhosts->sockets[i];
		const struct vhost *h = NULL;
		bool by_name = false;

		if (s->ssl)
			TRY(socket_choose(&h, &by_name, s, name));
		if (h == NULL || by_name != named)
			continue;
		out->answered = true;
		out->displaced |= targets_have(b->targets, h);
		TRY(add_shown(out, b, h));
	}
	return NULL;
}

/* By the blocks that have the name; where there is none, by those that answer instead. */
static struct err *find_service(struct service *out, const struct beside *b, const char *name)
{
	TRY(find_answers(out, b, name, true));
	return out->answered ? NULL : find_answers(out, b, name, false);
}

static struct err *note(struct bystanders *out, const struct beside *b, const struct vhost *target,
			const char *name)
{
	AUTO(service_release) struct service s = { 0 };
	AUTO(free) char *place = directive_place(target->block);
	AUTO(free) char *lower = xstrdup(name);

	str_lower(lower);
	if (bystanders_know(out, lower))
		return NULL;
	TRY(find_service(&s, b, lower));
	bystanders_note(out, lower,
			&(struct bystander_service){ .place = place,
						     .fullchains = &s.paths,
						     .displaced = s.displaced,
						     .unknown = s.unknown });
	return NULL;
}

static struct err *takes(bool *out, const struct beside *b, const struct vhost *h, const char *name)
{
	*out = false;
	for (size_t i = 0; i < b->vhosts->socket_count && !*out; i++) {
		const struct vhost *chosen = NULL;
		bool by_name = false;

		if (b->vhosts->sockets[i].ssl)
			TRY(socket_choose(&chosen, &by_name, &b->vhosts->sockets[i], name));
		*out = by_name && chosen == h;
	}
	return NULL;
}

/*
 * What a regex takes cannot be listed: but the names of the certificate that it shows, if it is these that it takes. Names that a block
 * answers for as the default alone are no reason to ask: who installs there gives that block another certificate.
 */
static struct err *add_certified(struct strlist *out, struct bystanders *known,
				 const struct beside *b, const struct vhost *h)
{
	AUTO(service_release) struct service shown = { 0 };

	TRY(add_shown(&shown, b, h));
	for (size_t i = 0; i < shown.paths.count; i++) {
		const struct strlist *names = bystanders_certified(known, shown.paths.items[i]);

		for (size_t n = 0; n < names->count; n++) {
			bool yes = false;

			TRY(takes(&yes, b, h, names->items[n]));
			if (yes)
				(void)strlist_add_unique(out, names->items[n]);
		}
	}
	return NULL;
}

static struct err *note_names_of(struct bystanders *out, const struct beside *b,
				 const struct vhost *target)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	for (size_t i = 0; i < target->names.count; i++)
		add_names_of(&names, target->names.items[i]);
	if (vhost_has_ssl(b->vhosts, target))
		TRY(add_certified(&names, out, b, target));
	for (size_t i = 0; i < names.count; i++)
		TRY(note(out, b, target, names.items[i]));
	return NULL;
}

struct err *beside_note(struct bystanders *out, const struct beside *b)
{
	for (size_t i = 0; i < b->targets->count; i++)
		TRY(note_names_of(out, b, b->targets->items[i]));
	return NULL;
}

static struct err *add_if_showing(struct targets *out, const struct beside *b,
				  const struct vhost *h)
{
	AUTO(service_release) struct service shown = { 0 };

	if (!vhost_has_ssl(b->vhosts, h))
		return NULL;
	TRY(add_shown(&shown, b, h));
	if (strlist_has(&shown.paths, b->fullchain))
		targets_add(out, h);
	return NULL;
}

struct err *beside_note_showing(struct bystanders *out, struct config *c, const char *fullchain)
{
	AUTO(vhosts_release) struct vhosts v = { 0 };
	AUTO(targets_release) struct targets showing = { 0 };
	const struct beside b = { c, &v, &showing, fullchain };

	TRY(vhosts_gather(&v, c));
	for (size_t i = 0; i < v.count; i++)
		TRY(add_if_showing(&showing, &b, v.items[i]));
	return beside_note(out, &b);
}

static bool is_elsewhere(const struct bystander *b)
{
	return bystander_may_lose(b) && !b->displaced;
}

static bool has_any_elsewhere(const struct bystanders *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (is_elsewhere(&l->items[i]))
			return true;
	return false;
}

struct err *beside_follow(struct bystanders *known, struct config *c, const char *fullchain)
{
	static const struct targets none = { 0 };
	AUTO(vhosts_release) struct vhosts v = { 0 };
	const struct beside now = { c, &v, &none, fullchain };

	if (!has_any_elsewhere(known))
		return NULL;
	TRY(vhosts_gather(&v, c));
	for (size_t i = 0; i < known->count; i++) {
		AUTO(service_release) struct service s = { 0 };

		if (!is_elsewhere(&known->items[i]))
			continue;
		TRY(find_service(&s, &now, known->items[i].name));
		known->items[i].displaced = strlist_has(&s.paths, fullchain);
	}
	return NULL;
}
