#include "ca/config/reader.h"

#include <string.h>

#include "base/limits.h"
#include "ca/config/nearest.h"
#include "ca/config/value.h"

#define SHOWN 80
#define SECTIONS_MAX 1000

/* --- where things are in struct ca_config */

static size_t *count_of(const struct ca_config *c, const struct config_section *section)
{
	return (size_t *)((uintptr_t)c + section->count_offset);
}

size_t config_struct_count(const struct ca_config *c, const struct config_section *section)
{
	return section->repeated ? *count_of(c, section) : 1;
}

void *config_struct(const struct ca_config *c, const struct config_section *section, size_t index)
{
	void *field = (void *)((uintptr_t)c + section->offset);

	if (!section->repeated)
		return field;
	char *first = *(char **)field;

	return first != NULL ? first + index * section->size : NULL;
}

void config_set_fallbacks(void *into, const struct config_section *section, const char *dir)
{
	for (size_t i = 0; i < section->key_count; i++) {
		const struct config_key *key = &section->keys[i];

		/* A row whose own fallback it refuses does not get past the tests. */
		if (key->fallback != NULL)
			err_ignore(config_value_set((char *)into + key->offset, key, key->fallback,
						    dir));
	}
}

/* One more struct of a repeated section. */
static void *append(struct ca_config *c, const struct config_section *section, const char *name)
{
	char **array = (char **)((uintptr_t)c + section->offset);
	size_t *count = count_of(c, section);
	char *added;

	*array = xrealloc(*array, *count + 1, section->size);
	added = *array + *count * section->size;
	memset(added, 0, section->size);
	*(char **)added = xstrdup(name);
	(*count)++;
	return added;
}

/* --- refusals */

struct err *config_refuse(const struct config_reader *r, unsigned line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	AUTO(free) char *text = str_vfmt(fmt, args);

	va_end(args);
	if (line == 0)
		return err_new(ERR_CONFIG, "%s: %s", r->path, text);
	return err_new(ERR_CONFIG, "%s:%u: %s", r->path, line, text);
}

/* " (did you mean \"listen\"?)" or what there is. */
static char *advice(struct nearest *n, struct strlist *all)
{
	for (size_t i = 0; i < all->count; i++)
		nearest_try(n, all->items[i]);
	if (n->found != NULL)
		return str_fmt("did you mean \"%s\"?", n->found);
	AUTO(free) char *list = strlist_join(all, ", ");

	return str_fmt("there are %s", list);
}

static struct err *refuse_key(const struct config_reader *r, const char *name)
{
	AUTO(strlist_release) struct strlist all = { 0 };
	struct nearest n = { .word = name };

	for (size_t i = 0; i < r->section->key_count; i++)
		strlist_add(&all, r->section->keys[i].name);
	AUTO(free) char *hint = advice(&n, &all);
	AUTO(free) char *shown = str_printable(name, SHOWN);

	return config_refuse(r, r->line, "[%s] has no key \"%s\"; %s", r->section->name, shown,
			     hint);
}

static struct err *refuse_section(const struct config_reader *r, const char *name)
{
	AUTO(strlist_release) struct strlist all = { 0 };
	struct nearest n = { .word = name };

	for (size_t i = 0; i < config_section_count; i++)
		strlist_add(&all, config_sections[i]->name);
	AUTO(free) char *hint = advice(&n, &all);
	AUTO(free) char *shown = str_printable(name, SHOWN);

	return config_refuse(r, r->line, "there is no section [%s]; %s", shown, hint);
}

/* --- sections */

unsigned config_begin_line(const struct config_reader *r, const struct config_section *section,
			   size_t index)
{
	for (size_t i = 0; i < r->begun_count; i++)
		if (r->begun[i].section == section && r->begun[i].index == index)
			return r->begun[i].line;
	return 0;
}

/* config_section_count: there is none of that name. */
static size_t find_section(const char *name)
{
	size_t i = 0;

	while (i < config_section_count && !streq(config_sections[i]->name, name))
		i++;
	return i;
}

static struct err *check_name(const struct config_reader *r, const struct config_section *section,
			      const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	if (!section->repeated && name[0] != '\0')
		return config_refuse(r, r->line, "[%s] takes no name behind it", section->name);
	if (section->repeated && name[0] == '\0')
		return config_refuse(r, r->line, "[%s] needs a name, such as [%s one]",
				     section->name, section->name);
	if (name[strspn(name, allowed)] != '\0')
		return config_refuse(r, r->line,
				     "a name of [%s] is made of letters, digits, '-', '_' and '.'",
				     section->name);
	return NULL;
}

static struct err *check_once(const struct config_reader *r, const struct config_section *section,
			      const char *name)
{
	size_t count = section->repeated ? config_struct_count(r->config, section) : 0;
	unsigned line = section->repeated ? 0 : config_begin_line(r, section, 0);

	for (size_t i = 0; i < count && line == 0; i++)
		if (streq(*(char **)config_struct(r->config, section, i), name))
			line = config_begin_line(r, section, i);
	if (line == 0)
		return NULL;
	return config_refuse(r, r->line, "[%s%s%s] stands at line %u already", section->name,
			     name[0] != '\0' ? " " : "", name, line);
}

