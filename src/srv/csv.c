#include "srv/csv.h"

#include <string.h>

static void add_field(struct buf *out, const char *field, bool alone)
{
	bool quoted = strpbrk(field, ",\"\r\n") != NULL || (alone && field[0] == '\0');

	if (!quoted) {
		buf_adds(out, field);
		return;
	}
	buf_addc(out, '"');
	for (; *field != '\0'; field++)
		buf_addf(out, "%s%c", *field == '"' ? "\"" : "", *field);
	buf_addc(out, '"');
}

void csv_add_row(struct buf *out, const char *const *fields)
{
	for (size_t i = 0; fields[i] != NULL; i++) {
		if (i > 0)
			buf_addc(out, ',');
		add_field(out, fields[i], i == 0 && fields[1] == NULL);
	}
	buf_adds(out, "\r\n");
}

/* The rest of a quoted part; p is behind its opening quote. Doubled quotes are one. */
static const char *read_quoted(struct buf *field, const char *p)
{
	for (; *p != '\0'; p++) {
		if (*p == '"' && p[1] != '"')
			return p + 1;
		if (*p == '"')
			p++;
		buf_addc(field, *p);
	}
	return p;
}

static const char *read_field(struct buf *field, const char *p)
{
	if (*p == '"')
		p = read_quoted(field, p + 1);
	for (; *p != '\0' && strchr(",\r\n", *p) == NULL; p++)
		buf_addc(field, *p);
	return p;
}

bool csv_read_row(struct strlist *out, const char *text, size_t *at)
{
	const char *p = text + *at;

	p += strspn(p, "\r\n");
	if (*p == '\0')
		return false;
	for (;;) {
		AUTO(buf_release) struct buf field = BUF_INIT(strlen(p) + 1);

		p = read_field(&field, p);
		strlist_take(out, buf_detach(&field));
		if (*p != ',')
			break;
		p++;
	}
	*at = (size_t)(p - text);
	return true;
}
