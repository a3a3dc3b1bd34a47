#include "pki/pem.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/str.h"
#include "jose/base64url.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"
#define LABEL_MAX 64

static const char *find(const char *at, const char *end, const char *word)
{
	return memmem(at, (size_t)(end - at), word, strlen(word));
}

static bool only_space(const char *at, const char *end)
{
	while (at < end && strchr(" \t\r\n", *at) != NULL && *at != '\0')
		at++;
	return at == end;
}

/* RFC 7468 §3; a label is shown in errors */
static bool is_label(const char *at, const char *end)
{
	while (at < end && *at >= ' ' && *at <= '~')
		at++;
	return at == end;
}

static bool read_label(struct pem_block *out, const char *at, const char *end)
{
	const char *dashes = find(at, end, DASHES);

	if (dashes == NULL || dashes - at > LABEL_MAX || !is_label(at, dashes))
		return false;
	out->label = at;
	out->label_len = (size_t)(dashes - at);
	out->body = dashes + strlen(DASHES);
	return true;
}

/* The END line must repeat the label; *after is behind it. */
static bool read_end(struct pem_block *block, const char **after, const char *end)
{
	const char *line = find(block->body, end, END);
	const char *label = line != NULL ? line + strlen(END) : end;
	size_t tail = block->label_len + strlen(DASHES);

	if (line == NULL || (size_t)(end - label) < tail ||
	    memcmp(label, block->label, block->label_len) != 0 ||
	    memcmp(label + block->label_len, DASHES, strlen(DASHES)) != 0)
		return false;
	block->body_len = (size_t)(line - block->body);
	*after = label + tail;
	return true;
}

struct err *pem_next(struct pem *p, struct pem_block *out, bool *found)
{
	const char *begin = find(p->at, p->end, BEGIN);
	struct pem_block block = { 0 };

	if (p->between == PEM_ONLY_SPACE && !only_space(p->at, begin != NULL ? begin : p->end))
		return err_new(ERR_PARSE, "text outside of PEM blocks");
	if (begin == NULL) {
		*found = false;
		return NULL;
	}
	if (!read_label(&block, begin + strlen(BEGIN), p->end))
		return err_new(ERR_PARSE, "a PEM block without a proper BEGIN line");
	if (!read_end(&block, &p->at, p->end))
		return err_new(ERR_PARSE, "a PEM block %.*s without its END line",
			       (int)block.label_len, block.label);
	*out = block;
	*found = true;
	return NULL;
}

bool pem_is(const struct pem_block *b, const char *label)
{
	return b->label != NULL && b->label_len == strlen(label) &&
	       memcmp(b->label, label, b->label_len) == 0;
}

struct err *pem_decode(struct buf *out, const struct pem_block *b)
{
	AUTO(free) unsigned char *bytes = xmalloc(b->body_len / 4 * 3 + 3);
	size_t len = 0;

	TRY_WRAP(base64_decode(bytes, &len, b->body, b->body_len), "PEM block %.*s",
		 (int)b->label_len, b->label);
	if (len > out->max - out->len)
		return err_new(ERR_LIMIT, "PEM block %.*s holds more than %zu bytes",
			       (int)b->label_len, b->label, out->max);
	buf_add(out, bytes, len);
	return NULL;
}

struct err *pem_decode_secret(struct secret *out, const struct pem_block *b)
{
	size_t len = 0;

	secret_release(out);
	out->len = b->body_len / 4 * 3 + 3; /* all of it is cleansed */
	out->data = xcalloc(1, out->len);
	TRY_WRAP(base64_decode(out->data, &len, b->body, b->body_len), "PEM block %.*s",
		 (int)b->label_len, b->label);
	out->len = len;
	return NULL;
}

#define LINE_BYTES 48 /* 64 characters */

void pem_add(struct buf *b, const char *label, const void *der, size_t len)
{
	const unsigned char *bytes = der;
	unsigned char line[LINE_BYTES / 3 * 4 + 1];

	buf_addf(b, BEGIN "%s" DASHES "\n", label);
	for (size_t at = 0; at < len; at += LINE_BYTES) {
		size_t piece = len - at < LINE_BYTES ? len - at : LINE_BYTES;

		buf_add(b, line, (size_t)EVP_EncodeBlock(line, bytes + at, (int)piece));
		buf_addc(b, '\n');
	}
	buf_addf(b, END "%s" DASHES "\n", label);
}