static void begin(struct config_reader *r, const struct config_section *section, const char *name)
{
	size_t index = 0;

	if (section->repeated) {
		index = config_struct_count(r->config, section);
		config_set_fallbacks(append(r->config, section, name), section, r->config->dir);
	}
	r->section = section;
	r->into = config_struct(r->config, section, index);
	free(r->set_at);
	r->set_at = xcalloc(section->key_count, sizeof(*r->set_at));
	r->begun = xrealloc(r->begun, r->begun_count + 1, sizeof(*r->begun));
	r->begun[r->begun_count++] =
		(struct config_begin){ .section = section, .index = index, .line = r->line };
}

static struct err *read_section(struct config_reader *r, const char *line)
{
	size_t len = strlen(line);

	if (line[len - 1] != ']')
		return config_refuse(r, r->line, "a section's line ends with ']'");
	AUTO(free) char *inner = xstrndup(line + 1, len - 2);
	AUTO(free) char *all = str_trimmed(inner);
	size_t word_len = strcspn(all, " \t");
	AUTO(free) char *word = xstrndup(all, word_len);
	AUTO(free) char *name = str_trimmed(all + word_len);
	size_t found = find_section(word);

	if (found == config_section_count)
		return refuse_section(r, word);
	const struct config_section *section = config_sections[found];

	if (r->begun_count == SECTIONS_MAX)
		return config_refuse(r, r->line, "more than %d sections", SECTIONS_MAX);
	TRY(check_name(r, section, name));
	TRY(check_once(r, section, name));
	begin(r, section, name);
	return NULL;
}

/* --- keys */

/* "..." is taken as it stands; else white space around goes, and what looks like a comment is refused. */
static struct err *read_value(const struct config_reader *r, char **out, const char *text)
{
	AUTO(free) char *value = str_trimmed(text);
	size_t len = strlen(value);

	if (value[0] == '"') {
		if (len < 2 || value[len - 1] != '"' || memchr(value + 1, '"', len - 2) != NULL)
			return config_refuse(r, r->line,
					     "a value in \"\" ends with \" and has none within");
		*out = xstrndup(value + 1, len - 2);
		return NULL;
	}
	if (strstr(value, " #") != NULL || strstr(value, "\t#") != NULL)
		return config_refuse(
			r, r->line,
			"comments stand on lines of their own; a value with # goes in \"\"");
	*out = MOVE(value);
	return NULL;
}

static struct err *set_key(struct config_reader *r, size_t i, const char *value)
{
	const struct config_key *key = &r->section->keys[i];

	if (r->set_at[i] != 0)
		return config_refuse(r, r->line, "%s was set at line %u already", key->name,
				     r->set_at[i]);
	r->set_at[i] = r->line;
	AUTO(err_free)
	struct err *e = config_value_set((char *)r->into + key->offset, key, value, r->config->dir);

	return e != NULL ? config_refuse(r, r->line, "%s", e->msg) : NULL;
}

static struct err *read_key(struct config_reader *r, const char *line)
{
	const char *equals = strchr(line, '=');

	if (equals == NULL)
		return config_refuse(r, r->line, "neither `[section]` nor `key = value`");
	if (r->section == NULL)
		return config_refuse(r, r->line, "a key before any [section]");
	AUTO(free) char *left = xstrndup(line, (size_t)(equals - line));
	AUTO(free) char *name = str_trimmed(left);
	AUTO(free) char *value = NULL;

	TRY(read_value(r, &value, equals + 1));
	for (size_t i = 0; i < r->section->key_count; i++)
		if (streq(r->section->keys[i].name, name))
			return set_key(r, i, value);
	return refuse_key(r, name);
}

static struct err *read_line(struct config_reader *r, const char *text, size_t len)
{
	AUTO(free) char *raw = xstrndup(text, len);
	AUTO(free) char *line = str_trimmed(raw);

	if (strlen(raw) != len)
		return config_refuse(r, r->line, "a NUL byte: not a text file");
	if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
		return NULL;
	if (line[0] != '[')
		return r->skipping ? NULL : read_key(r, line);
	struct err *e = read_section(r, line);

	r->skipping = e != NULL;
	return e;
}

/* Takes e. */
static struct err *note(struct config_reader *r, struct err *e)
{
	if (e == NULL || r->problems == NULL)
		return e;
	strlist_add(r->problems, e->msg);
	err_free(e);
	return NULL;
}

struct err *config_read(struct config_reader *r, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline != NULL ? newline : end;

		r->line++;
		TRY(note(r, read_line(r, text, (size_t)(stop - text))));
		text = stop + 1;
	}
	return NULL;
}

void config_reader_release(struct config_reader *r)
{
	free(r->set_at);
	free(r->begun);
}
