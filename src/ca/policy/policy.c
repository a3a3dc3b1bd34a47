#include "ca/policy/policy.h"

#include "ca/config/config.h"
#include "ca/policy/blocked_keys.h"
#include "ca/policy/incidents.h"
#include "ca/policy/network.h"
#include "va/address.h"

static struct err *prepare(struct policy *p)
{
	const struct ca_config *c = p->config;

	TRY_WRAP(address_policy_new(&p->addresses, &c->policy.allow_ip), "[policy] allow_ip");
	TRY_WRAP(networks_new(&p->denied, &c->policy.deny_ip), "[policy] deny_ip");
	if (c->accounts.blocked_keys != NULL)
		TRY_WRAP(blocked_keys_load(&p->blocked_keys, c->accounts.blocked_keys),
			 "[accounts] blocked_keys");
	if (c->policy.incidents != NULL)
		TRY_WRAP(incidents_load(&p->incidents, c->policy.incidents), "[policy] incidents");
	return NULL;
}

struct err *policy_new(struct policy **out, const struct ca_config *config)
{
	AUTO(policy_free) struct policy *p = xcalloc(1, sizeof(*p));

	p->config = config;
	TRY(prepare(p));
	*out = MOVE(p);
	return NULL;
}

void policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	address_policy_free(p->addresses);
	networks_free(p->denied);
	blocked_keys_free(p->blocked_keys);
	incidents_free(p->incidents);
	free(p);
}
