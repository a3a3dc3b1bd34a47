#include "base/ini.h"

#include <string.h>

#include "base/ini_file.h"
#include "base/limits.h"

struct ini *ini_new(void)
{
	struct ini *f = xcalloc(1, sizeof(*f));

	f->initial = xstrdup("");
	f->final = xstrdup("");
	f->eol = xstrdup("\n");
	f->indent = xstrdup("");
	f->top.name = xstrdup("");
	f->top.lead = xstrdup("");
	f->top.line = xstrdup("");
	return f;
}

static void entry_release(struct ini_entry *e)
{
	ini_value_release(&e->value);
	free(e->key);
	free(e->lead);
	free(e->head);
	free(e->body);
	free(e->tail);
}

static void section_release(struct ini_section *s)
{
	for (size_t i = 0; i < s->entry_count; i++)
		entry_release(&s->entries[i]);
	for (size_t i = 0; i < s->section_count; i++) {
		section_release(s->sections[i]);
		free(s->sections[i]);
	}
	free(s->entries);
	free(s->sections);
	free(s->name);
	free(s->lead);
	free(s->line);
}

void ini_free(struct ini *f)
{
	if (f == NULL)
		return;
	section_release(&f->top);
	free(f->initial);
	free(f->final);
	free(f->eol);
	free(f->indent);
	free(f);
}

struct ini_entry *ini_find_entry(const struct ini_section *s, const char *key)
{
	for (size_t i = 0; i < s->entry_count; i++)
		if (streq(s->entries[i].key, key))
			return &s->entries[i];
	return NULL;
}

struct ini_section *ini_find_section(const struct ini_section *s, const char *name, size_t name_len)
{
	for (size_t i = 0; i < s->section_count; i++)
		if (strlen(s->sections[i]->name) == name_len &&
		    memcmp(s->sections[i]->name, name, name_len) == 0)
			return s->sections[i];
	return NULL;
}

struct ini_entry *ini_add_entry(struct ini_section *s, char *key)
{
	if ((s->entry_count & (s->entry_count + 1)) == 0)
		s->entries = xrealloc(s->entries, 2 * s->entry_count + 2, sizeof(*s->entries));
	s->entries[s->entry_count] = (struct ini_entry){ .key = key };
	return &s->entries[s->entry_count++];
}

struct ini_section *ini_add_section(struct ini_section *s, char *name)
{
	struct ini_section *sub = xcalloc(1, sizeof(*sub));

	*sub = (struct ini_section){ .name = name,
				     .parent = s,
				     .depth = s->depth + 1,
				     .lead = xstrdup(""),
				     .line = xstrdup("") };
	s->sections = xrealloc(s->sections, s->section_count + 1, sizeof(*s->sections));
	s->sections[s->section_count++] = sub;
	return sub;
}

struct ini_section *ini_section_at(const struct ini_section *s, const char *path)
{
	while (s != NULL && *path != '\0') {
		size_t len = strcspn(path, "/");

		s = ini_find_section(s, path, len);
		path += len + (path[len] == '/');
	}
	/* the tree is ours to change wherever the caller's ini is; const is only on the way */
	return (struct ini_section *)(uintptr_t)s;
}

bool ini_has_section(const struct ini *f, const char *section)
{
	return ini_section_at(&f->top, section) != NULL;
}

static const struct ini_entry *entry_at(const struct ini *f, const char *section, const char *key)
{
	const struct ini_section *s = ini_section_at(&f->top, section);

	return s != NULL ? ini_find_entry(s, key) : NULL;
}

bool ini_has(const struct ini *f, const char *section, const char *key)
{
	return entry_at(f, section, key) != NULL;
}

void ini_keys(struct strlist *out, const struct ini *f, const char *section)
{
	const struct ini_section *s = ini_section_at(&f->top, section);

	for (size_t i = 0; s != NULL && i < s->entry_count; i++)
		strlist_add(out, s->entries[i].key);
}

void ini_sections(struct strlist *out, const struct ini *f, const char *section)
{
	const struct ini_section *s = ini_section_at(&f->top, section);

	for (size_t i = 0; s != NULL && i < s->section_count; i++)
		strlist_add(out, s->sections[i]->name);
}

static char *indentation(const struct ini *f, size_t depth)
{
	struct buf b = BUF_INIT(LIMIT_FILE);

	for (size_t i = 0; i < depth; i++)
		buf_adds(&b, f->indent);
	return buf_detach(&b);
}

