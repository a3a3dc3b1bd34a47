#include "ca/policy/offer.h"

#include "ca/config/config.h"
#include "proto/problem.h"

bool offer_has(const struct policy *p, const struct challenge_type *type)
{
	if (type->historical && !p->config->va.tls_sni)
		return false;
	return strlist_has(&p->config->policy.challenges, type->name);
}

static bool can_prove(const struct challenge_type *type, const struct ident *i)
{
	if (i->type == IDENT_IP)
		return type->ip;
	return type->wildcard || !str_starts(i->value, "*.");
}

size_t offer_for(const struct challenge_type **out, const struct policy *p, const struct ident *i)
{
	size_t count = 0;

	for (size_t n = 0; n < challenge_type_count; n++)
		if (offer_has(p, challenge_types[n]) && can_prove(challenge_types[n], i))
			out[count++] = challenge_types[n];
	return count;
}

struct err *offer_check(const struct policy *p, const struct idents *l)
{
	AUTO(free)
	const struct challenge_type **types = xcalloc(challenge_type_count, sizeof(*types));

	for (size_t i = 0; i < l->count; i++) {
		if (offer_for(types, p, &l->items[i]) > 0)
			continue;
		struct err *e = problem_new("rejectedIdentifier",
					    "no challenge type of this CA can prove \"%s\"",
					    l->items[i].value);

		ident_blame(e, &l->items[i]);
		return e;
	}
	return NULL;
}
