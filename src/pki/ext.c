#include "pki/ext.h"

#include <string.h>

#include "base/str.h"

#define COMMON_NAME_MAX 1024

static bool read_one(struct der *list, struct der *oid, struct der *value)
{
	struct der body;
	bool critical;

	return der_take(list, DER_SEQUENCE, &body) && der_take(&body, DER_OID, oid) &&
	       der_optional_bool(&body, &critical) && der_take(&body, DER_OCTET_STRING, value) &&
	       body.len == 0;
}

static size_t find_row(const struct extension_row *rows, size_t count, struct der oid)
{
	size_t i = 0;

	while (i < count && !der_same(rows[i].oid, oid))
		i++;
	return i;
}

struct err *extensions_read(struct der extensions, const struct extension_row *rows, size_t count,
			    void *into)
{
	struct der list, oid, value;
	unsigned seen = 0;

	if (!der_take(&extensions, DER_SEQUENCE, &list) || extensions.len > 0)
		return err_new(ERR_PARSE, "malformed extensions");
	while (list.len > 0) {
		if (!read_one(&list, &oid, &value))
			return err_new(ERR_PARSE, "a malformed extension");
		size_t i = find_row(rows, count, oid);

		if (i == count)
			continue;
		if ((seen & 1u << i) != 0) /* RFC 5280 §4.2 */
			return err_new(ERR_PARSE, "two extensions %s", rows[i].name);
		if (!rows[i].read(into, value))
			return err_new(ERR_PARSE, "a malformed extension %s", rows[i].name);
		seen |= 1u << i;
	}
	return NULL;
}

/* BMPString: two bytes a character; those beyond ASCII are shown as "?". */
static void add_bmp(struct buf *b, struct der text)
{
	for (size_t i = 0; i + 1 < text.len; i += 2)
		buf_addc(b, text.at[i] == 0 && text.at[i + 1] < 0x80 ? (char)text.at[i + 1] : '?');
}

#define DER_BMP_STRING 0x1e

static char *printable(unsigned tag, struct der text)
{
	AUTO(buf_release) struct buf raw = BUF_INIT(COMMON_NAME_MAX);

	if (tag == DER_BMP_STRING)
		add_bmp(&raw, text);
	else
		buf_add(&raw, text.at, text.len);
	return str_printable(buf_str(&raw), COMMON_NAME_MAX);
}

static bool read_attribute(struct strlist *out, struct der set)
{
	static const struct der common_name = DER_LITERAL("\x55\x04\x03");
	struct der attribute, oid, text;
	unsigned tag;

	while (set.len > 0) {
		if (!der_take(&set, DER_SEQUENCE, &attribute) ||
		    !der_take(&attribute, DER_OID, &oid) || !der_any(&attribute, &tag, &text) ||
		    attribute.len > 0)
			return false;
		if (der_same(oid, common_name))
			strlist_take(out, printable(tag, text));
	}
	return true;
}

bool name_commons(struct strlist *out, struct der name)
{
	struct der sequence, set;

	if (!der_take(&name, DER_SEQUENCE, &sequence) || name.len > 0)
		return false;
	while (sequence.len > 0)
		if (!der_take(&sequence, DER_SET, &set) || !read_attribute(out, set))
			return false;
	return true;
}

bool name_common(char **out, struct der name)
{
	AUTO(strlist_release) struct strlist all = { 0 };

	if (!name_commons(&all, name))
		return false;
	*out = all.count > 0 ? xstrdup(all.items[0]) : NULL;
	return true;
}
