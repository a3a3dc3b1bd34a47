#include "srv/sites.h"

#include <string.h>

bool wildcard_covers(const char *wildcard, const char *name)
{
	size_t label = strcspn(name, ".");

	if (streq_nocase(wildcard, name))
		return true;
	return label > 0 && strcspn(name, "*?~$[^\\/: ") >= strlen(name) &&
	       streq_nocase(wildcard + 1, name + label);
}

struct site *sites_get(struct sites *l, const void *host)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].host == host)
			return &l->items[i];
	l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
	l->items[l->count] = (struct site){ .host = host };
	return &l->items[l->count++];
}

static void release(struct site *s)
{
	free(s->shown);
	strlist_release(&s->names);
}

void sites_keep_tls(struct sites *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		if (l->items[i].tls)
			l->items[kept++] = l->items[i];
		else
			release(&l->items[i]);
	}
	l->count = kept;
}

void sites_release(struct sites *l)
{
	for (size_t i = 0; i < l->count; i++)
		release(&l->items[i]);
	free(l->items);
	*l = (struct sites){ 0 };
}
