#include "jose/base64url.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* clang-format off */
#define LETTERS_AND_DIGITS \
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, \
	['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, \
	['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, \
	['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, \
	['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, \
	['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, \
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, \
	['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, \
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62
/* clang-format on */

/* Value of a character and one more, so that 0 is what belongs to no alphabet. */
static const unsigned char url_values[256] = { LETTERS_AND_DIGITS, ['-'] = 63, ['_'] = 64 };
static const unsigned char pem_values[256] = { LETTERS_AND_DIGITS, ['+'] = 63, ['/'] = 64 };

static size_t encode_group(char out[4], const unsigned char *in, size_t len)
{
	uint32_t bits = (uint32_t)in[0] << 16;

	if (len > 1)
		bits |= (uint32_t)in[1] << 8;
	if (len > 2)
		bits |= in[2];
	for (size_t i = 0; i < 4; i++)
		out[i] = alphabet[(bits >> (18 - 6 * i)) & 63];
	return len > 2 ? 4 : len + 1;
}

void base64url_add(struct buf *b, const void *data, size_t len)
{
	const unsigned char *in = data;
	char piece[256];
	size_t filled = 0;

	for (size_t at = 0; at < len; at += 3) {
		filled += encode_group(piece + filled, in + at, len - at);
		if (filled == sizeof(piece)) {
			buf_add(b, piece, filled);
			filled = 0;
		}
	}
	buf_add(b, piece, filled);
}

char *base64url_encode(const void *data, size_t len)
{
	struct buf b = BUF_INIT(SIZE_MAX / 2);

	base64url_add(&b, data, len);
	return buf_detach(&b);
}

/* Characters taken in so far, up to a group of four. */
struct group {
	uint32_t bits;
	unsigned count;
};

static size_t put_group(unsigned char *out, struct group *g)
{
	out[0] = (unsigned char)(g->bits >> 16);
	out[1] = (unsigned char)(g->bits >> 8);
	out[2] = (unsigned char)g->bits;
	*g = (struct group){ 0 };
	return 3;
}

/*
 * The bytes of a last group of 2 or 3; false for one character, and for stray bits behind the last
 * byte (RFC 4648 §3.5).
 */
static bool put_rest(unsigned char *out, size_t *len, const struct group *g)
{
	unsigned spare = g->count == 2 ? 4 : 2;

	if (g->count == 0)
		return true;
	if (g->count == 1 || (g->bits & ((1u << spare) - 1)) != 0)
		return false;
	uint32_t bits = g->bits >> spare;

	if (g->count == 3)
		out[(*len)++] = (unsigned char)(bits >> 8);
	out[(*len)++] = (unsigned char)bits;
	return true;
}

static size_t decode_url(unsigned char *out, size_t *bad, const char *text, size_t len)
{
	struct group g = { 0 };
	size_t filled = 0;

	*bad = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned v = url_values[(unsigned char)text[i]];

		if (v == 0) {
			*bad = i + 1;
			return 0;
		}
		g.bits = g.bits << 6 | (v - 1);
		if (++g.count == 4)
			filled += put_group(out + filled, &g);
	}
	if (!put_rest(out, &filled, &g))
		*bad = len;
	return filled;
}

struct err *base64url_decode(struct buf *out, const char *text, size_t len)
{
	AUTO(free) unsigned char *bytes = xmalloc(len / 4 * 3 + 3);
	size_t bad = 0;
	size_t filled = decode_url(bytes, &bad, text, len);

	if (bad > 0)
		return err_new(ERR_PARSE, "not base64url at character %zu of %zu", bad, len);
	if (filled > out->max - out->len)
		return err_new(ERR_LIMIT, "base64url text holds more than %zu bytes", out->max);
	buf_add(out, bytes, filled);
	return NULL;
}

static bool is_space(char c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* Behind the last character: as many "=" as the group lacks, and white space. */
static bool is_padding(const char *text, size_t len, unsigned missing)
{
	for (size_t i = 0; i < len; i++) {
		if (is_space(text[i]))
			continue;
		if (text[i] != '=' || missing == 0)
			return false;
		missing--;
	}
	return missing == 0;
}

struct err *base64_decode(unsigned char *out, size_t *out_len, const char *text, size_t len)
{
	struct group g = { 0 };
	size_t filled = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned v = pem_values[(unsigned char)text[i]];

		if (v == 0 && is_space(text[i]))
			continue;
		if (v == 0)
			break;
		g.bits = g.bits << 6 | (v - 1);
		if (++g.count == 4)
			filled += put_group(out + filled, &g);
	}
	if (!is_padding(text + i, len - i, (4 - g.count) % 4) || !put_rest(out, &filled, &g))
		return err_new(ERR_PARSE, "not base64 at character %zu of %zu", i + 1, len);
	*out_len = filled;
	return NULL;
}

bool base64url_is(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (url_values[(unsigned char)*text] == 0)
			return false;
	return true;
}
