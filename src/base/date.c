#include "base/clock.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"

#define DATE_MAX 64

/* What a date text said; offset is east of UTC. */
struct fields {
	int year, month, day, hour, minute, second, offset_s;
};

static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const day_names[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const long_day_names[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
					      "Thursday", "Friday", "Saturday" };

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days since 1970-01-01; a year is counted from March, so that the leap day is its last. */
static int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

time_t time_from_utc(int year, int month, int day, int second_of_day)
{
	return (time_t)(days_from_civil(year, month, day) * 86400 + second_of_day);
}

static bool take_number(const char **text, int digits, int *out)
{
	int n = 0;

	for (int i = 0; i < digits; i++) {
		char c = (*text)[i];

		if (c < '0' || c > '9')
			return false;
		n = n * 10 + (c - '0');
	}
	*text += digits;
	*out = n;
	return true;
}

static bool take_name(const char **text, const char *const *names, size_t count, int *index)
{
	for (size_t i = 0; i < count; i++) {
		if (!str_starts(*text, names[i]))
			continue;
		*text += strlen(names[i]);
		*index = (int)i;
		return true;
	}
	return false;
}

/* RFC 9110 §5.6.7 wants 50 years around now; a fixed pivot needs no clock: 70..99 are 19xx. */
static bool take_short_year(const char **text, int *out)
{
	int n = 0;

	if (!take_number(text, 2, &n))
		return false;
	*out = n + (n >= 70 ? 1900 : 2000);
	return true;
}

static bool take_padded_day(const char **text, int *out)
{
	if (**text != ' ')
		return take_number(text, 2, out);
	++*text;
	return take_number(text, 1, out);
}

/* One conversion of a pattern. The letters are strptime's; that function itself is lax and follows the locale. */
static bool take_field(const char **text, char letter, struct fields *f)
{
	int weekday = 0;
	int month = 0;

	switch (letter) {
	case 'a':
		return take_name(text, day_names, ARRAY_LEN(day_names), &weekday);
	case 'A':
		return take_name(text, long_day_names, ARRAY_LEN(long_day_names), &weekday);
	case 'b':
		if (!take_name(text, month_names, ARRAY_LEN(month_names), &month))
			return false;
		f->month = month + 1;
		return true;
	case 'Y':
		return take_number(text, 4, &f->year);
	case 'y':
		return take_short_year(text, &f->year);
	case 'm':
		return take_number(text, 2, &f->month);
	case 'd':
		return take_number(text, 2, &f->day);
	case 'e':
		return take_padded_day(text, &f->day);
	case 'H':
		return take_number(text, 2, &f->hour);
	case 'M':
		return take_number(text, 2, &f->minute);
	case 'S':
		return take_number(text, 2, &f->second);
	default:
		return false;
	}
}

static bool take_pattern(const char **text, const char *pattern, struct fields *f)
{
	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '%') {
			if (**text != *pattern)
				return false;
			++*text;
		} else if (!take_field(text, *++pattern, f)) {
			return false;
		}
	}
	return true;
}

static bool is_real(const struct fields *f)
{
	return f->year >= 1 && f->month >= 1 && f->month <= 12 && f->day >= 1 &&
	       f->day <= days_in_month(f->year, f->month) && f->hour <= 23 && f->minute <= 59 &&
	       f->second <= 60;
}

static time_t seconds_of(const struct fields *f)
{
	return time_from_utc(f->year, f->month, f->day,
			     f->hour * 3600 + f->minute * 60 + f->second) -
	       f->offset_s;
}

