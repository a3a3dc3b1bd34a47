#include "ca/service/parts.h"

#include "base/limits.h"
#include "ca/jws/account_keys.h"
#include "ca/jws/nonce.h"
#include "ca/log/log.h"
#include "ca/policy/limiter.h"
#include "ca/policy/policy.h"
#include "ca/setup/warnings.h"
#include "ca/sign/sign.h"
#include "ca/store/store.h"

struct parts {
	struct ca ca;             /* first: what others hold */
	struct ca_config *config; /* NULL: lent */
	bool renewed;
};

static void free_ca(struct ca *ca)
{
	struct parts *p = (struct parts *)ca;

	limiter_free(p->ca.limiter);
	warnings_free(p->ca.warnings);
	sign_free(p->ca.sign);
	policy_free(p->ca.policy);
	if (!p->renewed) {
		store_close(p->ca.store);
		account_keys_free(p->ca.account_keys);
		nonces_free(p->ca.nonces);
		ca_log_free(p->ca.log);
	}
	ca_config_free(p->config);
	free(p);
}

static struct parts *parts_init(void)
{
	struct parts *p = xcalloc(1, sizeof(*p));

	atomic_init(&p->ca.users, 1);
	p->ca.free = free_ca;
	return p;
}

struct ca *parts_ca(struct parts *p)
{
	return &p->ca;
}

static struct err *open_log(struct ca *ca)
{
	const struct log_config *c = &ca->config->log;
	const struct log_options o = {
		.clock = ca->world->clock,
		.path = c->file,
		.level = (enum log_level)c->level,
		.json = c->json,
	};

	return ca_log_new(&ca->log, &o);
}

/* What a configuration decides alone; what was counted before goes on to count. */
static struct err *make_own(struct ca *ca, const struct limiter *before)
{
	TRY(policy_new(&ca->policy, ca->config));
	TRY(sign_new(&ca->sign, ca->config, ca->world));
	ca->warnings = warnings_new(ca->config, ca->sign);
	return limiter_new(&ca->limiter, ca->config, before);
}

static struct err *make_shared(struct ca *ca)
{
	TRY(open_log(ca));
	TRY(nonces_new(&ca->nonces, ca->world, 0));
	ca->account_keys = account_keys_new(ca->world, LIMIT_CA_ACCOUNT_KEYS,
					    ca->config->accounts.key_cache_s);
	TRY(store_open(&ca->store, ca->config, ca->world));
	return store_check_issuers(ca->store, ca->config);
}

struct err *parts_new(struct parts **out, const struct ca_config *config, const struct world *world)
{
	AUTO(parts_free) struct parts *p = parts_init();

	p->ca.world = world;
	p->ca.config = config;
	TRY(make_own(&p->ca, NULL));
	TRY(make_shared(&p->ca));
	*out = MOVE(p);
	return NULL;
}

struct err *parts_renew(struct parts **out, const struct parts *old, struct ca_config *config)
{
	AUTO(parts_free) struct parts *p = parts_init();

	p->renewed = true;
	p->ca = old->ca;
	atomic_init(&p->ca.users, 1);
	p->ca.config = config;
	p->ca.policy = NULL;
	p->ca.sign = NULL;
	p->ca.warnings = NULL;
	p->ca.limiter = NULL;
	TRY(make_own(&p->ca, old->ca.limiter));
	TRY(store_check_issuers(p->ca.store, config));
	p->config = config;
	*out = MOVE(p);
	return NULL;
}

void parts_free(struct parts *p)
{
	ca_let_go((struct ca *)p);
}
