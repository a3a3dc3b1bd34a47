#include "ca/issue/issuance.h"

#include <event2/event.h>
#include <openssl/sha.h>

#include "base/limits.h"
#include "ca/crl/crls.h"
#include "ca/issue/job.h"
#include "ca/log/log.h"
#include "ca/policy/limiter.h"
#include "ca/res/renewal.h"
#include "net/mailbox.h"
#include "proto/problem.h"

#define KEY_COMPROMISE 1 /* RFC 5280 §5.3.1 */

struct issuances *issuances_new(struct ca_loop *loop)
{
	struct issuances *l = xcalloc(1, sizeof(*l));

	l->loop = loop;
	return l;
}

size_t issuances_open_count(const struct issuances *l)
{
	return l->count;
}

static void release(struct issuance *i)
{
	if (i->timer != NULL)
		event_free(i->timer);
	for (size_t n = 0; i->checks != NULL && n < i->order.authz_count; n++)
		err_free(i->checks[n].problem);
	free(i->checks);
	store_order_release(&i->order);
	sign_plan_release(&i->plan);
	buf_release(&i->der);
	free(i->account_url);
	free(i->problem);
	free(i);
}

static void end(struct issuance *i)
{
	struct issuances *l = i->list;

	*(i->previous != NULL ? &i->previous->next : &l->first) = i->next;
	if (i->next != NULL)
		i->next->previous = i->previous;
	l->count--;
	release(i);
}

void issuances_free(struct issuances *l)
{
	if (l == NULL)
		return;
	for (struct issuance *i = l->first, *next; i != NULL; i = next) {
		next = i->next;
		release(i);
	}
	free(l);
}

static struct ca *ca_of(const struct issuance *i)
{
	return i->list->loop->ca;
}

static void tell(struct issuance *i)
{
	issuance_fn *told = MOVE(i->told);

	if (told != NULL)
		told(i->ctx, &i->order);
}

/* --- the storage does not take it now */

static void try_again(evutil_socket_t fd, short what, void *ctx)
{
	struct issuance *i = ctx;

	(void)fd;
	(void)what;
	i->again(i);
}

static void later(struct issuance *i, const struct err *why, void (*again)(struct issuance *i))
{
	const struct timeval wait = { .tv_sec = why->retry_after_s > 0 ? why->retry_after_s : 1 };

	ca_log(ca_of(i)->log, LOG_LEVEL_WARNING, "issuance_waits",
	       LOG_FIELDS(LOG_NUM("order", i->order.id), LOG_ERR(why)));
	i->again = again;
	if (i->timer == NULL)
		i->timer = evtimer_new(i->list->loop->base, try_again, i);
	evtimer_add(i->timer, &wait);
	tell(i);
}

static struct store_asker asker(struct issuance *i, void (*done)(void *, struct store_answer *))
{
	return (struct store_asker){ i->list->loop->mailbox, done, i };
}

/* --- the end: a failed order */

static void store_failure(struct issuance *i);

static void failure_stored(void *ctx, struct store_answer *a)
{
	struct issuance *i = ctx;

	if (a->error != NULL) {
		later(i, a->error, store_failure);
		return;
	}
	if (a->outcome == STORE_DONE)
		i->order.error = MOVE(i->problem);
	tell(i);
	end(i);
}

static void store_failure(struct issuance *i)
{
	const struct store_asker who = asker(i, failure_stored);

	store_order_fail(ca_of(i)->store, &who, i->order.id, i->problem);
}

static void fail(struct issuance *i, struct err *why)
{
	AUTO(json_release) json_t *problem = problem_render(why);

	i->problem = json_compact(problem);
	ca_log(ca_of(i)->log, LOG_LEVEL_WARNING, "order_failed",
	       LOG_FIELDS(LOG_NUM("order", i->order.id), LOG_NUM("account", i->order.account_id),
			  LOG_ERR(why)));
	err_free(why);
	store_failure(i);
}

/* --- the end: a certificate */

static void pay(struct issuance *i, enum renewal renewal)
{
	limiter_issued(ca_of(i)->limiter, &i->order.idents, renewal,
		       clock_now_ms(ca_of(i)->world->clock));
	end(i);
}

static void same_known(void *ctx, struct store_answer *a)
{
	pay(ctx, a->cert_count == 1 ? RENEWAL_SAME_NAMES : RENEWAL_NONE);
}

static void look_for_same(struct issuance *i)
{
	const struct store_renewed same = {
		.idents = &i->order.idents,
		.since = i->order.created - RENEWAL_SAME_S,
		.before = i->order.id,
	};
	const struct store_asker who = asker(i, same_known);

	store_cert_renewed(ca_of(i)->store, &who, &same);
}

static void replaced_found(void *ctx, struct store_answer *a)
{
	struct issuance *i = ctx;

	if (a->cert_count == 1 && renewal_is_timely(ca_of(i), &a->certs[0], i->order.created))
		pay(i, RENEWAL_TIMELY);
	else
		look_for_same(i);
}

