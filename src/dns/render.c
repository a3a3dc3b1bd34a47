#include <string.h>

#include "base/limits.h"
#include "dns/message.h"
#include "dns/wire.h"

#define EDNS_EDE 15 /* RFC 8914 */

static unsigned flag(bool set, unsigned bit)
{
	return set ? bit : 0;
}

static uint16_t flags(const struct dns_message *m)
{
	return (uint16_t)(flag(m->response, 0x8000) | (m->opcode & 15) << 11 |
			  flag(m->authoritative, 0x0400) | flag(m->truncated, 0x0200) |
			  flag(m->recursion_desired, 0x0100) |
			  flag(m->recursion_available, 0x0080) | flag(m->authentic_data, 0x0020) |
			  flag(m->checking_disabled, 0x0010) | (m->rcode & 15));
}

static struct err *put_question(struct wire_writer *w, const struct dns_message *m)
{
	if (m->question == NULL)
		return NULL;
	TRY(wire_put_compressed(w, m->question));
	wire_put_u16(w->out, m->qtype);
	wire_put_u16(w->out, m->qclass);
	return NULL;
}

static struct err *put_record(struct wire_writer *w, const struct dns_record *r)
{
	TRY(wire_put_compressed(w, r->name));
	wire_put_u16(w->out, r->type);
	wire_put_u16(w->out, r->class);
	wire_put_u32(w->out, r->ttl);
	wire_put_u16(w->out, (uint16_t)r->len);
	buf_add(w->out, r->data, r->len);
	return r->len <= UINT16_MAX ? NULL : err_new(ERR_LIMIT, "a record of %zu bytes", r->len);
}

static void put_ede(struct buf *out, const struct dns_message *m)
{
	const char *text = m->ede_text != NULL ? m->ede_text : "";
	size_t len = strlen(text);

	if (m->ede_code == DNS_NO_EDE) {
		wire_put_u16(out, 0);
		return;
	}
	wire_put_u16(out, (uint16_t)(len + 6));
	wire_put_u16(out, EDNS_EDE);
	wire_put_u16(out, (uint16_t)(len + 2));
	wire_put_u16(out, (uint16_t)m->ede_code);
	buf_add(out, text, len);
}

static void put_opt(struct buf *out, const struct dns_message *m)
{
	if (!m->edns)
		return;
	buf_addc(out, '\0');
	wire_put_u16(out, DNS_OPT);
	wire_put_u16(out, m->udp_size);
	wire_put_u32(out, (uint32_t)(m->rcode >> 4) << 24 | flag(m->dnssec_ok, 0x8000));
	put_ede(out, m);
}

static struct err *put_records(struct wire_writer *w, const struct dns_records *l)
{
	for (size_t i = 0; i < l->count; i++)
		TRY(put_record(w, &l->items[i]));
	return NULL;
}

struct err *dns_message_render(struct buf *out, const struct dns_message *m)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_DNS_MESSAGE);
	AUTO(wire_writer_release) struct wire_writer w = { .out = &b };

	wire_put_u16(&b, m->id);
	wire_put_u16(&b, flags(m));
	wire_put_u16(&b, m->question != NULL ? 1 : 0);
	wire_put_u16(&b, (uint16_t)m->answer.count);
	wire_put_u16(&b, (uint16_t)m->authority.count);
	wire_put_u16(&b, (uint16_t)(m->additional.count + (m->edns ? 1 : 0)));
	TRY(put_question(&w, m));
	TRY(put_records(&w, &m->answer));
	TRY(put_records(&w, &m->authority));
	TRY(put_records(&w, &m->additional));
	put_opt(&b, m);
	TRY(buf_check(&b, "a DNS message"));
	buf_add(out, b.data, b.len);
	return NULL;
}
