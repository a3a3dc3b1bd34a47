#include <string.h>

#include "base/str.h"
#include "dns/wire.h"

#define POINTER_MAX 0x3fff
#define SUFFIXES_MAX 256
#define SHOWN 100

void wire_put_u16(struct buf *out, uint16_t n)
{
	buf_addc(out, (char)(n >> 8));
	buf_addc(out, (char)(n & 0xff));
}

void wire_put_u32(struct buf *out, uint32_t n)
{
	wire_put_u16(out, (uint16_t)(n >> 16));
	wire_put_u16(out, (uint16_t)(n & 0xffff));
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* \DDD; false: none, or over 255. */
static bool read_escape(const char *s, uint8_t *out)
{
	if (!is_digit(s[0]) || !is_digit(s[1]) || !is_digit(s[2]))
		return false;
	int n = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');

	*out = (uint8_t)n;
	return n <= 255;
}

/* The label at *name, which moves behind it and its dot. false: no label. */
static bool read_label(const char **name, uint8_t label[WIRE_LABEL_MAX], size_t *len)
{
	const char *s = *name;

	for (*len = 0; *s != '\0' && *s != '.'; ++*len) {
		if (*len == WIRE_LABEL_MAX)
			return false;
		label[*len] = (uint8_t)*s;
		if (*s == '\\' && !read_escape(s + 1, &label[*len]))
			return false;
		s += *s == '\\' ? 4 : 1;
	}
	*name = *s == '.' ? s + 1 : s;
	return *len > 0;
}

static struct err *no_name(const char *name)
{
	AUTO(free) char *shown = str_printable(name, SHOWN);

	return err_new(ERR_USAGE, "\"%s\" is no DNS name", shown);
}

/* The offset of a suffix written before, or 0. */
static uint16_t find_suffix(const struct wire_writer *w, const char *name)
{
	for (size_t i = 0; i < w->suffix_count; i++)
		if (streq(w->suffixes[i].name, name))
			return w->suffixes[i].offset;
	return 0;
}

static void remember_suffix(struct wire_writer *w, const char *name)
{
	if (w->out->len > POINTER_MAX || w->suffix_count == SUFFIXES_MAX)
		return;
	w->suffixes = xrealloc(w->suffixes, w->suffix_count + 1, sizeof(*w->suffixes));
	w->suffixes[w->suffix_count++] = (struct wire_suffix){ xstrdup(name),
							       (uint16_t)w->out->len };
}

/* w: NULL: without compression. */
static struct err *put_name(struct buf *out, struct wire_writer *w, const char *name)
{
	const char *rest = streq(name, ".") ? "" : name;
	uint8_t label[WIRE_LABEL_MAX];
	size_t total = 1;
	size_t len;

	while (*rest != '\0') {
		uint16_t known = w != NULL ? find_suffix(w, rest) : 0;

		if (known != 0) {
			wire_put_u16(out, (uint16_t)(0xc000 | known));
			return NULL;
		}
		if (w != NULL)
			remember_suffix(w, rest);
		if (!read_label(&rest, label, &len) || (total += len + 1) > WIRE_NAME_MAX)
			return no_name(name);
		buf_addc(out, (char)len);
		buf_add(out, label, len);
	}
	buf_addc(out, '\0');
	return NULL;
}

struct err *wire_put_name(struct buf *out, const char *name)
{
	return *name == '\0' ? no_name(name) : put_name(out, NULL, name);
}

struct err *wire_put_compressed(struct wire_writer *w, const char *name)
{
	return *name == '\0' ? no_name(name) : put_name(w->out, w, name);
}

void wire_writer_release(struct wire_writer *w)
{
	for (size_t i = 0; i < w->suffix_count; i++)
		free(w->suffixes[i].name);
	free(w->suffixes);
	w->suffixes = NULL;
	w->suffix_count = 0;
}
