#include "va/body.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"

/* What Unicode calls white space, as UTF-8. */
static const char *const spaces[] = {
	" ",
	"\t",
	"\n",
	"\v",
	"\f",
	"\r",
	"\xc2\x85",
	"\xc2\xa0",
	"\xe1\x9a\x80",
	"\xe2\x80\x80",
	"\xe2\x80\x81",
	"\xe2\x80\x82",
	"\xe2\x80\x83",
	"\xe2\x80\x84",
	"\xe2\x80\x85",
	"\xe2\x80\x86",
	"\xe2\x80\x87",
	"\xe2\x80\x88",
	"\xe2\x80\x89",
	"\xe2\x80\x8a",
	"\xe2\x80\xa8",
	"\xe2\x80\xa9",
	"\xe2\x80\xaf",
	"\xe2\x81\x9f",
	"\xe3\x80\x80",
};

/* Bytes of the space that ends data; 0: none. */
static size_t space_at_end(const char *data, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(spaces); i++) {
		size_t n = strlen(spaces[i]);

		if (len >= n && memcmp(data + len - n, spaces[i], n) == 0)
			return n;
	}
	return 0;
}

static size_t trimmed_len(const struct buf *body)
{
	size_t len = body->len;
	size_t n;

	while (len > 0 && (n = space_at_end(body->data, len)) > 0)
		len -= n;
	return len;
}

/* Printable; a NUL does not end it. */
static char *shown(const struct buf *body, size_t len)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_VA_BODY * 4 + 1);

	for (size_t i = 0; i < len; i++) {
		if (body->data[i] == '\0')
			buf_adds(&b, "\\x00");
		else
			buf_addc(&b, body->data[i]);
	}
	return str_printable(buf_str(&b), (size_t)LIMIT_VA_BODY * 4);
}

char *body_too_long(const char *url, const struct buf *start, bool quote)
{
	if (!quote)
		return str_fmt("Invalid response from %s: %d bytes or more", url, LIMIT_VA_BODY);
	AUTO(free) char *text = shown(start, start->len);

	return str_fmt("Invalid response from %s: \"%s\"", url, text);
}

char *body_mismatch(const char *url, const struct buf *body, const char *wanted, bool quote)
{
	size_t len = trimmed_len(body);

	if (len == strlen(wanted) && memcmp(buf_str(body), wanted, len) == 0)
		return NULL;
	if (!quote)
		return str_fmt("The key authorization of this challenge is \"%s\", but %s has "
			       "another text (%zu bytes)",
			       wanted, url, body->len);
	AUTO(free) char *text = shown(body, len);

	return str_fmt("The key authorization of this challenge is \"%s\", but %s has \"%s\"",
		       wanted, url, text);
}