static struct ini_section *make_section(const struct ini *f, struct ini_section *parent, char *name)
{
	AUTO(free) char *quoted = ini_quote_item(name);
	AUTO(free) char *indent = indentation(f, parent->depth + 1);
	AUTO(buf_release) struct buf line = BUF_INIT(LIMIT_FILE);
	struct ini_section *s = ini_add_section(parent, name);

	buf_adds(&line, indent);
	for (size_t i = 0; i < s->depth; i++)
		buf_addc(&line, '[');
	buf_adds(&line, quoted);
	for (size_t i = 0; i < s->depth; i++)
		buf_addc(&line, ']');
	buf_adds(&line, f->eol);
	free(s->line);
	s->line = buf_detach(&line);
	return s;
}

static struct ini_section *section_made(struct ini *f, const char *path)
{
	struct ini_section *s = &f->top;

	while (*path != '\0') {
		size_t len = strcspn(path, "/");
		struct ini_section *sub = ini_find_section(s, path, len);

		s = sub != NULL ? sub : make_section(f, s, xstrndup(path, len));
		path += len + (path[len] == '/');
	}
	return s;
}

static struct ini_entry *make_entry(const struct ini *f, struct ini_section *s, const char *key)
{
	AUTO(free) char *quoted = ini_quote_item(key);
	AUTO(free) char *indent = indentation(f, s->depth);
	struct ini_entry *e = ini_add_entry(s, xstrdup(key));

	e->lead = xstrdup("");
	e->head = str_fmt("%s%s = ", indent, quoted);
	e->tail = xstrdup(f->eol);
	return e;
}

/* Takes body. A value that is there already keeps its bytes. */
static void put(struct ini *f, const char *section, const char *key, const struct ini_value *value,
		char *body)
{
	struct ini_section *s = section_made(f, section);
	struct ini_entry *e = ini_find_entry(s, key);

	if (e == NULL)
		e = make_entry(f, s, key);
	else if (e->value.is_list == value->is_list &&
		 strlist_same(&e->value.items, &value->items)) {
		free(body);
		return;
	}
	strlist_release(&e->value.items);
	strlist_add_all(&e->value.items, &value->items);
	e->value.is_list = value->is_list;
	free(e->body);
	e->body = body;
}

void ini_set(struct ini *f, const char *section, const char *key, const char *value)
{
	AUTO(ini_value_release) struct ini_value v = { 0 };

	strlist_add(&v.items, value);
	put(f, section, key, &v, ini_quote(value));
}

void ini_set_list(struct ini *f, const char *section, const char *key, const struct strlist *values)
{
	const struct ini_value v = { .items = *values, .is_list = true };

	put(f, section, key, &v, ini_quote_list(values));
}

void ini_remove(struct ini *f, const char *section, const char *key)
{
	struct ini_section *s = ini_section_at(&f->top, section);
	struct ini_entry *e = s != NULL ? ini_find_entry(s, key) : NULL;
	size_t behind;

	if (e == NULL)
		return;
	behind = s->entry_count - (size_t)(e - s->entries) - 1;
	entry_release(e);
	memmove(e, e + 1, behind * sizeof(*e));
	s->entry_count--;
}

void ini_remove_section(struct ini *f, const char *section)
{
	struct ini_section *s = ini_section_at(&f->top, section);
	struct ini_section *parent = s != NULL ? s->parent : NULL;

	if (parent == NULL)
		return;
	for (size_t i = 0; i < parent->section_count; i++) {
		if (parent->sections[i] != s)
			continue;
		section_release(s);
		free(s);
		memmove(&parent->sections[i], &parent->sections[i + 1],
			(parent->section_count - i - 1) * sizeof(struct ini_section *));
		parent->section_count--;
		return;
	}
}

static void write_section(const struct ini_section *s, struct buf *out)
{
	buf_adds(out, s->lead);
	buf_adds(out, s->line);
	for (size_t i = 0; i < s->entry_count; i++) {
		const struct ini_entry *e = &s->entries[i];

		buf_adds(out, e->lead);
		buf_adds(out, e->head);
		buf_adds(out, e->body);
		buf_adds(out, e->tail);
	}
	for (size_t i = 0; i < s->section_count; i++)
		write_section(s->sections[i], out);
}

void ini_write(const struct ini *f, struct buf *out)
{
	buf_adds(out, f->initial);
	write_section(&f->top, out);
	buf_adds(out, f->final);
}
