/* cli.ini: lines of `key = value`, where a key is a long option (certbot.md 3). A line becomes what it would be in argv. */
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/limits.h"
#include "client/opt/option.h"

static const char *const yes_words[] = { "true", "yes", "on", "1", NULL };
static const char *const no_words[] = { "false", "no", "off", "0", NULL };

static bool is_word_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (streq_nocase(text, *words))
			return true;
	return false;
}

static bool is_ignored(const char *line)
{
	return line[0] == '\0' || strchr("#;[", line[0]) != NULL || str_starts(line, "---");
}

static const char *skip_space(const char *s)
{
	return s + strspn(s, " \t");
}

/* Nothing but a comment is left, which needs a space before it. */
static bool is_end(const char *rest)
{
	const char *p = skip_space(rest);

	return *p == '\0' || (p > rest && (*p == '#' || *p == ';'));
}

/* The value in quotes, if one of them ends it. */
static char *quoted_value(const char *s)
{
	if (*s != '"' && *s != '\'')
		return NULL;
	for (const char *end = s; (end = strchr(end + 1, *s)) != NULL;)
		if (is_end(end + 1))
			return xstrndup(s + 1, (size_t)(end - s) - 1);
	return NULL;
}

static char *plain_value(const char *s)
{
	size_t len = 0;

	while (!is_end(s + len))
		len++;
	return xstrndup(s, len);
}

struct line {
	char *key;
	bool dashed; /* "--" stands before it, which makes another key of it */
	char *value;
	bool bare; /* a key alone: its value is "true" */
	size_t number;
};

static void line_release(struct line *l)
{
	free(l->key);
	free(l->value);
}

AUTO_RELEASE(struct line, line_release)

struct lines {
	struct line *items;
	size_t count;
};

static void lines_release(struct lines *l)
{
	for (size_t i = 0; i < l->count; i++)
		line_release(&l->items[i]);
	free(l->items);
}

AUTO_RELEASE(struct lines, lines_release)

/* A key that comes again has its last value, in its first place. */
static void keep(struct lines *l, struct line *fresh)
{
	size_t i = 0;

	while (i < l->count &&
	       (l->items[i].dashed != fresh->dashed || !streq(l->items[i].key, fresh->key)))
		i++;
	if (i < l->count)
		line_release(&l->items[i]);
	else
		l->items = xrealloc(l->items, ++l->count, sizeof(*l->items));
	l->items[i] = *fresh;
	*fresh = (struct line){ 0 };
}

/* false: not a line of this grammar. A key alone means "true". */
static bool split(struct line *l, const char *text)
{
	size_t len = strcspn(text, ":=;# \t");
	const char *rest = skip_space(text + len);
	bool spaced = rest > text + len;
	bool separated = *rest == ':' || *rest == '=';

	if (len == 0 || (*rest != '\0' && !separated && !spaced))
		return false;
	l->dashed = str_starts(text, "--");
	l->key = l->dashed ? xstrndup(text + 2, len - 2) : xstrndup(text, len);
	if (!separated && is_end(text + len)) {
		l->value = xstrdup("true");
		l->bare = true;
		return true;
	}
	if (separated)
		rest = skip_space(rest + 1);
	l->value = quoted_value(rest);
	if (l->value == NULL)
		l->value = plain_value(rest);
	return true;
}

static void add_option(struct opt_items *out, size_t row, const struct line *l, const char *value)
{
	opt_items_add(out, (struct opt_item){
				   .kind = OPT_OPTION,
				   .spec = row,
				   .name = option_rows[row].spec.names[0],
				   .text = value != NULL ? xstrdup(value) : NULL,
				   .line = l->number,
			   });
}

/* "[a, b]": JSON, else the pieces between the commas. */
static void split_list(struct strlist *out, const char *value)
{
	AUTO(json_release) json_t *list = NULL;
	struct err *e = json_parse(&list, value, strlen(value), "list");
	AUTO(free) char *inner = xstrndup(value + 1, strlen(value) - 2);
	size_t i;
	json_t *item;

	if (e != NULL || !json_is_array(list)) {
		err_ignore(e);
		strlist_split(out, inner, ',');
		return;
	}
	json_array_foreach(list, i, item)
	{
		if (json_is_string(item))
			strlist_add(out, json_string_value(item));
		else
			strlist_take(out, json_compact(item));
	}
}

