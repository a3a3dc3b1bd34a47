#include "dns/question.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void mix_case(char *name, const struct rand_source *random)
{
	uint8_t bits[LIMIT_DNS_NAME_TEXT / 8] = { 0 };
	size_t len = strlen(name);

	random->bytes(random, bits, sizeof(bits));
	for (size_t i = 0; i < len && i < 8 * sizeof(bits); i++)
		if (is_letter(name[i]))
			name[i] = (char)((name[i] | 0x20) ^ (bits[i / 8] >> i % 8 & 1) << 5);
}

void question_shuffle(struct question *q, const struct rand_source *random)
{
	random->bytes(random, &q->id, sizeof(q->id));
	if (q->mixed_case)
		mix_case(q->name, random);
}

struct err *question_render(struct buf *out, const struct question *q)
{
	const struct dns_message m = {
		.id = q->id,
		.recursion_desired = true,
		.authentic_data = q->wants_ad,
		.question = q->name,
		.qtype = q->type,
		.qclass = DNS_IN,
		.edns = q->edns,
		.udp_size = LIMIT_DNS_UDP,
		.ede_code = DNS_NO_EDE,
	};

	return dns_message_render(out, &m);
}

static bool same_name(const struct question *q, const char *name)
{
	return q->mixed_case && !q->by_tcp ? streq(q->name, name) : streq_nocase(q->name, name);
}

/* Servers that understood nothing, or will not say, repeat no question. */
static bool is_bare_refusal(const struct dns_message *m)
{
	return m->question == NULL && m->rcode != DNS_NOERROR && m->rcode != DNS_NXDOMAIN &&
	       m->answer.count == 0;
}

static bool fits(const struct question *q, const struct dns_message *m)
{
	if (!m->response || m->opcode != 0)
		return false;
	if (m->question == NULL)
		return is_bare_refusal(m);
	return same_name(q, m->question) && m->qtype == q->type && m->qclass == DNS_IN;
}

enum question_match question_match(struct dns_message *out, const struct question *q,
				   const uint8_t *data, size_t len)
{
	AUTO(dns_message_release) struct dns_message m = { 0 };

	if (len < sizeof(q->id) || (data[0] << 8 | data[1]) != q->id)
		return QUESTION_OTHER;
	AUTO(err_free) struct err *e = dns_message_parse(&m, data, len);

	if (e != NULL || !fits(q, &m))
		return QUESTION_BROKEN;
	*out = m;
	m = (struct dns_message){ 0 };
	return QUESTION_ANSWERED;
}

void question_release(struct question *q)
{
	free(q->name);
	*q = (struct question){ 0 };
}
