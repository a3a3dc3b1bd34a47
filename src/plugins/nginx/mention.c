#include "plugins/nginx/mention.h"

#include <string.h>

struct search {
	const struct mentions *mentions;
	struct config *config;
	const char *root;
};

static struct err *visit(void *search, struct directive *d)
{
	const struct search *s = search;
	bool of_tls = strstr(d->words[0].value, "ssl_") != NULL;
	bool found = false;

	for (size_t i = 1; i < d->word_count && !found; i++)
		found = mention_is(s->mentions, s->root, d->words[i].value, of_tls);
	if (found) {
		AUTO(free) char *place = directive_place(d);

		(void)strlist_add_unique(s->mentions->found, place);
	}
	return d->first != NULL ? config_each(s->config, d, visit, search) : NULL;
}

struct err *mentions_add(const struct mentions *m, struct config *c)
{
	AUTO(free) char *root = config_path(c, "");
	struct search s = { m, c, root };

	return config_each(c, NULL, visit, &s);
}
