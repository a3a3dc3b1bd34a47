#include "ca/policy/blocked_keys.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"

struct digest {
	unsigned char bytes[SHA256_DIGEST_LENGTH];
};

struct blocked_keys {
	struct digest *items; /* sorted */
	size_t count;
};

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct digest));
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c)
				   : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

static bool read_digest(struct digest *out, const char *hex)
{
	if (strlen(hex) != 2 * sizeof(out->bytes))
		return false;
	for (size_t i = 0; i < sizeof(out->bytes); i++) {
		int high = hex_digit(hex[2 * i]);
		int low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out->bytes[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static struct err *read_line(struct blocked_keys *b, const char *line, size_t number)
{
	AUTO(free) char *bare = xstrndup(line, strcspn(line, "#"));
	AUTO(free) char *hex = str_trimmed(bare);

	if (*hex == '\0')
		return NULL;
	if (!read_digest(&b->items[b->count], hex))
		return err_new(ERR_CONFIG, "line %zu: not 64 hexadecimal digits", number);
	b->count++;
	return NULL;
}

static size_t count_lines(const char *text)
{
	size_t lines = 1;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

static struct err *read_lines(struct blocked_keys *b, const char *text)
{
	for (size_t number = 1;; number++) {
		size_t len = strcspn(text, "\n");
		AUTO(free) char *line = xstrndup(text, len);

		TRY(read_line(b, line, number));
		if (text[len] == '\0')
			return NULL;
		text += len + 1;
	}
}

struct err *blocked_keys_parse(struct blocked_keys **out, const char *text)
{
	AUTO(blocked_keys_free) struct blocked_keys *b = xcalloc(1, sizeof(*b));

	b->items = xcalloc(count_lines(text), sizeof(*b->items));
	TRY(read_lines(b, text));
	qsort(b->items, b->count, sizeof(*b->items), by_bytes);
	*out = MOVE(b);
	return NULL;
}

struct err *blocked_keys_load(struct blocked_keys **out, const char *path)
{
	AUTO(free) char *text = NULL;
	size_t len;

	TRY(fs_read(&text, &len, path, LIMIT_BLOCKED_KEYS_BYTES));
	TRY_WRAP(blocked_keys_parse(out, text), "%s", path);
	return NULL;
}

bool blocked_keys_have(const struct blocked_keys *b, const unsigned char digest[32])
{
	return bsearch(digest, b->items, b->count, sizeof(*b->items), by_bytes) != NULL;
}

void blocked_keys_free(struct blocked_keys *b)
{
	if (b == NULL)
		return;
	free(b->items);
	free(b);
}
