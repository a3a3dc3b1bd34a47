#include "srv/generation.h"

#include "net/process.h"

void generation_note(struct generation *g, pid_t master)
{
	pid_t *children = NULL;
	size_t count = 0;

	*g = (struct generation){ .master = master };
	if (master != 0)
		process_children(master, &children, &count);
	g->workers = children;
	for (size_t i = 0; i < count;
	     i++) /* helpers, such as those that write logs, are no workers */
		if (process_accepts(children[i]))
			g->workers[g->count++] = children[i];
}

pid_t generation_serving(const struct generation *g)
{
	for (size_t i = 0; i < g->count; i++)
		if (process_accepts(g->workers[i]))
			return g->workers[i];
	return 0;
}

bool generation_is_whole(const struct generation *g)
{
	for (size_t i = 0; i < g->count; i++)
		if (!process_accepts(g->workers[i]))
			return false;
	return true;
}

static bool has(const struct generation *g, pid_t worker)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->workers[i] == worker)
			return true;
	return false;
}

pid_t generation_successor(const struct generation *g)
{
	AUTO(generation_release) struct generation now = { 0 };

	generation_note(&now, g->master);
	for (size_t i = 0; i < now.count; i++)
		if (!has(g, now.workers[i]))
			return now.workers[i];
	return 0;
}

void generation_release(struct generation *g)
{
	free(g->workers);
}
