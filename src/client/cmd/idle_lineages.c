#include "client/cmd/idle_lineages.h"

void idle_lineages_release(struct idle_lineages *i)
{
	index_free(i->index);
	free(i->till);
}

void idle_lineages_find(struct idle_lineages *out, const struct client *c,
			const struct strlist *names, const struct strlist *unfinished)
{
	const struct options *o = c->opt;

	out->till = xcalloc(names->count + 1, sizeof(*out->till));
	if (o->cert_name != NULL || o->force_renewal || o->dry_run)
		return;
	out->index = index_open(c->tree, c->world->clock);
	index_idle(out->till, out->index, names);
	for (size_t i = 0; i < names->count; i++)
		if (strlist_has(unfinished, names->items[i]))
			out->till[i] = 0;
}

/* The next run need not look into it. */
static bool remember(struct idle_lineages *i, const struct ahead *a, enum index_source source)
{
	struct look before = a->look, now = a->look;
	const struct lineage *l = a->lineage;

	if (!a->looked)
		return false;
	const struct lineage_facts *f = index_find(i->index, l->name, &before, LOOK_COUNT);

	if (source == INDEX_WRITTEN && !index_look(&now, i->index, l->name, LOOK_COUNT))
		return false;
	before.files[LOOK_CONF] = now.files[LOOK_CONF];
	return look_same(&before, &now, LOOK_COUNT) &&
	       index_put(i->index, l, &now, source, f != NULL && f->verified);
}

/* That there is no advice need not be written into Certbot's tree where we remember it ourselves. */
struct err *idle_lineages_note(struct idle_lineages *i, const struct ahead *a, enum due_news news)
{
	if (news != DUE_NEWS_ADVICE && remember(i, a, INDEX_READ))
		return NULL;
	if (news == DUE_NO_NEWS)
		return NULL;
	TRY(lineage_save_conf(a->lineage));
	(void)remember(i, a, INDEX_WRITTEN);
	return NULL;
}

void idle_lineages_save(struct idle_lineages *i, const struct strlist *names)
{
	if (i->index != NULL)
		err_ignore(index_save(i->index, names)); /* without it the next run reads more */
}
