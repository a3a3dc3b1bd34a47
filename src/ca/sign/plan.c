#include <stdio.h>
#include <string.h>

#include "ca/sign/state.h"
#include "pki/spki.h"

#define SERIAL_BYTES 18 /* the prefix and 136 random bits */

static time_t later(time_t a, time_t b)
{
	return a > b ? a : b;
}

/* Not before now, whatever it is backdated to. */
static time_t begin_of(const struct sign_ask *ask)
{
	return later(ask->now, ask->not_before);
}

static bool is_candidate(const struct issuer *i, const struct sign_ask *ask)
{
	return sign_profile_takes(ask->profile, i) && i->cert->not_after >= begin_of(ask);
}

/* Of this kind of key (RSA or not), or of any. */
static size_t candidates(const struct issuer **out, const struct sign *s,
			 const struct sign_ask *ask, const enum key_kind *kind)
{
	size_t count = 0;

	for (size_t i = 0; i < s->count; i++)
		if (is_candidate(s->issuers[i], ask) &&
		    (kind == NULL || s->issuers[i]->type->kind == *kind))
			out[count++] = s->issuers[i];
	return count;
}

static struct err *choose_issuer(const struct issuer **out, const struct sign *s,
				 const struct sign_ask *ask)
{
	AUTO(free) const struct issuer **found = xcalloc(s->count, sizeof(*found));
	struct key_numbers n;
	size_t count = 0;

	TRY(sign_check_dates(s, ask->profile, begin_of(ask)));
	if (spki_numbers(&n, DER_OF(ask->spki, ask->spki_len)))
		count = candidates(found, s, ask, &n.type->kind);
	if (count == 0)
		count = candidates(found, s, ask, NULL);
	*out = found[rand_below(s->world->random, count)];
	return NULL;
}

/* RFC 5280 §4.1.2.2: positive, at most 20 octets; unpredictable (BR 7.1). */
static void make_serial(struct sign_plan *plan, const struct sign *s, const struct issuer *i)
{
	unsigned char bytes[SERIAL_BYTES];
	uint64_t low;

	s->world->random->bytes(s->world->random, bytes, sizeof(bytes));
	bytes[0] = (unsigned char)i->config->serial_prefix;
	for (size_t n = 0; n < sizeof(bytes); n++)
		(void)snprintf(plan->serial + 2 * n, 3, "%02x", bytes[n]);
	memcpy(&low, bytes + sizeof(bytes) - sizeof(low), sizeof(low));
	plan->shard = (int64_t)(low % (uint64_t)i->config->crl_shards);
}

static time_t earlier(time_t a, time_t b)
{
	return a < b ? a : b;
}

/* Both ends count, so the last second is one less (RFC 5280 §4.1.2.5). Never beyond the issuer's own dates; who begins later ends no later. */
static void set_dates(struct sign_plan *plan, const struct issuer *i, const struct sign_ask *ask)
{
	const struct profile_config *p = ask->profile;
	time_t from = ask->not_before != 0 ? ask->not_before : ask->now - p->backdate_s;
	time_t until = earlier(from, ask->now) + p->lifetime_s - 1;

	if (ask->not_after != 0)
		until = earlier(until, ask->not_after);
	plan->not_before = later(from, i->cert->not_before);
	plan->not_after = earlier(until, i->cert->not_after);
}

static void copy_idents(struct idents *out, const struct idents *from)
{
	for (size_t i = 0; i < from->count; i++)
		idents_add(out, from->items[i].type, from->items[i].value);
}

struct err *sign_prepare(struct sign_plan *out, const struct sign *s, const struct sign_ask *ask)
{
	const struct issuer *i = NULL;

	TRY(choose_issuer(&i, s, ask));
	*out = (struct sign_plan){ .issuer = xstrdup(i->config->name),
				   .profile = xstrdup(ask->profile->name),
				   .spki = xmemdup(ask->spki, ask->spki_len),
				   .spki_len = ask->spki_len };
	if (ask->profile->common_name && ask->common_name != NULL)
		out->common_name = xstrdup(ask->common_name);
	copy_idents(&out->idents, ask->idents);
	make_serial(out, s, i);
	set_dates(out, i, ask);
	return NULL;
}

void sign_plan_release(struct sign_plan *p)
{
	free(p->issuer);
	free(p->profile);
	free(p->common_name);
	free(p->spki);
	idents_release(&p->idents);
	*p = (struct sign_plan){ 0 };
}
