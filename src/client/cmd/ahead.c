#include "client/cmd/ahead.h"

#include "client/lineage/share.h"

static struct err *load(struct ahead *out, struct client *c, const char *name)
{
	TRY(lineage_load(&out->lineage, c->tree, name));
	out->opt = options_copy(c->opt);
	return options_apply_renewal(out->opt, out->lineage->conf);
}

void ahead_read(struct ahead *out, struct client *c, const struct lineage_index *index,
		const char *name)
{
	*out = (struct ahead){ 0 };
	out->looked = index != NULL && index_look(&out->look, index, name, LOOK_COUNT);
	out->broken = load(out, c, name);
}

struct reading {
	struct ahead *out;
	struct client *c;
	const struct lineage_index *index;
	char *const *names;
	const time_t *idle_till;
};

static void read_part(void *ctx, unsigned thread, size_t from, size_t to)
{
	const struct reading *r = ctx;

	(void)thread;
	for (size_t i = from; i < to; i++)
		if (r->idle_till[i] == 0)
			ahead_read(&r->out[i], r->c, r->index, r->names[i]);
}

void ahead_read_all(struct ahead *out, struct client *c, const struct lineage_index *index,
		    char *const *names, const time_t *idle_till, size_t count)
{
	struct reading r = {
		.out = out, .c = c, .index = index, .names = names, .idle_till = idle_till
	};

	share_work(count, read_part, &r);
}

void ahead_release(struct ahead *a)
{
	lineage_free(a->lineage);
	options_free(a->opt);
	err_free(a->broken);
	foresight_release(&a->foresight);
	*a = (struct ahead){ 0 };
}
