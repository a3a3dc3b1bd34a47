#include "plugins/nginx/sharing.h"

#include "srv/vouch.h"

static bool is_target(const struct sharing *s, const struct vhost *h)
{
	for (size_t i = 0; i < s->targets->count; i++)
		if (s->targets->items[i]->block == h->block)
			return true;
	return false;
}

/* All that it serves is for this certificate: it is to show that too. Names that nobody can ask for do not count. */
static bool is_of_certificate(const struct sharing *s, const struct vhost *h)
{
	for (size_t i = 0; s->names != NULL && i < h->names.count; i++) {
		const char *name = h->names.items[i];
		AUTO(free) char *below = *name == '.' ? str_fmt("*%s", name) : xstrdup(name);

		if (*name == '\0' || streq(name, "_"))
			continue;
		if (!names_hold(s->names, name + (*name == '.')) || !names_hold(s->names, below))
			return false;
	}
	return s->names != NULL;
}

static bool is_among(const struct directive *first, const struct directive *line)
{
	for (const struct directive *d = first; d != NULL; d = d->next)
		if (d == line)
			return true;
	return false;
}

bool sharing_leads_to(const struct directive *include, const struct directive *line)
{
	for (size_t i = 0; i < include->included_count; i++) {
		struct directive *first = include->included[i]->first;

		if (is_among(first, line) || sharing_include(first, line) != NULL)
			return true;
	}
	return false;
}

struct directive *sharing_include(struct directive *first, const struct directive *line)
{
	for (struct directive *d = first; d != NULL; d = d->next)
		if (directive_is(d, "include") && sharing_leads_to(d, line))
			return d;
	return NULL;
}

bool sharing_has_others(const struct sharing *s, const struct directive *d)
{
	for (size_t i = 0; d->parent == NULL && i < s->vhosts->count; i++) {
		const struct vhost *h = s->vhosts->items[i];

		if (!is_target(s, h) && !is_of_certificate(s, h) &&
		    sharing_include(h->block->first, d) != NULL)
			return true;
	}
	return false;
}

struct directive *sharing_next_include(const struct directive *include,
				       const struct directive *line)
{
	struct directive *next = NULL;

	for (size_t i = 0; next == NULL && i < include->included_count; i++)
		next = sharing_include(include->included[i]->first, line);
	return next;
}

struct directive *sharing_own_include(const struct sharing *s, const struct directive *block,
				      const struct directive *line)
{
	struct directive *own = sharing_include(block->first, line), *next = own;

	while (next != NULL && !sharing_has_others(s, next)) {
		own = next;
		next = sharing_next_include(own, line);
	}
	return own;
}
