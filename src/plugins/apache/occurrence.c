#include "plugins/apache/occurrence.h"

#include "plugins/apache/condition.h"

struct search {
	struct apache_occurrences *found;
	const char *directive;
	enum apache_reach reach;
};

/* Where the reading is. */
struct at {
	struct apache_file *file;
	const struct apache_node *section;
	bool included, of_macro;
};

static void search_in(const struct search *s, const struct at *at);

static void add(struct apache_occurrences *l, const struct at *at, struct apache_node *n)
{
	l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
	l->items[l->count++] = (struct apache_occurrence){
		.file = at->file, .node = n, .included = at->included, .of_macro = at->of_macro
	};
}

/* Modules that are missing now are enabled before it counts. */
static bool is_entered(const struct search *s, const struct apache_node *n)
{
	if (!apache_is_condition(n->name))
		return s->reach == APACHE_ANYWHERE && !apache_is(n, "Macro");
	return !n->passed_over || apache_is(n, "IfModule");
}

static void follow(const struct search *s, const struct at *at, const struct apache_node *n)
{
	for (const struct apache_lead *l = n->leads; l != NULL; l = l->next)
		search_in(s, &(struct at){ .file = l->file,
					   .section = l->section,
					   .included = true,
					   .of_macro = at->of_macro || apache_is(n, "Use") });
}

static void search_in(const struct search *s, const struct at *at)
{
	for (struct apache_node *n = at->section->first; n != NULL; n = n->next) {
		if (n->kind == APACHE_SECTION && is_entered(s, n))
			search_in(s, &(struct at){ at->file, n, at->included, at->of_macro });
		else if (n->kind == APACHE_DIRECTIVE && apache_is(n, s->directive))
			add(s->found, at, n);
		else
			follow(s, at, n);
	}
}

void apache_occurrences_find(struct apache_occurrences *out, const struct apache_vhost *v,
			     const char *directive, enum apache_reach reach)
{
	const struct search s = { .found = out, .directive = directive, .reach = reach };

	search_in(&s, &(struct at){ .file = v->file, .section = v->node });
}

const struct apache_occurrence *apache_occurrences_last(const struct apache_occurrences *l)
{
	return l->count > 0 ? &l->items[l->count - 1] : NULL;
}

void apache_occurrences_release(struct apache_occurrences *l)
{
	free(l->items);
	*l = (struct apache_occurrences){ 0 };
}
