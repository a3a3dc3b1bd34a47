#include "client/auth/commons.h"

struct commons {
	struct plugin_common *items; /* items[i] is of plugins[i] */
};

struct commons *commons_new(void)
{
	struct commons *c = xcalloc(1, sizeof(*c));

	c->items = xcalloc(plugin_count, sizeof(*c->items));
	for (size_t i = 0; i < plugin_count; i++)
		if (pthread_mutex_init(&c->items[i].lock, NULL) != 0)
			abort();
	return c;
}

void commons_free(struct commons *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < plugin_count; i++) {
		if (c->items[i].release != NULL)
			c->items[i].release(c->items[i].data);
		(void)pthread_mutex_destroy(&c->items[i].lock);
	}
	free(c->items);
	free(c);
}

struct plugin_common *commons_of(struct commons *c, const struct plugin *p)
{
	for (size_t i = 0; i < plugin_count; i++)
		if (plugins[i] == p)
			return &c->items[i];
	return NULL;
}
