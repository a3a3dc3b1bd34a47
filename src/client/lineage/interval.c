#include <string.h>

#include "client/lineage/due.h"

#define DAY_S (24 * 60 * 60)
#define COUNT_MAX 100000
#define WORD_MAX 12

/* renew_before_expiry is written by people: the first name of a unit is its plural without an s. */
static const struct {
	const char *names[4];
	int64_t seconds;
} units[] = {
	{ { "second", "sec", "s" }, 1 },        { { "minute", "min", "m" }, 60 },
	{ { "hour", "hr", "h" }, 60 * 60 },     { { "day", "d" }, DAY_S },
	{ { "week", "wk", "w" }, 7 * DAY_S },   { { "month", "mon", "mth" }, 30 * DAY_S },
	{ { "year", "yr", "y" }, 365 * DAY_S },
};

static bool is_unit(const char *word, const char *name)
{
	size_t len = strlen(name);

	return strncmp(word, name, len) == 0 && (word[len] == '\0' || streq(word + len, "s"));
}

/* 0: no unit of time. */
static int64_t unit_seconds(const char *word)
{
	for (size_t u = 0; u < ARRAY_LEN(units); u++)
		for (size_t n = 0; n < ARRAY_LEN(units[u].names) && units[u].names[n] != NULL; n++)
			if (is_unit(word, units[u].names[n]))
				return units[u].seconds;
	return 0;
}

static const char *skip_between(const char *p)
{
	p += strspn(p, " \t,");
	if (str_starts(p, "and "))
		p += strlen("and ");
	return p + strspn(p, " \t");
}

/* One "3 weeks"; *p behind it. A number alone is days, and then all there is. */
static bool take_part(const char **p, int64_t *seconds)
{
	char word[WORD_MAX + 1] = { 0 };
	size_t digits = strspn(*p, "0123456789");
	AUTO(free) char *number = xstrndup(*p, digits);
	const char *at = *p + digits + strspn(*p + digits, " \t");
	size_t letters = strspn(at, "abcdefghijklmnopqrstuvwxyz");
	int64_t count = 0;

	if (letters > WORD_MAX || !str_to_int(number, 0, COUNT_MAX, &count))
		return false;
	memcpy(word, at, letters);
	int64_t unit = letters == 0 && at[0] == '\0' ? DAY_S : unit_seconds(word);

	*seconds += count * unit;
	*p = skip_between(at + letters);
	return unit > 0;
}

struct err *interval_parse(int64_t *seconds, const char *text)
{
	AUTO(free) char *lower = str_trimmed(text);
	const char *p = lower;
	int64_t sum = 0;

	str_lower(lower);
	do {
		if (!take_part(&p, &sum))
			return err_new(ERR_CONFIG, "'%s' is no interval such as \"30 days\"", text);
	} while (*p != '\0');
	*seconds = sum;
	return NULL;
}
