#include "ca/policy/limiter.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/limits.h"
#include "ca/policy/limit_keys.h"
#include "ca/policy/limit_refusal.h"
#include "ca/policy/limit_rows.h"
#include "ca/policy/overrides.h"
#include "ca/policy/tally.h"
#include "proto/problem.h"

/* What was counted; outlives a configuration. */
struct counts {
	atomic_uint users;     /* limiters */
	pthread_mutex_t lock;  /* of what follows */
	struct tally *buckets; /* by limit and key: when it is full again, in milliseconds */
	struct tally
		*requests; /* like buckets: whoever comes from many addresses fills only this */
	struct tally *failures; /* in a row, by account and name */
};

struct limiter {
	const struct limits_config *config; /* lent */
	struct overrides *overrides;
	struct counts *counts;
};

/* One bucket that a request is about. */
struct claim {
	enum limit_kind kind;
	char *key;
	bool spends;
};

struct claims {
	struct claim *items;
	size_t count;
};

static void claims_release(struct claims *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i].key);
	free(l->items);
}

AUTO_RELEASE(struct claims, claims_release)

/* Takes key. The same bucket is claimed once. */
static void claim(struct claims *l, enum limit_kind kind, char *key, bool spends)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].kind == kind && streq(l->items[i].key, key)) {
			free(key);
			return;
		}
	l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
	l->items[l->count++] = (struct claim){ .kind = kind, .key = key, .spends = spends };
}

/* --- buckets: GCRA --- */

/* One for an account and a name, else one for all names of the account. */
static const struct rate *exception_of(const struct limiter *l, const struct claim *c)
{
	const char *limit = limit_rows[c->kind].form.name;
	const struct rate *found = overrides_find(l->overrides, limit, c->key);

	if (found != NULL || c->kind != LIMIT_FAILURES_PER_NAME)
		return found;
	AUTO(free) char *account = xstrndup(c->key, strcspn(c->key, ":"));

	return overrides_find(l->overrides, limit, account);
}

static struct rate rate_of(const struct limiter *l, const struct claim *c)
{
	const struct rate *exception = exception_of(l, c);

	if (exception != NULL)
		return *exception;
	return *(const struct rate *)(const void *)((const char *)l->config +
						    limit_rows[c->kind].offset);
}

static int64_t *bucket_of(struct limiter *l, const struct claim *c)
{
	AUTO(free) char *key = str_fmt("%d %s", (int)c->kind, c->key);

	return tally_at(limit_rows[c->kind].path != NULL ? l->counts->requests : l->counts->buckets,
			key);
}

static int64_t step_ms(const struct rate *r)
{
	int64_t ms = r->period_s * 1000 / r->count;

	return ms > 0 ? ms : 1;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* How long until one can be spent; 0: now. */
static int64_t wait_ms(struct limiter *l, const struct claim *c, const struct rate *r,
		       int64_t now_ms)
{
	int64_t full = later(*bucket_of(l, c), now_ms) + step_ms(r);

	return later(full - now_ms - r->period_s * 1000, 0);
}

static void spend(struct limiter *l, const struct claim *c, int64_t now_ms)
{
	struct rate r = rate_of(l, c);
	int64_t *full = bucket_of(l, c);

	if (r.count > 0)
		*full = later(*full, now_ms) + step_ms(&r);
}

static void refund(struct limiter *l, const struct claim *c)
{
	struct rate r = rate_of(l, c);

	if (r.count > 0)
		*bucket_of(l, c) -= step_ms(&r);
}

static struct err *check_all(struct limiter *l, const struct claims *all, int64_t now_ms)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct claim *c = &all->items[i];
		struct limit_hit hit = { .kind = c->kind, .key = c->key, .rate = rate_of(l, c) };

		hit.wait_ms = hit.rate.count > 0 ? wait_ms(l, c, &hit.rate, now_ms) : 0;
		if (hit.wait_ms > 0)
			return limit_refusal(l->config, &hit, now_ms);
	}
	return NULL;
}

/* All or none. */
static struct err *settle(struct limiter *l, const struct claims *all, int64_t now_ms)
{
	(void)pthread_mutex_lock(&l->counts->lock);
	struct err *e = check_all(l, all, now_ms);

	for (size_t i = 0; e == NULL && i < all->count; i++)
		if (all->items[i].spends)
			spend(l, &all->items[i], now_ms);
	(void)pthread_mutex_unlock(&l->counts->lock);
	return e;
}

static void claim_certificates(struct claims *all, const struct idents *l, enum renewal renewal,
			       bool spends)
{
	for (size_t i = 0; renewal == RENEWAL_NONE && i < l->count; i++)
		claim(all, LIMIT_CERTIFICATES_PER_DOMAIN, limit_key_domain(&l->items[i]), spends);
	claim(all, LIMIT_CERTIFICATES_PER_SET, limit_key_set(l), spends);
}

/* --- life --- */

static struct counts *counts_new(void)
{
	struct counts *c = xcalloc(1, sizeof(*c));

	atomic_init(&c->users, 1);
	(void)pthread_mutex_init(&c->lock, NULL);
	c->buckets = tally_new(LIMIT_CA_BUCKETS);
	c->requests = tally_new(LIMIT_CA_BUCKETS);
	c->failures = tally_new(LIMIT_CA_BUCKETS);
	return c;
}

static struct counts *counts_share(struct counts *c)
{
	(void)atomic_fetch_add(&c->users, 1);
	return c;
}

static void counts_release(struct counts *c)
{
	if (atomic_fetch_sub(&c->users, 1) > 1)
		return;
	(void)pthread_mutex_destroy(&c->lock);
	tally_free(c->buckets);
	tally_free(c->requests);
	tally_free(c->failures);
	free(c);
}

