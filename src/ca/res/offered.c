#include "ca/res/offered.h"

#include "ca/policy/offer.h"
#include "jose/base64url.h"

#define TOKEN_BYTES 32

void offered_init(struct store_order_ident *out, const struct ca *ca, const struct ident *ident)
{
	AUTO(free)
	const struct challenge_type **types = xcalloc(challenge_type_count, sizeof(*types));
	size_t count = offer_for(types, ca->policy, ident);
	unsigned char bytes[TOKEN_BYTES];

	*out = (struct store_order_ident){ .ident = *ident };
	ca->world->random->bytes(ca->world->random, bytes, sizeof(bytes));
	out->token = base64url_encode(bytes, sizeof(bytes));
	for (size_t i = 0; i < count; i++)
		strlist_add(&out->offered, types[i]->name);
}

void offered_release(struct store_order_ident *o)
{
	strlist_release(&o->offered);
	/* ours, although the store is shown it as a loan */
	char *token = (char *)(uintptr_t)o->token;

	free(token);
}
