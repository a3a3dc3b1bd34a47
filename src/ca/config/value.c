#include "ca/config/value.h"

#include <assert.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "ca/config/config.h"

#define SHOWN 80
#define RATE_COUNT_MAX 1000000000
#define RATE_PERIOD_MAX (400 * 24 * 60 * 60)

struct reading {
	void *field;
	const struct config_key *key;
	const char *text, *dir;
};

static bool fits(const struct config_key *key, const char *text)
{
	return key->fits == NULL || key->fits(text);
}

static char *place(const struct reading *r, const char *path)
{
	return path[0] == '/' ? xstrdup(path) : fs_join(r->dir, path);
}

static bool read_text(const struct reading *r)
{
	if (r->text[0] != '\0' && !fits(r->key, r->text))
		return false;
	*(char **)r->field = r->text[0] != '\0' ? xstrdup(r->text) : NULL;
	return true;
}

static bool read_path(const struct reading *r)
{
	*(char **)r->field = r->text[0] != '\0' ? place(r, r->text) : NULL;
	return true;
}

static bool read_list(const struct reading *r)
{
	AUTO(strlist_release) struct strlist items = { 0 };

	strlist_split(&items, r->text, ',');
	for (size_t i = 0; i < items.count; i++)
		if (!fits(r->key, items.items[i]))
			return false;
	*(struct strlist *)r->field = items;
	items = (struct strlist){ 0 };
	return true;
}

static bool read_paths(const struct reading *r)
{
	AUTO(strlist_release) struct strlist items = { 0 };
	struct strlist *out = r->field;

	strlist_split(&items, r->text, ',');
	*out = (struct strlist){ 0 };
	for (size_t i = 0; i < items.count; i++)
		strlist_take(out, place(r, items.items[i]));
	return true;
}

static bool read_number(const struct reading *r)
{
	return str_to_int(r->text, r->key->min, r->key->max, r->field);
}

static const struct {
	char letter;
	int64_t seconds;
} units[] = { { 'd', 24 * 60 * 60 }, { 'h', 60 * 60 }, { 'm', 60 }, { 's', 1 } };

static bool parse_duration(int64_t *out, const char *text, int64_t min, int64_t max)
{
	size_t len = strlen(text);
	int64_t count, seconds;

	for (size_t i = 0; len > 1 && i < ARRAY_LEN(units); i++) {
		if (units[i].letter != text[len - 1])
			continue;
		AUTO(free) char *digits = xstrndup(text, len - 1);

		if (!str_to_int(digits, 0, INT64_MAX, &count) ||
		    __builtin_mul_overflow(count, units[i].seconds, &seconds) || seconds < min ||
		    seconds > max)
			return false;
		*out = seconds;
		return true;
	}
	return false;
}

static bool read_duration(const struct reading *r)
{
	return parse_duration(r->field, r->text, r->key->min, r->key->max);
}