static bool take_zone(const char **text, int *offset_s)
{
	char sign = **text;
	int hours = 0;
	int minutes = 0;

	if (sign == '\0')
		return false;
	++*text;
	if (sign == 'Z' || sign == 'z') {
		*offset_s = 0;
		return true;
	}
	if ((sign != '+' && sign != '-') || !take_number(text, 2, &hours) || **text != ':')
		return false;
	++*text;
	if (!take_number(text, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*offset_s = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
	return true;
}

/* Fractions of a second are read and dropped. */
static bool skip_fraction(const char **text)
{
	size_t digits;

	if (**text != '.')
		return true;
	digits = strspn(*text + 1, "0123456789");
	*text += 1 + digits;
	return digits > 0;
}

bool time_parse_rfc3339(const char *text, time_t *out)
{
	struct fields f = { 0 };

	if (!take_pattern(&text, "%Y-%m-%d", &f) || (*text != 'T' && *text != 't'))
		return false;
	text++;
	if (!take_pattern(&text, "%H:%M:%S", &f) || !skip_fraction(&text) ||
	    !take_zone(&text, &f.offset_s))
		return false;
	if (*text != '\0' || !is_real(&f))
		return false;
	*out = seconds_of(&f);
	return true;
}

bool time_parse_http_date(const char *text, time_t *out)
{
	static const char *const patterns[] = {
		"%a, %d %b %Y %H:%M:%S GMT", /* IMF-fixdate */
		"%A, %d-%b-%y %H:%M:%S GMT", /* RFC 850 */
		"%a %b %e %H:%M:%S %Y",      /* asctime */
	};

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		const char *rest = text;
		struct fields f = { 0 };

		if (!take_pattern(&rest, patterns[i], &f) || *rest != '\0' || !is_real(&f))
			continue;
		*out = seconds_of(&f);
		return true;
	}
	return false;
}

bool time_parse_local_iso(const char *text, time_t *out)
{
	struct fields f = { 0 };

	if (!take_pattern(&text, "%Y-%m-%dT%H:%M:%S", &f) || !skip_fraction(&text) ||
	    *text != '\0' || !is_real(&f))
		return false;
	struct tm local = {
		.tm_year = f.year - 1900,
		.tm_mon = f.month - 1,
		.tm_mday = f.day,
		.tm_hour = f.hour,
		.tm_min = f.minute,
		.tm_sec = f.second,
		.tm_isdst = -1,
	};
	*out = mktime(&local);
	return true;
}

static struct tm utc_of(time_t t)
{
	struct tm utc = { 0 };

	if (gmtime_r(&t, &utc) == NULL)
		abort();
	return utc;
}

static void add_padded(struct buf *b, int number, int width)
{
	for (int least = 10; width > 1; least *= 10, width--)
		if (number < least)
			buf_addc(b, '0');
	buf_addn(b, number);
}

static void add_time(struct buf *b, const struct tm *t)
{
	add_padded(b, t->tm_hour, 2);
	buf_addc(b, ':');
	add_padded(b, t->tm_min, 2);
	buf_addc(b, ':');
	add_padded(b, t->tm_sec, 2);
}

static void add_day(struct buf *b, const struct tm *t)
{
	add_padded(b, t->tm_year + 1900, 4);
	buf_addc(b, '-');
	add_padded(b, t->tm_mon + 1, 2);
	buf_addc(b, '-');
	add_padded(b, t->tm_mday, 2);
}

static char *day_and_time(const struct tm *t, char between, const char *zone)
{
	struct buf b = BUF_INIT(DATE_MAX);

	add_day(&b, t);
	buf_addc(&b, between);
	add_time(&b, t);
	buf_adds(&b, zone);
	return buf_detach(&b);
}

char *time_rfc3339(time_t t)
{
	struct tm utc = utc_of(t);

	return day_and_time(&utc, 'T', "Z");
}

char *time_http_date(time_t t)
{
	struct tm utc = utc_of(t);
	struct buf b = BUF_INIT(DATE_MAX);

	buf_adds(&b, day_names[utc.tm_wday]);
	buf_adds(&b, ", ");
	add_padded(&b, utc.tm_mday, 2);
	buf_addc(&b, ' ');
	buf_adds(&b, month_names[utc.tm_mon]);
	buf_addc(&b, ' ');
	add_padded(&b, utc.tm_year + 1900, 4);
	buf_addc(&b, ' ');
	add_time(&b, &utc);
	buf_adds(&b, " GMT");
	return buf_detach(&b);
}

char *time_local_iso(time_t t)
{
	struct tm local = { 0 };

	if (localtime_r(&t, &local) == NULL)
		abort();
	return day_and_time(&local, 'T', "");
}

char *time_utc_day(time_t t)
{
	struct tm utc = utc_of(t);

	struct buf b = BUF_INIT(DATE_MAX);

	add_day(&b, &utc);
	return buf_detach(&b);
}

char *time_utc_long(time_t t)
{
	struct tm utc = utc_of(t);

	return day_and_time(&utc, ' ', "+00:00");
}
