#include "dns/rdata.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "dns/wire.h"

static struct wire_reader reader(const struct dns_record *r)
{
	return (struct wire_reader){ .data = r->data, .len = r->len, .end = r->len };
}

struct err *dns_txt_read(char **out, size_t *len, const struct dns_record *r)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_DNS_DATA);
	struct wire_reader in = reader(r);

	if (r->len == 0)
		wire_break(&in, "a TXT record without a string"); /* RFC 1035 §3.3.14 */
	while (in.broken == NULL && in.at < in.end) {
		size_t piece = wire_u8(&in);
		const uint8_t *bytes = wire_bytes(&in, piece);

		if (bytes != NULL)
			buf_add(&text, bytes, piece);
	}
	TRY(wire_check(&in));
	*len = text.len;
	*out = buf_detach(&text);
	return NULL;
}

/* Tags are letters and digits; whatever else stands there is made visible, so that it equals no tag. */
static char *tag_text(const uint8_t *tag, size_t len)
{
	AUTO(buf_release) struct buf text = BUF_INIT(4 * UINT8_MAX);

	for (size_t i = 0; i < len; i++)
		if (tag[i] > ' ' && tag[i] < 0x7f && tag[i] != '\\')
			buf_addc(&text, (char)tag[i]);
		else
			buf_addf(&text, "\\%03u", tag[i]);
	return buf_detach(&text);
}

struct err *dns_caa_read(struct dns_caa *out, const struct dns_record *r)
{
	struct wire_reader in = reader(r);
	uint8_t flags = wire_u8(&in);
	size_t tag_len = wire_u8(&in);
	const uint8_t *tag = wire_bytes(&in, tag_len);

	if (tag_len == 0)
		wire_break(&in, "a CAA record without a tag");
	TRY(wire_check(&in));
	out->flags = flags;
	out->tag = tag_text(tag, tag_len);
	out->value_len = in.end - in.at;
	out->value = xcalloc(out->value_len + 1, 1);
	if (out->value_len > 0)
		memcpy(out->value, in.data + in.at, out->value_len);
	return NULL;
}

void dns_caa_release(struct dns_caa *c)
{
	free(c->tag);
	free(c->value);
	*c = (struct dns_caa){ 0 };
}

struct err *dns_target_read(char **out, const struct dns_record *r)
{
	struct wire_reader in = reader(r);
	AUTO(free) char *name = wire_name(&in, NULL);

	if (in.at != in.end)
		wire_break(&in, "bytes behind a name");
	TRY(wire_check(&in));
	*out = MOVE(name);
	return NULL;
}

static void add_quoted(struct buf *out, const char *text, size_t len)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else if (c >= ' ' && c < 0x7f)
			buf_addc(out, (char)c);
		else
			buf_addf(out, "\\%03u", c);
	}
	buf_addc(out, '"');
}

static bool txt_text(struct buf *out, const struct dns_record *r)
{
	for (size_t at = 0; at < r->len;) {
		size_t len = r->data[at];

		if (len > r->len - at - 1)
			return false;
		if (at > 0)
			buf_addc(out, ' ');
		add_quoted(out, (const char *)r->data + at + 1, len);
		at += len + 1;
	}
	return r->len > 0;
}

static bool caa_text(struct buf *out, const struct dns_record *r)
{
	AUTO(dns_caa_release) struct dns_caa caa = { 0 };
	AUTO(err_free) struct err *e = dns_caa_read(&caa, r);

	if (e != NULL)
		return false;
	buf_addf(out, "%u %s ", caa.flags, caa.tag);
	add_quoted(out, caa.value, caa.value_len);
	return true;
}

static bool target_text(struct buf *out, const struct dns_record *r)
{
	AUTO(free) char *name = NULL;
	AUTO(err_free) struct err *e = dns_target_read(&name, r);

	if (e == NULL)
		buf_adds(out, name);
	return e == NULL;
}

static bool address_text_of(struct buf *out, const struct dns_record *r, int family, size_t len)
{
	char text[INET6_ADDRSTRLEN];

	if (r->len != len || inet_ntop(family, r->data, text, sizeof(text)) == NULL)
		return false;
	buf_adds(out, text);
	return true;
}

static bool v4_text(struct buf *out, const struct dns_record *r)
{
	return address_text_of(out, r, AF_INET, 4);
}

static bool v6_text(struct buf *out, const struct dns_record *r)
{
	return address_text_of(out, r, AF_INET6, 16);
}

static const struct form {
	uint16_t type;
	bool (*text)(struct buf *out, const struct dns_record *r);
} forms[] = {
	{ DNS_A, v4_text },         { DNS_AAAA, v6_text },      { DNS_TXT, txt_text },
	{ DNS_CAA, caa_text },      { DNS_CNAME, target_text }, { DNS_NS, target_text },
	{ DNS_DNAME, target_text }, { DNS_PTR, target_text },
};

char *dns_data_text(const struct dns_record *r)
{
	AUTO(buf_release) struct buf out = BUF_INIT(4 * LIMIT_DNS_DATA);

	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (forms[i].type == r->type && forms[i].text(&out, r))
			return buf_detach(&out);
	buf_reset(&out);
	buf_addf(&out, "\\# %zu ", r->len); /* RFC 3597 §5 */
	for (size_t i = 0; i < r->len; i++)
		buf_addf(&out, "%02x", r->data[i]);
	return buf_detach(&out);
}

void dns_txt_write(struct buf *out, const void *text, size_t len)
{
	const char *bytes = text;

	do {
		size_t piece = len < 255 ? len : 255;

		buf_addc(out, (char)piece);
		buf_add(out, bytes, piece);
		bytes += piece;
		len -= piece;
	} while (len > 0);
}

void dns_caa_write(struct buf *out, uint8_t flags, const char *tag, const char *value)
{
	buf_addc(out, (char)flags);
	buf_addc(out, (char)strlen(tag));
	buf_adds(out, tag);
	buf_adds(out, value);
}

struct err *dns_target_write(struct buf *out, const char *name)
{
	return wire_put_name(out, name);
}