static struct err *add_list(struct opt_items *out, size_t row, const struct line *l)
{
	AUTO(strlist_release) struct strlist values = { 0 };

	if (!option_rows[row].kind->repeats)
		return err_new(ERR_USAGE, "%s takes one value, not the list %s", l->key, l->value);
	split_list(&values, l->value);
	for (size_t i = 0; i < values.count; i++)
		add_option(out, row, l, values.items[i]);
	return NULL;
}

static struct err *add_flag(struct opt_items *out, size_t row, const struct line *l)
{
	if (is_word_of(l->value, yes_words))
		add_option(out, row, l, NULL);
	else if (!is_word_of(l->value, no_words))
		return err_new(ERR_USAGE, "%s: '%s' is neither true nor false", l->key, l->value);
	return NULL;
}

/* Certbot takes "true" for the value of a key that stands alone, and orders a certificate for that name. */
static struct err *add_value(struct opt_items *out, size_t row, const struct line *l)
{
	if (l->bare)
		return err_new(ERR_USAGE, "%s needs a value", l->key);
	add_option(out, row, l, l->value);
	return NULL;
}

/* Certbot hands a key that it does not know to its command line, where the beginning of an option's name is enough. */
static struct err *add_as_argument(struct opt_items *out, const struct line *l)
{
	AUTO(free) char *word = str_fmt("--%s=%s", l->key, l->value);
	AUTO(opt_items_release) struct opt_items items = { 0 };

	TRY(opt_scan(&items, &option_table, 1, &word));
	for (size_t i = 0; i < items.count; i++) {
		struct opt_item item = items.items[i];

		item.text = MOVE(items.items[i].text);
		item.line = l->number;
		opt_items_add(out, item);
	}
	return NULL;
}

static struct err *add_line(struct opt_items *out, const struct line *l)
{
	AUTO(free) char *name = str_fmt("--%s", l->key);
	bool is_list = str_starts(l->value, "[") && str_ends(l->value, "]");
	size_t row = 0;

	if (!opt_find(&row, &option_table, name))
		return add_as_argument(out, l);
	if (option_rows[row].kind == &kind_config)
		return err_new(ERR_USAGE, "a configuration file cannot name another one");
	if (!option_rows[row].spec.takes_value)
		return add_flag(out, row, l);
	return is_list ? add_list(out, row, l) : add_value(out, row, l);
}

static struct err *read_line(struct lines *out, const char *raw, size_t len, size_t number)
{
	AUTO(free) char *whole = xstrndup(raw, len);
	AUTO(free) char *text = str_trimmed(whole);
	AUTO(line_release) struct line l = { .number = number };

	if (is_ignored(text))
		return NULL;
	if (!split(&l, text))
		return err_new(ERR_USAGE, "neither a key nor a comment: %s", text);
	keep(out, &l);
	return NULL;
}

static struct err *read_lines(struct lines *out, const char *text, const char *path)
{
	size_t number = 1;

	for (const char *p = text; *p != '\0'; number++) {
		size_t len = strcspn(p, "\n");

		TRY_WRAP(read_line(out, p, len, number), "%s, line %zu", path, number);
		p += len + (p[len] == '\n');
	}
	return NULL;
}

struct err *config_text_read(struct opt_items *out, const char *text, const char *path)
{
	AUTO(opt_items_release) struct opt_items items = { 0 };
	AUTO(lines_release) struct lines lines = { 0 };

	TRY(read_lines(&lines, text, path));
	for (size_t i = 0; i < lines.count; i++)
		TRY_WRAP(add_line(&items, &lines.items[i]), "%s, line %zu", path,
			 lines.items[i].number);
	*out = items;
	items = (struct opt_items){ 0 };
	return NULL;
}

struct err *config_file_read(struct opt_items *out, const char *path)
{
	AUTO(free) char *text = NULL;
	struct err *e = fs_read(&text, NULL, path, LIMIT_FILE);

	if (e != NULL)
		return err_wrap_as(ERR_USAGE, e, "reading the configuration file");
	return config_text_read(out, text, path);
}
