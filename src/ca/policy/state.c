#include "ca/policy/state.h"

enum authz_status authz_status_at(enum authz_status stored, time_t expires, time_t now)
{
	bool ends = stored == AUTHZ_PENDING || stored == AUTHZ_VALID;

	return ends && expires <= now ? AUTHZ_EXPIRED : stored;
}

static size_t count_of(const struct order_facts *f, enum authz_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < f->authz_count; i++)
		n += f->authzs[i] == status;
	return n;
}

enum order_status order_status_at(const struct order_facts *f, time_t now)
{
	size_t valid = count_of(f, AUTHZ_VALID);

	if (f->certified)
		return ORDER_VALID;
	if (f->failed)
		return ORDER_INVALID;
	if (f->finalizing)
		return ORDER_PROCESSING;
	if (f->expires <= now || valid + count_of(f, AUTHZ_PENDING) < f->authz_count)
		return ORDER_INVALID;
	return valid == f->authz_count ? ORDER_READY : ORDER_PENDING;
}

time_t order_expiry(time_t by_profile, const time_t *authz_expires, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (authz_expires[i] < by_profile)
			by_profile = authz_expires[i];
	return by_profile;
}
