/* An answer from a resolver: whose id and question fit is followed to an end, and what is found there was asked for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "dns/chain.h"
#include "dns/question.h"

#define NAME "a.example"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void follow(const struct dns_message *m, uint16_t type)
{
	AUTO(chain_release) struct chain c = { .end = xstrdup(NAME) };
	enum chain_outcome outcome = chain_follow(&c, m, type);

	if (outcome == CHAIN_OPEN && (c.records.count > 0 || c.cnames.count == 0))
		abort();
	if (c.cnames.count > LIMIT_DNS_CHAIN)
		abort();
	for (size_t i = 0; i < c.records.count; i++)
		if (c.records.items[i].type != type ||
		    !streq_nocase(c.records.items[i].name, c.end))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(dns_message_release) struct dns_message m = { 0 };
	char name[] = NAME;
	struct question q = { .name = name, .type = DNS_TXT };

	if (size >= 2)
		q.id = (uint16_t)(data[0] << 8 | data[1]);
	if (question_match(&m, &q, data, size) != QUESTION_ANSWERED)
		return 0;
	follow(&m, DNS_TXT);
	follow(&m, DNS_CNAME);
	return 0;
}