/* Whoever renews in the window that we named pays no limit (ca.md 5.10). */
static void count(struct issuance *i)
{
	AUTO(ari_id_release) struct ari_id id = { 0 };
	AUTO(err_free)
	struct err *e = i->order.replaces != NULL ? ari_id_parse(&id, i->order.replaces) : NULL;
	AUTO(free)
	char *serial = i->order.replaces != NULL && e == NULL ? renewal_serial(ca_of(i), &id)
							      : NULL;
	const struct store_asker who = asker(i, replaced_found);

	if (!limiter_is_on(ca_of(i)->limiter))
		end(i);
	else if (serial != NULL)
		store_cert_by_serial(ca_of(i)->store, &who, serial);
	else
		look_for_same(i);
}

/*
 * A key may be reported as compromised while it is being certified: whoever blocked it did not see this certificate, but what was
 * blocked shows now.
 */
static void take_back(struct issuance *i);

static void revoked(void *ctx, struct store_answer *a)
{
	struct issuance *i = ctx;

	if (a->error != NULL) {
		later(i, a->error, take_back);
		return;
	}
	if (a->outcome == STORE_DONE) {
		ca_log(ca_of(i)->log, LOG_LEVEL_INFO, "certificate_revoked",
		       LOG_FIELDS(LOG_STR("serial", i->plan.serial),
				  LOG_NUM("reason", KEY_COMPROMISE)));
		crls_revoked(ca_of(i)->crls, i->plan.issuer, i->plan.shard);
	}
	count(i);
}

static void take_back(struct issuance *i)
{
	const struct store_asker who = asker(i, revoked);

	store_cert_revoke(ca_of(i)->store, &who, i->plan.serial, world_now(ca_of(i)->world),
			  KEY_COMPROMISE, true);
}

static void look_at_key(struct issuance *i);

static void key_asked(void *ctx, struct store_answer *a)
{
	if (a->error != NULL)
		later(ctx, a->error, look_at_key);
	else if (a->outcome == STORE_DONE)
		take_back(ctx);
	else
		count(ctx);
}

static void look_at_key(struct issuance *i)
{
	const struct store_asker who = asker(i, key_asked);
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256(i->plan.spki, i->plan.spki_len, digest);
	store_key_blocked(ca_of(i)->store, &who, digest);
}

static void log_issued(const struct issuance *i)
{
	AUTO(free) char *names = idents_summary(&i->order.idents);

	ca_log(ca_of(i)->log, LOG_LEVEL_INFO, "certificate_issued",
	       LOG_FIELDS(LOG_STR("serial", i->plan.serial), LOG_STR("issuer", i->plan.issuer),
			  LOG_STR("profile", i->plan.profile), LOG_NUM("order", i->order.id),
			  LOG_NUM("account", i->order.account_id), LOG_STR("identifiers", names)));
}

static struct err *taken_back(void)
{
	return problem_new("unauthorized",
			   "the account, or an authorization of the order, was deactivated before "
			   "there was a certificate");
}

static void certify(struct issuance *i);

static void certified(void *ctx, struct store_answer *a)
{
	struct issuance *i = ctx;

	if (a->error != NULL) {
		later(i, a->error, certify);
		return;
	}
	if (a->outcome == STORE_CONFLICT) {
		fail(i, taken_back());
		return;
	}
	if (a->outcome != STORE_DONE) {
		tell(i);
		end(i);
		return;
	}
	i->order.certified = true;
	log_issued(i);
	tell(i);
	look_at_key(i);
}

static void certify(struct issuance *i)
{
	const struct store_asker who = asker(i, certified);

	store_order_certify(ca_of(i)->store, &who, i->order.id, i->der.data, i->der.len);
}

static void sign(struct issuance *i)
{
	struct err *e = sign_certificate(&i->der, ca_of(i)->sign, &i->plan);

	if (e != NULL)
		fail(i, e);
	else
		certify(i);
}

void caa_done(struct issuance *i, struct err *problem)
{
	if (problem != NULL)
		fail(i, problem);
	else
		sign(i);
}

static struct issuance *add(struct issuances *l, const struct issuance_start *s)
{
	struct issuance *i = xcalloc(1, sizeof(*i));

	i->list = l;
	i->order = *s->order;
	i->plan = *s->plan;
	*s->order = (struct store_order){ 0 };
	*s->plan = (struct sign_plan){ 0 };
	i->account_url = s->account_url != NULL ? xstrdup(s->account_url) : NULL;
	i->told = s->told;
	i->ctx = s->ctx;
	i->der = BUF_INIT(LIMIT_CHAIN_BYTES);
	i->next = l->first;
	if (i->next != NULL)
		i->next->previous = i;
	l->first = i;
	l->count++;
	return i;
}

void issuance_begin(struct issuances *l, const struct issuance_start *s)
{
	struct issuance *i = add(l, s);
	time_t now = world_now(l->loop->ca->world);

	if (s->refused != NULL) {
		fail(i, s->refused);
		return;
	}
	if (!caa_is_due(l->loop->ca, &i->order, now)) {
		sign(i);
		return;
	}
	tell(i);
	caa_begin(i, now);
}
