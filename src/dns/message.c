#include "dns/message.h"

#include "base/limits.h"
#include "base/str.h"
#include "dns/wire.h"

#define EDNS_EDE 15 /* RFC 8914 */

enum {
	FLAG_QR = 0x8000,
	FLAG_AA = 0x0400,
	FLAG_TC = 0x0200,
	FLAG_RD = 0x0100,
	FLAG_RA = 0x0080,
	FLAG_AD = 0x0020,
	FLAG_CD = 0x0010,
	EDNS_DO = 0x8000,
};

static void parse_flags(struct dns_message *m, unsigned flags)
{
	m->response = flags & FLAG_QR;
	m->opcode = flags >> 11 & 15;
	m->authoritative = flags & FLAG_AA;
	m->truncated = flags & FLAG_TC;
	m->recursion_desired = flags & FLAG_RD;
	m->recursion_available = flags & FLAG_RA;
	m->authentic_data = flags & FLAG_AD;
	m->checking_disabled = flags & FLAG_CD;
	m->rcode = flags & 15;
}

static void parse_question(struct dns_message *m, struct wire_reader *r, unsigned count)
{
	if (count > 1)
		wire_break(r, "more than one question");
	if (count == 0)
		return;
	m->question = wire_name(r, NULL);
	m->qtype = wire_u16(r);
	m->qclass = wire_u16(r);
}

/* How many bytes come before the names in this type's data, and how many names (RFC 3597 §4: only these are compressed). */
struct names_inside {
	uint16_t type;
	unsigned before;
	unsigned names;
};

static const struct names_inside names_inside[] = {
	{ DNS_NS, 0, 1 },  { DNS_CNAME, 0, 1 }, { DNS_SOA, 0, 2 },
	{ DNS_PTR, 0, 1 }, { DNS_MX, 2, 1 },    { DNS_DNAME, 0, 1 },
};

static void parse_data(struct buf *out, struct wire_reader *r, uint16_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(names_inside); i++) {
		const struct names_inside *row = &names_inside[i];

		if (row->type != type)
			continue;
		const uint8_t *before = wire_bytes(r, row->before);

		if (before != NULL)
			buf_add(out, before, row->before);
		for (unsigned n = 0; n < row->names; n++)
			free(wire_name(r, out));
	}
	size_t rest = r->end - r->at;
	const uint8_t *bytes = wire_bytes(r, rest);

	if (bytes != NULL)
		buf_add(out, bytes, rest);
}

/* Bounds the reader to the record's data and gives the place behind it. */
static size_t enter_data(struct wire_reader *r)
{
	size_t len = wire_u16(r);

	if (len > r->end - r->at)
		wire_break(r, "a record is longer than the message");
	if (r->broken != NULL)
		return r->at;
	r->end = r->at + len;
	return r->end;
}

/* Behind the data of a record again, all of it having been read. */
static void leave_data(struct wire_reader *r, size_t behind)
{
	if (r->at != behind)
		wire_break(r, "a record's data does not fill its length");
	r->end = r->len;
}

static void parse_ede(struct dns_message *m, struct wire_reader *r, size_t len)
{
	if (len < 2)
		wire_break(r, "an extended error without a code");
	unsigned code = wire_u16(r);
	const uint8_t *text = wire_bytes(r, len >= 2 ? len - 2 : 0);

	if (text == NULL || m->ede_code != DNS_NO_EDE)
		return; /* RFC 8914 §2: several may come; the first is the server's own */
	m->ede_code = (int)code;
	m->ede_text = xstrndup((const char *)text, len - 2);
}

static void parse_options(struct dns_message *m, struct wire_reader *r)
{
	while (r->broken == NULL && r->at < r->end) {
		unsigned code = wire_u16(r);
		size_t len = wire_u16(r);

		if (code == EDNS_EDE)
			parse_ede(m, r, len);
		else
			(void)wire_bytes(r, len);
	}
}

