#include "dns/wire.h"

#include <string.h>

void wire_break(struct wire_reader *r, const char *why)
{
	if (r->broken != NULL)
		return;
	r->broken = why;
	r->broken_at = r->at;
}

struct err *wire_check(const struct wire_reader *r)
{
	if (r->broken == NULL)
		return NULL;
	return err_new(ERR_PARSE, "DNS message: %s at byte %zu", r->broken, r->broken_at);
}

const uint8_t *wire_bytes(struct wire_reader *r, size_t len)
{
	if (len > r->end - r->at)
		wire_break(r, "bytes are missing");
	if (r->broken != NULL)
		return NULL;
	r->at += len;
	return r->data + r->at - len;
}

uint8_t wire_u8(struct wire_reader *r)
{
	const uint8_t *p = wire_bytes(r, 1);

	return p != NULL ? p[0] : 0;
}

uint16_t wire_u16(struct wire_reader *r)
{
	const uint8_t *p = wire_bytes(r, 2);

	if (p == NULL)
		return 0;
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t wire_u32(struct wire_reader *r)
{
	uint32_t high = wire_u16(r);

	return high << 16 | wire_u16(r);
}

static void add_label(struct buf *text, const uint8_t *label, size_t len)
{
	if (text->len > 0)
		buf_addc(text, '.');
	for (size_t i = 0; i < len; i++)
		if (label[i] > ' ' && label[i] < 0x7f && label[i] != '.' && label[i] != '\\')
			buf_addc(text, (char)label[i]);
		else
			buf_addf(text, "\\%03u", label[i]);
}

/* RFC 1035 §4.1.4: a pointer leads to a prior place; prior to every place of this name, so that it ends. */
static bool follow_pointer(struct wire_reader *r, size_t *at, size_t *lowest, uint8_t first)
{
	if (*at + 1 >= r->len)
		return false;
	size_t target = (size_t)(first & 0x3f) << 8 | r->data[*at + 1];

	if (target >= *lowest)
		return false;
	*at = *lowest = target;
	return true;
}

struct name_walk {
	struct buf *text;
	struct buf *wire;
	size_t at;
	size_t lowest;
	size_t total; /* length on the wire without pointers */
	bool jumped;
};

/* One label or pointer; *done at the root. false: broken. */
static bool walk_label(struct wire_reader *r, struct name_walk *w, bool *done)
{
	size_t end = w->jumped ? r->len : r->end;

	if (w->at >= end)
		return false;
	uint8_t first = r->data[w->at];

	if ((first & 0xc0) == 0xc0) {
		if (!w->jumped)
			r->at = w->at + 2;
		w->jumped = true;
		return r->at <= r->end && follow_pointer(r, &w->at, &w->lowest, first);
	}
	w->total += first + 1u;
	if (first > WIRE_LABEL_MAX || w->total > WIRE_NAME_MAX || first + 1u > end - w->at)
		return false;
	if (w->wire != NULL)
		buf_add(w->wire, r->data + w->at, first + 1u);
	if (first > 0)
		add_label(w->text, r->data + w->at + 1, first);
	w->at += first + 1u;
	*done = first == 0;
	return true;
}

char *wire_name(struct wire_reader *r, struct buf *wire)
{
	AUTO(buf_release) struct buf text = BUF_INIT(4 * WIRE_NAME_MAX);
	struct name_walk w = { .text = &text, .wire = wire, .at = r->at, .lowest = r->at };

	for (bool done = false; r->broken == NULL && !done;)
		if (!walk_label(r, &w, &done))
			wire_break(r, "a name is broken");
	if (r->broken != NULL)
		return NULL;
	if (!w.jumped)
		r->at = w.at;
	if (text.len == 0)
		buf_addc(&text, '.');
	return buf_detach(&text);
}
