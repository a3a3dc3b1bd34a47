#include "pki/der.h"

#include <string.h>

#include "base/clock.h"

/* Length bytes behind the tag; the shortest form only (X.690 §10.1). */
static bool read_length(const struct der *in, size_t *header, size_t *len)
{
	size_t count;

	if (in->len < 2)
		return false;
	*header = 2;
	*len = in->at[1];
	if (*len < 0x80)
		return true;
	count = *len & 0x7f;
	if (count == 0 || count > 3 || in->len < 2 + count || in->at[2] == 0)
		return false;
	*len = 0;
	for (size_t i = 0; i < count; i++)
		*len = *len << 8 | in->at[2 + i];
	*header = 2 + count;
	return *len >= 0x80;
}

static bool split(struct der *in, struct der *element, struct der *contents)
{
	size_t header = 0;
	size_t len = 0;

	if (!read_length(in, &header, &len) || len > in->len - header)
		return false;
	*element = DER_OF(in->at, header + len);
	*contents = DER_OF(in->at + header, len);
	in->at += header + len;
	in->len -= header + len;
	return true;
}

bool der_any(struct der *in, unsigned *tag, struct der *contents)
{
	struct der element;

	if (in->len == 0 || (in->at[0] & 0x1f) == 0x1f || !split(in, &element, contents))
		return false;
	*tag = element.at[0];
	return true;
}

bool der_take(struct der *in, unsigned tag, struct der *contents)
{
	struct der element;

	return in->len > 0 && in->at[0] == tag && split(in, &element, contents);
}

bool der_whole(struct der *in, unsigned tag, struct der *element)
{
	struct der contents;

	return in->len > 0 && in->at[0] == tag && split(in, element, &contents);
}

bool der_bits(struct der *in, struct der *bytes)
{
	struct der rest = *in;
	struct der contents;

	if (!der_take(&rest, DER_BIT_STRING, &contents) || contents.len == 0 || contents.at[0] != 0)
		return false;
	*bytes = DER_OF(contents.at + 1, contents.len - 1);
	*in = rest;
	return true;
}

bool der_unsigned(struct der *in, struct der *magnitude)
{
	struct der rest = *in;
	struct der n;

	if (!der_take(&rest, DER_INTEGER, &n) || n.len == 0 || n.at[0] >= 0x80)
		return false;
	if (n.at[0] == 0 && n.len > 1) {
		if (n.at[1] < 0x80)
			return false; /* not the shortest form (X.690 §8.3.2) */
		n = DER_OF(n.at + 1, n.len - 1);
	}
	*magnitude = n;
	*in = rest;
	return true;
}

static bool read_digits(struct der *in, size_t count, int *out)
{
	int n = 0;

	if (in->len < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (in->at[i] < '0' || in->at[i] > '9')
			return false;
		n = n * 10 + (in->at[i] - '0');
	}
	*in = DER_OF(in->at + count, in->len - count);
	*out = n;
	return true;
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* MMDDHHMMSSZ */
static bool read_rest_of_time(struct der *in, int year, time_t *out)
{
	int month, day, hour, minute, second;

	if (!read_digits(in, 2, &month) || !read_digits(in, 2, &day) ||
	    !read_digits(in, 2, &hour) || !read_digits(in, 2, &minute) ||
	    !read_digits(in, 2, &second))
		return false;
	if (in->len != 1 || in->at[0] != 'Z' || month < 1 || month > 12)
		return false;
	if (day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 59)
		return false;
	*out = time_from_utc(year, month, day, hour * 3600 + minute * 60 + second);
	return true;
}

bool der_time(struct der *in, time_t *out)
{
	struct der rest = *in;
	struct der text;
	unsigned tag;
	int year;

	if (!der_any(&rest, &tag, &text) || (tag != DER_UTC_TIME && tag != DER_GENERALIZED_TIME))
		return false;
	if (!read_digits(&text, tag == DER_UTC_TIME ? 2 : 4, &year))
		return false;
	if (tag == DER_UTC_TIME)
		year += year < 50 ? 2000 : 1900;
	if (year < 1 || !read_rest_of_time(&text, year, out))
		return false;
	*in = rest;
	return true;
}

bool der_optional_bool(struct der *in, bool *out)
{
	struct der value;

	*out = false;
	if (in->len == 0 || in->at[0] != DER_BOOLEAN)
		return true;
	if (!der_take(in, DER_BOOLEAN, &value) || value.len != 1)
		return false;
	*out = value.at[0] != 0;
	return true;
}

bool der_same(struct der a, struct der b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static size_t make_header(unsigned char out[6], unsigned tag, size_t len)
{
	size_t bytes = 0;

	out[0] = (unsigned char)tag;
	if (len < 0x80) {
		out[1] = (unsigned char)len;
		return 2;
	}
	while (len >> (8 * bytes) != 0)
		bytes++;
	out[1] = (unsigned char)(0x80 | bytes);
	for (size_t i = 0; i < bytes; i++)
		out[2 + i] = (unsigned char)(len >> (8 * (bytes - 1 - i)));
	return 2 + bytes;
}

void der_add(struct buf *b, unsigned tag, const void *contents, size_t len)
{
	size_t from = b->len;

	buf_add(b, contents, len);
	der_wrap(b, from, tag);
}

void der_add_unsigned(struct buf *b, const void *magnitude, size_t len)
{
	const unsigned char *bytes = magnitude;
	size_t from = b->len;

	if (len == 0 || bytes[0] >= 0x80)
		buf_addc(b, '\0');
	buf_add(b, bytes, len);
	der_wrap(b, from, DER_INTEGER);
}

void der_add_bits(struct buf *b, const void *bytes, size_t len)
{
	size_t from = b->len;

	buf_addc(b, '\0'); /* no unused bits */
	buf_add(b, bytes, len);
	der_wrap(b, from, DER_BIT_STRING);
}

#define YEAR_2050 ((time_t)2524608000)

void der_add_time(struct buf *b, time_t t)
{
	struct tm parts;
	char text[32];
	bool late = t >= YEAR_2050;

	(void)gmtime_r(&t, &parts);
	(void)strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &parts);
	const char *digits = late ? text : text + 2; /* UTCTime has no century */

	der_add(b, late ? DER_GENERALIZED_TIME : DER_UTC_TIME, digits, strlen(digits));
}

void der_wrap(struct buf *b, size_t from, unsigned tag)
{
	unsigned char header[6];
	size_t len = b->len - from;
	size_t header_len = make_header(header, tag, len & 0xffffffff);

	buf_add(b, header, header_len);
	if (b->overflow)
		return; /* the caller's buf_check() tells */
	memmove(b->data + from + header_len, b->data + from, len);
	memcpy(b->data + from, header, header_len);
}