/* RFC 6891 §6.1.1: at most one, at the root, in the additional section. */
static void parse_opt(struct dns_message *m, struct wire_reader *r, const struct dns_record *head)
{
	if (m->edns)
		wire_break(r, "a second OPT record");
	if (!streq(head->name, "."))
		wire_break(r, "an OPT record that is not at the root");
	m->edns = true;
	m->udp_size = head->class;
	m->dnssec_ok = head->ttl & EDNS_DO;
	m->rcode |= (head->ttl >> 24) << 4;
	parse_options(m, r);
}

static void keep_record(struct dns_records *l, struct dns_record *rec, struct buf *data)
{
	l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
	rec->len = data->len;
	rec->data = (uint8_t *)buf_detach(data);
	l->items[l->count++] = *rec;
	rec->name = NULL;
}

/* out: where records go; is_additional: OPT is taken out. */
static void parse_record(struct dns_message *m, struct wire_reader *r, struct dns_records *out)
{
	AUTO(free) char *name = wire_name(r, NULL);
	AUTO(buf_release) struct buf data = BUF_INIT(LIMIT_DNS_DATA);
	struct dns_record rec = { .name = name };

	rec.type = wire_u16(r);
	rec.class = wire_u16(r);
	rec.ttl = wire_u32(r);
	size_t behind = enter_data(r);

	if (r->broken != NULL)
		return;
	if (rec.type == DNS_OPT && out == &m->additional)
		parse_opt(m, r, &rec);
	else
		parse_data(&data, r, rec.type);
	leave_data(r, behind);
	if (data.overflow)
		wire_break(r, "a record's data is too long");
	if (r->broken != NULL || rec.type == DNS_OPT)
		return;
	name = NULL;
	keep_record(out, &rec, &data);
}

static void parse_body(struct dns_message *m, struct wire_reader *r)
{
	m->id = wire_u16(r);
	parse_flags(m, wire_u16(r));
	unsigned questions = wire_u16(r);
	struct dns_records *sections[] = { &m->answer, &m->authority, &m->additional };
	unsigned counts[ARRAY_LEN(sections)];

	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		counts[i] = wire_u16(r);
	parse_question(m, r, questions);
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		for (unsigned n = 0; n < counts[i] && r->broken == NULL; n++)
			parse_record(m, r, sections[i]);
	if (r->at != r->len)
		wire_break(r, "bytes behind the last record");
}

struct err *dns_message_parse(struct dns_message *out, const void *data, size_t len)
{
	AUTO(dns_message_release) struct dns_message m = { .ede_code = DNS_NO_EDE };
	struct wire_reader r = { .data = data, .len = len, .end = len };

	parse_body(&m, &r);
	TRY(wire_check(&r));
	*out = m;
	m = (struct dns_message){ 0 };
	return NULL;
}

void dns_records_add(struct dns_records *l, const char *name, uint16_t type, uint32_t ttl,
		     struct buf *data)
{
	struct dns_record rec = {
		.name = xstrdup(name), .type = type, .class = DNS_IN, .ttl = ttl
	};

	keep_record(l, &rec, data);
}

void dns_records_copy(struct dns_records *out, const struct dns_records *l)
{
	struct dns_records copy = { xcalloc(l->count + 1, sizeof(*l->items)), l->count };

	for (size_t i = 0; i < l->count; i++) {
		copy.items[i] = l->items[i];
		copy.items[i].name = xstrdup(l->items[i].name);
		copy.items[i].data = xmemdup(l->items[i].data, l->items[i].len);
	}
	*out = copy;
}

void dns_records_release(struct dns_records *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->items[i].name);
		free(l->items[i].data);
	}
	free(l->items);
	*l = (struct dns_records){ 0 };
}

void dns_message_release(struct dns_message *m)
{
	free(m->question);
	free(m->ede_text);
	dns_records_release(&m->answer);
	dns_records_release(&m->authority);
	dns_records_release(&m->additional);
	*m = (struct dns_message){ 0 };
}
