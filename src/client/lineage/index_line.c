#include "client/lineage/index_line.h"

#include <string.h>

#define HEX_DIGITS 16

/* Written and read in this order. */
enum field {
	FIELD_NAME,
	FIELD_LOOKS,
	FIELD_VERIFIED,
	FIELD_IS_TEST,
	FIELD_NOT_AFTER,
	FIELD_NOTHING_TILL,
	FIELD_WINDOW_START,
	FIELD_WINDOW_END,
	FIELD_SERIAL,
	FIELD_KEY_TYPE,
	FIELD_IDENTIFIERS,
	FIELD_COUNT,
};

static bool read_hex(uint64_t *out, const char *digits)
{
	uint64_t value = 0;

	for (size_t i = 0; i < HEX_DIGITS; i++) {
		char c = digits[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		value = value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*out = value;
	return true;
}

static bool read_look(struct look *out, const char *text)
{
	if (strlen(text) != LOOK_COUNT * HEX_DIGITS)
		return false;
	for (size_t i = 0; i < LOOK_COUNT; i++)
		if (!read_hex(&out->files[i], text + i * HEX_DIGITS))
			return false;
	out->settled = true;
	return true;
}

static bool read_flag(bool *out, const char *text)
{
	*out = streq(text, "1");
	return *out || streq(text, "0");
}

static bool read_time(time_t *out, const char *text)
{
	int64_t value;

	if (!str_to_int(text, 0, INT64_MAX, &value))
		return false;
	*out = (time_t)value;
	return true;
}

static bool read_facts(struct lineage_facts *out, char *const fields[FIELD_COUNT])
{
	*out = (struct lineage_facts){ .name = fields[FIELD_NAME],
				       .serial = fields[FIELD_SERIAL],
				       .key_type = fields[FIELD_KEY_TYPE],
				       .identifiers = fields[FIELD_IDENTIFIERS] };
	return read_look(&out->look, fields[FIELD_LOOKS]) &&
	       read_flag(&out->verified, fields[FIELD_VERIFIED]) &&
	       read_flag(&out->is_test, fields[FIELD_IS_TEST]) &&
	       read_time(&out->not_after, fields[FIELD_NOT_AFTER]) &&
	       read_time(&out->nothing_till, fields[FIELD_NOTHING_TILL]) &&
	       read_time(&out->window.start, fields[FIELD_WINDOW_START]) &&
	       read_time(&out->window.end, fields[FIELD_WINDOW_END]);
}

/* Cuts one line of the text into its fields; *at behind it. */
static bool cut(char *fields[FIELD_COUNT], char **at)
{
	for (size_t f = 0; f < FIELD_COUNT; f++) {
		char end = f + 1 < FIELD_COUNT ? '\t' : '\n';
		size_t len = strcspn(*at, "\t\n");

		if ((*at)[len] != end)
			return false;
		fields[f] = *at;
		(*at)[len] = '\0';
		*at += len + 1;
	}
	return true;
}

bool index_line_read(struct lineage_facts *out, char **at)
{
	char *fields[FIELD_COUNT];

	return cut(fields, at) && read_facts(out, fields);
}

void index_line_add(struct buf *out, const struct lineage_facts *f)
{
	buf_addf(out, "%s\t", f->name);
	for (size_t n = 0; n < LOOK_COUNT; n++)
		buf_addf(out, "%016llx", (unsigned long long)f->look.files[n]);
	buf_addf(out, "\t%d\t%d\t%lld\t%lld\t%lld\t%lld\t%s\t%s\t%s\n", f->verified, f->is_test,
		 (long long)f->not_after, (long long)f->nothing_till, (long long)f->window.start,
		 (long long)f->window.end, f->serial, f->key_type, f->identifiers);
}

bool index_line_can_hold(const char *text)
{
	return strpbrk(text, "\t\n") == NULL;
}
