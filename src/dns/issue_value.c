#include "dns/issue_value.h"

#include <string.h>

#include "base/str.h"

#define SHOWN 60

/* A piece of the text. */
struct piece {
	const char *at;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct piece trimmed(struct piece p)
{
	while (p.len > 0 && is_blank(p.at[0])) {
		p.at++;
		p.len--;
	}
	while (p.len > 0 && is_blank(p.at[p.len - 1]))
		p.len--;
	return p;
}

/* What stands before the separator, which goes too; all of it when there is none. */
static struct piece split_off(struct piece *rest, char separator)
{
	const char *end = memchr(rest->at, separator, rest->len);
	struct piece before = { rest->at, end != NULL ? (size_t)(end - rest->at) : rest->len };
	size_t used = before.len + (end != NULL);

	rest->at += used;
	rest->len -= used;
	return before;
}

static char *text_of(struct piece p)
{
	return xstrndup(p.at, p.len);
}

static struct err *malformed(struct piece p, const char *why)
{
	AUTO(free) char *raw = text_of(p);
	AUTO(free) char *shown = str_printable(raw, SHOWN);

	return err_new(ERR_PARSE, "parameter \"%s\" %s", shown, why);
}

/* RFC 8659 §4.2: *(%x21-3A / %x3C-7E) */
static bool is_value(struct piece p)
{
	for (size_t i = 0; i < p.len; i++)
		if (p.at[i] < 0x21 || p.at[i] > 0x7e)
			return false;
	return true;
}

static struct err *add_parameter(struct issue_value *v, struct piece p)
{
	const char *equals = memchr(p.at, '=', p.len);

	if (equals == NULL)
		return malformed(p, "has no \"=\"");
	struct piece value = p, tag = trimmed(split_off(&value, '='));

	value = trimmed(value);
	if (tag.len == 0)
		return malformed(p, "has no tag");
	if (!is_value(value))
		return malformed(p, "holds what no value may");
	v->parameters = xrealloc(v->parameters, v->count + 1, sizeof(*v->parameters));
	v->parameters[v->count++] = (struct issue_parameter){ text_of(tag), text_of(value) };
	return NULL;
}

struct err *issue_value_parse(struct issue_value *out, const char *text, size_t len)
{
	AUTO(issue_value_release) struct issue_value v = { 0 };
	struct piece rest = { text, len };
	bool more = memchr(text, ';', len) != NULL;

	if (memchr(text, '\0', len) != NULL)
		return err_new(ERR_PARSE, "a NUL in an issuer's name or parameters");
	v.domain = text_of(trimmed(split_off(&rest, ';')));
	while (more && !v.open_end) {
		more = memchr(rest.at, ';', rest.len) != NULL;
		struct piece p = trimmed(split_off(&rest, ';'));

		v.open_end = p.len == 0 && !more;
		if (!v.open_end)
			TRY(add_parameter(&v, p));
	}
	*out = v;
	v = (struct issue_value){ 0 };
	return NULL;
}

size_t issue_value_find(const struct issue_value *v, const char *tag, bool any_case,
			const char **value)
{
	size_t found = 0;

	for (size_t i = 0; i < v->count; i++) {
		const struct issue_parameter *p = &v->parameters[i];

		if (!(any_case ? streq_nocase(p->tag, tag) : streq(p->tag, tag)))
			continue;
		if (found++ == 0)
			*value = p->value;
	}
	return found;
}

void issue_value_release(struct issue_value *v)
{
	free(v->domain);
	for (size_t i = 0; i < v->count; i++) {
		free(v->parameters[i].tag);
		free(v->parameters[i].value);
	}
	free(v->parameters);
	*v = (struct issue_value){ 0 };
}
