#include "ca/policy/overrides.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "ca/config/value.h"
#include "ca/policy/tally.h"

struct overrides {
	struct tally *places; /* "limit key" -> index + 1 */
	struct rate *rates;
	size_t count;
};

static const struct override_form *form_of(const struct override_form *forms, const char *limit)
{
	while (forms->name != NULL && !streq(forms->name, limit))
		forms++;
	return forms->name != NULL ? forms : NULL;
}

/* "LIMIT KEY" and what is left. */
static bool split(char **limit, char **key, const char **rest, const char *line)
{
	size_t first = strcspn(line, " \t");
	const char *second = line + first + strspn(line + first, " \t");
	size_t second_len = strcspn(second, " \t");

	*limit = xstrndup(line, first);
	*key = xstrndup(second, second_len);
	*rest = second + second_len + strspn(second + second_len, " \t");
	return second_len > 0 && **rest != '\0';
}

static struct err *add_line(struct overrides *o, const char *line,
			    const struct override_form *forms)
{
	static const struct config_key form = { .name = "exception", .kind = CONFIG_RATE };
	AUTO(free) char *limit = NULL;
	AUTO(free) char *written = NULL;
	AUTO(free) char *key = NULL;
	const char *rest = NULL;
	struct rate rate = { 0 };

	if (!split(&limit, &written, &rest, line))
		return err_new(ERR_CONFIG, "not `LIMIT KEY COUNT / TIME` or `LIMIT KEY off`");
	const struct override_form *known = form_of(forms, limit);

	if (known == NULL)
		return err_new(ERR_CONFIG, "there is no limit \"%s\"", limit);
	TRY_WRAP(known->read_key(&key, written), "%s", limit);
	TRY(config_value_set(&rate, &form, rest, "."));
	AUTO(free) char *place = str_fmt("%s %s", limit, key);

	o->rates = xrealloc(o->rates, o->count + 1, sizeof(*o->rates));
	o->rates[o->count++] = rate;
	*tally_at(o->places, place) = (int64_t)o->count;
	return NULL;
}

static struct err *add_lines(struct overrides *o, char *text, const char *path,
			     const struct override_form *forms)
{
	unsigned number = 1;

	for (char *line = text; line != NULL && *line != '\0'; number++) {
		char *end = strchr(line, '\n');
		char *next = end != NULL ? end + 1 : NULL;

		if (end != NULL)
			*end = '\0';
		line[strcspn(line, "#")] = '\0';
		AUTO(free) char *trimmed = str_trimmed(line);

		if (*trimmed != '\0')
			TRY_WRAP(add_line(o, trimmed, forms), "%s:%u", path, number);
		line = next;
	}
	return NULL;
}

struct err *overrides_load(struct overrides **out, const char *path,
			   const struct override_form *forms)
{
	AUTO(overrides_free) struct overrides *o = xcalloc(1, sizeof(*o));
	AUTO(free) char *text = NULL;

	o->places = tally_new(LIMIT_CA_OVERRIDES);
	if (path != NULL) {
		TRY(fs_read(&text, NULL, path, LIMIT_FILE));
		TRY(add_lines(o, text, path, forms));
	}
	*out = MOVE(o);
	return NULL;
}

void overrides_free(struct overrides *o)
{
	if (o == NULL)
		return;
	tally_free(o->places);
	free(o->rates);
	free(o);
}

const struct rate *overrides_find(const struct overrides *o, const char *limit, const char *key)
{
	AUTO(free) char *place = str_fmt("%s %s", limit, key);
	int64_t index = tally_peek(o->places, place);

	return index > 0 ? &o->rates[index - 1] : NULL;
}
