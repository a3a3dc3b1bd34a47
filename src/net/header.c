#include "net/header.h"

#include <string.h>

#include "base/clock.h"
#include "net/grammar.h"

static const char *skip_blank(const char *s)
{
	return s + strspn(s, " \t");
}

/* A token or quoted string at *s; *s moves behind it. NULL when malformed. */
static char *take_value(const char **s)
{
	struct buf b = BUF_INIT(strlen(*s));
	const char *p = *s;

	if (*p != '"') {
		while (is_token_char(*p))
			buf_addc(&b, *p++);
		*s = p;
		return buf_detach(&b);
	}
	for (p++; *p != '"' && *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		buf_addc(&b, *p);
	}
	if (*p == '\0') {
		buf_release(&b);
		return NULL;
	}
	*s = p + 1;
	return buf_detach(&b);
}

/* ;name[=value] at *s. false when there is none or it is malformed. */
static bool take_param(const char **s, char **name, char **value)
{
	const char *p = skip_blank(*s);
	size_t len = 0;

	if (*p != ';')
		return false;
	p = skip_blank(p + 1);
	while (is_token_char(p[len]))
		len++;
	*name = xstrndup(p, len);
	p = skip_blank(p + len);
	if (*p == '=') {
		p = skip_blank(p + 1);
		*value = take_value(&p);
	} else {
		*value = xstrdup("");
	}
	*s = p;
	return *value != NULL;
}

static bool has_relation(const char *rels, const char *rel)
{
	AUTO(strlist_release) struct strlist all = { 0 };

	strlist_split(&all, rels, ' ');
	for (size_t i = 0; i < all.count; i++)
		if (streq_nocase(all.items[i], rel))
			return true;
	return false;
}

/* RFC 8288 §3.3: only the first rel counts. */
static bool params_have(const char **s, const char *rel)
{
	bool seen = false;
	bool has = false;

	for (;;) {
		AUTO(free) char *name = NULL;
		AUTO(free) char *value = NULL;

		if (!take_param(s, &name, &value))
			return has;
		if (!seen && streq_nocase(name, "rel")) {
			seen = true;
			has = has_relation(value, rel);
		}
	}
}

/* RFC 8288 §3: <target> *( ; param ), and what follows them must be a comma or the end. */
static void links_of(struct strlist *out, const char *s, const char *rel)
{
	for (;;) {
		s += strspn(s, " \t,");
		const char *end = *s == '<' ? strchr(s, '>') : NULL;

		if (end == NULL)
			return;
		AUTO(free) char *target = xstrndup(s + 1, (size_t)(end - s - 1));

		s = end + 1;
		bool has = params_have(&s, rel);

		s = skip_blank(s);
		if (*s != ',' && *s != '\0')
			return;
		if (has)
			strlist_take(out, MOVE(target));
	}
}

void link_targets(struct strlist *out, const struct http_headers *h, const char *rel)
{
	for (size_t i = 0; i < h->count; i++)
		if (streq_nocase(h->items[i].name, "Link"))
			links_of(out, h->items[i].value, rel);
}

/* Any integer, however large; false for other text. */
static bool integer_capped(const char *s, unsigned cap, unsigned *out)
{
	bool negative = *s == '-';
	uint64_t n = 0;

	s += negative;
	if (*s == '\0' || s[strspn(s, "0123456789")] != '\0')
		return false;
	for (; *s != '\0' && n <= cap; s++)
		n = n * 10 + (uint64_t)(*s - '0');
	*out = negative ? 0 : n > cap ? cap : (unsigned)n;
	return true;
}

void retry_after_s(unsigned *out, bool *found, const struct http_headers *h, time_t now,
		   unsigned cap_s)
{
	const char *value = http_headers_get(h, "Retry-After");
	time_t when = 0;

	*found = value != NULL && integer_capped(value, cap_s, out);
	if (*found || value == NULL || !time_parse_http_date(value, &when))
		return;
	*found = true;
	*out = when <= now ? 0 : when - now > (time_t)cap_s ? cap_s : (unsigned)(when - now);
}

char *content_media_type(const struct http_headers *h)
{
	const char *value = http_headers_get(h, "Content-Type");

	if (value == NULL)
		return NULL;
	AUTO(free) char *type = xstrndup(value, strcspn(value, ";"));
	char *trimmed = str_trimmed(type);

	str_lower(trimmed);
	return trimmed;
}