struct err *limiter_new(struct limiter **out, const struct ca_config *config,
			const struct limiter *before)
{
	AUTO(limiter_free) struct limiter *l = xcalloc(1, sizeof(*l));
	struct override_form forms[ARRAY_LEN(limit_rows) + 1] = { { .name = NULL } };

	for (size_t i = 0; i < ARRAY_LEN(limit_rows); i++)
		forms[i] = limit_rows[i].form;
	l->config = &config->limits;
	l->counts = before != NULL ? counts_share(before->counts) : counts_new();
	TRY(overrides_load(&l->overrides, config->limits.overrides, forms));
	*out = MOVE(l);
	return NULL;
}

void limiter_free(struct limiter *l)
{
	if (l == NULL)
		return;
	counts_release(l->counts);
	overrides_free(l->overrides);
	free(l);
}

bool limiter_is_on(const struct limiter *l)
{
	return l->config->on;
}

/* --- what costs --- */

struct err *limiter_request(struct limiter *l, const char *path, const struct address *peer,
			    int64_t now_ms)
{
	AUTO(claims_release) struct claims all = { 0 };
	enum limit_kind kind = LIMIT_REQUESTS_OTHER;

	if (!l->config->on || !limit_of_path(&kind, path))
		return NULL;
	claim(&all, kind, limit_key_address(peer), true);
	return settle(l, &all, now_ms);
}

struct err *limiter_new_account(struct limiter *l, const struct address *peer, int64_t now_ms)
{
	AUTO(claims_release) struct claims all = { 0 };

	if (!l->config->on)
		return NULL;
	AUTO(free) char *address = limit_key_address(peer);

	claim(&all, LIMIT_ACCOUNTS_PER_ADDRESS, xstrdup(address), true);
	if (strchr(address, ':') != NULL)
		claim(&all, LIMIT_ACCOUNTS_PER_NETWORK, limit_key_network(address), true);
	return settle(l, &all, now_ms);
}

static struct err *check_paused(struct limiter *l, int64_t account_id, const struct ident *i)
{
	AUTO(free) char *key = limit_key_failures(account_id, i);
	const char *url = l->config->unpause_url;

	(void)pthread_mutex_lock(&l->counts->lock);
	int64_t failures = tally_peek(l->counts->failures, key);

	(void)pthread_mutex_unlock(&l->counts->lock);
	if (failures < l->config->pause_after)
		return NULL;
	return problem_new("rateLimited",
			   "this account is paused for \"%s\" after %" PRId64
			   " failed validations in a row%s%s",
			   i->value, failures, url != NULL ? "; to go on, see " : "",
			   url != NULL ? url : "");
}

struct err *limiter_new_order(struct limiter *l, int64_t account_id, const struct idents *idents,
			      enum renewal renewal, int64_t now_ms)
{
	AUTO(claims_release) struct claims all = { 0 };

	if (!l->config->on)
		return NULL;
	for (size_t i = 0; l->config->pause_after > 0 && i < idents->count; i++)
		TRY(check_paused(l, account_id, &idents->items[i]));
	if (renewal == RENEWAL_TIMELY)
		return NULL;
	if (renewal == RENEWAL_NONE)
		claim(&all, LIMIT_ORDERS_PER_ACCOUNT, limit_key_account(account_id), true);
	for (size_t i = 0; i < idents->count; i++)
		claim(&all, LIMIT_FAILURES_PER_NAME,
		      limit_key_failures(account_id, &idents->items[i]), false);
	claim_certificates(&all, idents, renewal, false);
	return settle(l, &all, now_ms);
}

/* Only the order itself was paid for. */
void limiter_refund_order(struct limiter *l, int64_t account_id, enum renewal renewal)
{
	AUTO(claims_release) struct claims all = { 0 };

	if (!l->config->on || renewal != RENEWAL_NONE)
		return;
	claim(&all, LIMIT_ORDERS_PER_ACCOUNT, limit_key_account(account_id), true);
	(void)pthread_mutex_lock(&l->counts->lock);
	refund(l, &all.items[0]);
	(void)pthread_mutex_unlock(&l->counts->lock);
}

static void spend_all(struct limiter *l, const struct claims *all, int64_t now_ms)
{
	(void)pthread_mutex_lock(&l->counts->lock);
	for (size_t i = 0; i < all->count; i++)
		spend(l, &all->items[i], now_ms);
	(void)pthread_mutex_unlock(&l->counts->lock);
}

void limiter_issued(struct limiter *l, const struct idents *idents, enum renewal renewal,
		    int64_t now_ms)
{
	AUTO(claims_release) struct claims all = { 0 };

	if (!l->config->on || renewal == RENEWAL_TIMELY)
		return;
	claim_certificates(&all, idents, renewal, true);
	spend_all(l, &all, now_ms);
}

void limiter_judged(struct limiter *l, int64_t account_id, const struct ident *ident, bool valid,
		    int64_t now_ms)
{
	AUTO(claims_release) struct claims all = { 0 };

	if (!l->config->on)
		return;
	AUTO(free) char *key = limit_key_failures(account_id, ident);

	claim(&all, LIMIT_FAILURES_PER_NAME, xstrdup(key), true);
	if (!valid)
		spend_all(l, &all, now_ms);
	(void)pthread_mutex_lock(&l->counts->lock);
	int64_t *failures = tally_at(l->counts->failures, key);

	*failures = valid ? 0 : *failures + 1;
	(void)pthread_mutex_unlock(&l->counts->lock);
}
