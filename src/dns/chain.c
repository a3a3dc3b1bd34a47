#include "dns/chain.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "dns/rdata.h"

static bool stands_at(const struct dns_record *r, const char *name, uint16_t type)
{
	return r->type == type && r->class == DNS_IN && streq_nocase(r->name, name);
}

static const struct dns_record *find(const struct dns_records *l, const char *name, uint16_t type)
{
	for (size_t i = 0; i < l->count; i++)
		if (stands_at(&l->items[i], name, type))
			return &l->items[i];
	return NULL;
}

static void keep(struct dns_records *l, const struct dns_record *r)
{
	AUTO(buf_release) struct buf data = BUF_INIT(LIMIT_DNS_DATA);

	buf_add(&data, r->data, r->len);
	dns_records_add(l, r->name, r->type, r->ttl, &data);
}

/* One CNAME on. false: it leads nowhere new. */
static bool step(struct chain *c, const struct dns_record *cname)
{
	AUTO(free) char *target = NULL;
	AUTO(err_free) struct err *e = dns_target_read(&target, cname);

	if (e != NULL || c->cnames.count >= LIMIT_DNS_CHAIN)
		return false;
	keep(&c->cnames, cname);
	for (size_t i = 0; i < c->cnames.count; i++)
		if (streq_nocase(c->cnames.items[i].name, target))
			return false;
	free(c->end);
	c->end = MOVE(target);
	str_lower(c->end);
	return true;
}

static bool is_below(const char *name, const char *zone)
{
	size_t name_len = strlen(name), zone_len = strlen(zone);

	if (streq(zone, "."))
		return true;
	if (zone_len > name_len || !streq_nocase(name + name_len - zone_len, zone))
		return false;
	return zone_len == name_len || name[name_len - zone_len - 1] == '.';
}

/* RFC 2308 §2: the zone of the chain's end itself says that there is nothing. */
static bool says_nothing_there(const struct dns_message *m, const char *end)
{
	for (size_t i = 0; i < m->authority.count; i++)
		if (m->authority.items[i].type == DNS_SOA &&
		    is_below(end, m->authority.items[i].name))
			return true;
	return false;
}

enum chain_outcome chain_follow(struct chain *c, const struct dns_message *m, uint16_t type)
{
	const struct dns_record *cname = NULL;
	bool moved = false;

	while (find(&m->answer, c->end, type) == NULL &&
	       (cname = find(&m->answer, c->end, DNS_CNAME)) != NULL) {
		if (!step(c, cname))
			return CHAIN_BROKEN;
		moved = true;
	}
	for (size_t i = 0; i < m->answer.count; i++)
		if (stands_at(&m->answer.items[i], c->end, type))
			keep(&c->records, &m->answer.items[i]);
	if (c->records.count > 0 || !moved || m->rcode != DNS_NOERROR)
		return CHAIN_DONE;
	return says_nothing_there(m, c->end) ? CHAIN_DONE : CHAIN_OPEN;
}

void chain_release(struct chain *c)
{
	free(c->end);
	dns_records_release(&c->cnames);
	dns_records_release(&c->records);
	*c = (struct chain){ 0 };
}
