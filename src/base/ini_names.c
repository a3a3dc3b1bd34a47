/* Values with their %(name)s replaced, as ConfigObj does it. */
#include <string.h>

#include "base/ini_file.h"
#include "base/limits.h"

#define EXPANSIONS_MAX 1000 /* %(name)s in one value, those within values counted */

struct expansion {
	unsigned steps;
	/* what is being expanded, innermost first: a loop is found by looking back */
	const struct backtrail {
		const struct backtrail *outer;
		const struct ini_entry *entry;
	} * trail;
};

/* ConfigObj's search: the section, its DEFAULT, the same of each parent. */
static const struct ini_entry *find_upwards(const struct ini_section **s, const char *name)
{
	for (; *s != NULL; *s = (*s)->parent) {
		const struct ini_section *defaults = ini_find_section(*s, "DEFAULT",
								      strlen("DEFAULT"));
		const struct ini_entry *e = ini_find_entry(*s, name);

		if (e == NULL && defaults != NULL)
			e = ini_find_entry(defaults, name);
		if (e != NULL)
			return e;
	}
	return NULL;
}

/* The first %(name)s: *end is its ')'. Where a "%(" has another end, one may start further in. */
static const char *find_name(const char *text, const char **end)
{
	const char *start = text;

	for (; (start = strstr(start, "%(")) != NULL; start++) {
		*end = strchr(start, ')');
		if (*end == NULL)
			return NULL;
		if ((*end)[1] == 's')
			return start;
	}
	return NULL;
}

bool ini_has_names(const char *text)
{
	const char *end = NULL;

	return find_name(text, &end) != NULL;
}

static struct err *expand(struct buf *out, struct expansion *x, const struct ini_section *s,
			  const char *text);

static struct err *expand_name(struct buf *out, struct expansion *x, const struct ini_section *s,
			       const char *name)
{
	const struct ini_entry *e = find_upwards(&s, name);
	struct backtrail here = { .outer = x->trail, .entry = e };

	if (e == NULL)
		return err_new(ERR_PARSE, "%%(%s)s stands for nothing: there is no such key", name);
	if (e->value.is_list)
		return err_new(ERR_PARSE, "%%(%s)s stands for a list", name);
	for (const struct backtrail *b = x->trail; b != NULL; b = b->outer)
		if (b->entry == e)
			return err_new(ERR_PARSE, "%%(%s)s leads back to itself", name);
	if (++x->steps > EXPANSIONS_MAX)
		return err_new(ERR_LIMIT, "more than %d names within a value", EXPANSIONS_MAX);
	x->trail = &here;
	struct err *failed = expand(out, x, s, e->value.items.items[0]);

	x->trail = here.outer;
	return failed;
}

/* Replaces each %(name)s; any other percent sign is itself. */
static struct err *expand(struct buf *out, struct expansion *x, const struct ini_section *s,
			  const char *text)
{
	const char *start, *end = NULL;

	while ((start = find_name(text, &end)) != NULL) {
		AUTO(free) char *name = xstrndup(start + 2, (size_t)(end - start) - 2);

		buf_add(out, text, (size_t)(start - text));
		TRY(expand_name(out, x, s, name));
		text = end + 2;
	}
	buf_adds(out, text);
	return buf_check(out, "value with its names replaced");
}

static struct err *expand_all(struct strlist *out, const struct ini_section *s,
			      const struct ini_entry *e)
{
	for (size_t i = 0; i < e->value.items.count; i++) {
		AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_INI_VALUE);
		struct backtrail here = { .entry = e };
		struct expansion x = { .trail = &here };

		TRY_WRAP(expand(&b, &x, s, e->value.items.items[i]), "key %s", e->key);
		strlist_take(out, buf_detach(&b));
	}
	return NULL;
}

struct err *ini_get(char **out, const struct ini *f, const char *section, const char *key)
{
	AUTO(strlist_release) struct strlist items = { 0 };
	bool found = false;

	TRY(ini_get_list(&items, &found, f, section, key));
	*out = found ? strlist_join(&items, ", ") : NULL;
	return NULL;
}

struct err *ini_get_list(struct strlist *out, bool *found, const struct ini *f, const char *section,
			 const char *key)
{
	AUTO(strlist_release) struct strlist items = { 0 };
	const struct ini_section *s = ini_section_at(&f->top, section);
	const struct ini_entry *e = s != NULL ? ini_find_entry(s, key) : NULL;

	if (e != NULL)
		TRY(expand_all(&items, s, e));
	strlist_add_all(out, &items);
	*found = e != NULL;
	return NULL;
}