static bool read_switch(const struct reading *r)
{
	static const struct {
		const char *word;
		bool on;
	} words[] = {
		{ "yes", true },  { "no", false },  { "on", true },
		{ "off", false }, { "true", true }, { "false", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (streq(r->text, words[i].word)) {
			*(bool *)r->field = words[i].on;
			return true;
		}
	return false;
}

static bool read_choice(const struct reading *r)
{
	for (int i = 0; r->key->words[i] != NULL; i++)
		if (streq(r->text, r->key->words[i])) {
			*(int *)r->field = i;
			return true;
		}
	return false;
}

static bool read_rate(const struct reading *r)
{
	struct rate *out = r->field;
	const char *slash = strchr(r->text, '/');

	if (streq(r->text, "off")) {
		*out = (struct rate){ 0 };
		return true;
	}
	if (slash == NULL)
		return false;
	AUTO(free) char *left = xstrndup(r->text, (size_t)(slash - r->text));
	AUTO(free) char *count = str_trimmed(left);
	AUTO(free) char *period = str_trimmed(slash + 1);
	struct rate rate;

	if (!str_to_int(count, 1, RATE_COUNT_MAX, &rate.count) ||
	    !parse_duration(&rate.period_s, period, 1, RATE_PERIOD_MAX))
		return false;
	*out = rate;
	return true;
}

static void release_text(void *field)
{
	char **text = field;

	free(*text);
	*text = NULL;
}

static void release_list(void *field)
{
	struct strlist *list = field;

	strlist_release(list);
	*list = (struct strlist){ 0 };
}

static void release_nothing(void *field)
{
	(void)field;
}

static const struct {
	bool (*read)(const struct reading *r);
	void (*release)(void *field);
	size_t size;
} kinds[] = {
	[CONFIG_TEXT] = { read_text, release_text, sizeof(char *) },
	[CONFIG_PATH] = { read_path, release_text, sizeof(char *) },
	[CONFIG_LIST] = { read_list, release_list, sizeof(struct strlist) },
	[CONFIG_PATHS] = { read_paths, release_list, sizeof(struct strlist) },
	[CONFIG_NUMBER] = { read_number, release_nothing, sizeof(int64_t) },
	[CONFIG_DURATION] = { read_duration, release_nothing, sizeof(int64_t) },
	[CONFIG_SWITCH] = { read_switch, release_nothing, sizeof(bool) },
	[CONFIG_CHOICE] = { read_choice, release_nothing, sizeof(int) },
	[CONFIG_RATE] = { read_rate, release_nothing, sizeof(struct rate) },
};
static_assert(ARRAY_LEN(kinds) == CONFIG_KIND_COUNT, "a row for each kind");

static void add_duration(struct buf *out, int64_t seconds)
{
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(units) &&
	       (seconds < units[i].seconds || seconds % units[i].seconds != 0))
		i++;
	buf_addf(out, "%lld%c", (long long)(seconds / units[i].seconds), units[i].letter);
}

static void describe_text(struct buf *out, const struct config_key *key)
{
	buf_adds(out, key->form != NULL ? key->form : "text");
}

static void describe_path(struct buf *out, const struct config_key *key)
{
	(void)key;
	buf_adds(out, "a path, relative to this file");
}

static void describe_list(struct buf *out, const struct config_key *key)
{
	if (key->form == NULL)
		buf_adds(out, "a list by commas");
	else
		buf_addf(out, "a list by commas, each %s", key->form);
}

static void describe_paths(struct buf *out, const struct config_key *key)
{
	(void)key;
	buf_adds(out, "paths by commas, relative to this file");
}

static void describe_number(struct buf *out, const struct config_key *key)
{
	buf_addf(out, "a number from %lld", (long long)key->min);
	if (key->max != CONFIG_NO_MAX)
		buf_addf(out, " to %lld", (long long)key->max);
}

static void describe_duration(struct buf *out, const struct config_key *key)
{
	buf_adds(out, "a time such as 90s, 5m, 8h or 7d, from ");
	add_duration(out, key->min);
	buf_adds(out, " to ");
	add_duration(out, key->max);
}

static void describe_switch(struct buf *out, const struct config_key *key)
{
	(void)key;
	buf_adds(out, "yes or no");
}

static void describe_choice(struct buf *out, const struct config_key *key)
{
	for (size_t i = 0; key->words[i] != NULL; i++)
		buf_addf(out, "%s%s",
			 i == 0                      ? ""
			 : key->words[i + 1] == NULL ? " or "
						     : ", ",
			 key->words[i]);
}

static void describe_rate(struct buf *out, const struct config_key *key)
{
	(void)key;
	buf_adds(out, "a count in a time such as \"300 / 3h\", or \"off\"");
}

static void (*const describers[])(struct buf *out, const struct config_key *key) = {
	[CONFIG_TEXT] = describe_text,     [CONFIG_PATH] = describe_path,
	[CONFIG_LIST] = describe_list,     [CONFIG_PATHS] = describe_paths,
	[CONFIG_NUMBER] = describe_number, [CONFIG_DURATION] = describe_duration,
	[CONFIG_SWITCH] = describe_switch, [CONFIG_CHOICE] = describe_choice,
	[CONFIG_RATE] = describe_rate,
};
static_assert(ARRAY_LEN(describers) == CONFIG_KIND_COUNT, "words for each kind");

char *config_value_allowed(const struct config_key *key)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_ERROR_TEXT);

	describers[key->kind](&b, key);
	return buf_detach(&b);
}

/* Large enough and aligned for the field of every kind. */
union any_value {
	char *text;
	struct strlist list;
	int64_t number;
	bool on;
	int choice;
	struct rate rate;
};

struct err *config_value_set(void *field, const struct config_key *key, const char *text,
			     const char *dir)
{
	union any_value value = { 0 };
	struct reading r = { .field = &value, .key = key, .text = text, .dir = dir };

	if (!kinds[key->kind].read(&r)) {
		AUTO(free) char *shown = str_printable(text, SHOWN);
		AUTO(free) char *allowed = config_value_allowed(key);

		return err_new(ERR_CONFIG, "%s takes %s, not \"%s\"", key->name, allowed, shown);
	}
	config_value_release(field, key);
	memcpy(field, &value, kinds[key->kind].size);
	return NULL;
}

void config_value_release(void *field, const struct config_key *key)
{
	kinds[key->kind].release(field);
}
