#include "ca/crl/crls.h"

#include <event2/event.h>

#include "base/limits.h"
#include "ca/crl/shelf.h"
#include "ca/log/log.h"
#include "ca/sign/sign.h"
#include "ca/store/store.h"
#include "net/mailbox.h"

enum {
	SOON_S = 2,   /* after a revocation: several that come together make one CRL */
	AGAIN_S = 30, /* after the storage failed */
	AT_ONCE = 1000,
};

/* One CRL in the making. */
struct making {
	struct crl_place place;
	int64_t number;
	struct sign_revoked *entries;
	size_t count;
};

struct crls {
	const struct world *world;
	struct ca *ca;
	struct event *timer;
	struct mailbox *mailbox;
	struct crl_shelf *shelf;
	struct making making;
	bool asking, stopped;
};

static void making_release(struct making *m)
{
	for (size_t i = 0; i < m->count; i++)
		free((char *)(uintptr_t)m->entries[i].serial);
	free(m->entries);
	crl_place_release(&m->place);
	*m = (struct making){ 0 };
}

/* --- when */

/* Nothing is wanted later than that: the clock was set back. */
static time_t due_at(const struct crls *c, const struct crl_place *place, time_t wanted)
{
	const struct issuer_config *issuer = issuer_by_name(c->ca->config, place->issuer);
	time_t now = world_now(c->world);

	return issuer != NULL && wanted > now + (time_t)issuer->crl_refresh_s ? now : wanted;
}

static void plan_next(struct crls *c)
{
	AUTO(crl_place_release) struct crl_place place = { 0 };
	time_t now = world_now(c->world);
	time_t when = now;

	if (c->stopped || c->asking || !crl_shelf_first(c->shelf, &place, &when))
		return;
	when = due_at(c, &place, when);
	const struct timeval after = { .tv_sec = when > now ? when - now : 0 };

	(void)event_add(c->timer, &after);
}

static void on_news(void *arg)
{
	plan_next(arg);
}

void crls_revoked(struct crls *c, const char *issuer, int64_t shard)
{
	if (c != NULL && crl_shelf_want(c->shelf, issuer, shard, world_now(c->world) + SOON_S))
		mailbox_post(c->mailbox, on_news, c);
}

/* --- one CRL: number, entries page by page, signature */

static void end(struct crls *c)
{
	c->asking = false;
	making_release(&c->making);
	plan_next(c);
}

static void fail(struct crls *c, const struct err *e)
{
	const struct crl_place *p = &c->making.place;

	ca_log(c->ca->log, LOG_LEVEL_ERROR, "crl_failed",
	       LOG_FIELDS(LOG_STR("issuer", p->issuer), LOG_NUM("shard", p->shard), LOG_ERR(e)));
	(void)crl_shelf_want(c->shelf, p->issuer, p->shard, world_now(c->world) + AGAIN_S);
	end(c);
}

static void publish(struct crls *c, struct buf *der)
{
	const struct making *m = &c->making;
	const struct issuer_config *issuer = issuer_by_name(c->ca->config, m->place.issuer);
	time_t now = world_now(c->world);

	ca_log(c->ca->log, LOG_LEVEL_INFO, "crl_made",
	       LOG_FIELDS(LOG_STR("issuer", m->place.issuer), LOG_NUM("shard", m->place.shard),
			  LOG_NUM("number", m->number), LOG_NUM("revoked", m->count)));
	const struct crl_times times = {
		.made = now,
		.due = now + (issuer != NULL ? (time_t)issuer->crl_refresh_s : 0),
		.ends = now + (issuer != NULL ? (time_t)issuer->crl_lifetime_s : 0),
	};

	crl_shelf_put(c->shelf, &m->place, der, &times);
}

static void sign_it(struct crls *c)
{
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CRL);
	const struct making *m = &c->making;
	const struct sign_crl_ask ask = { .issuer = m->place.issuer,
					  .shard = m->place.shard,
					  .number = m->number,
					  .entries = m->entries,
					  .count = m->count,
					  .now = world_now(c->world) };
	AUTO(err_free) struct err *e = sign_crl(&der, c->ca->sign, &ask);

	if (e != NULL) {
		fail(c, e);
		return;
	}
	publish(c, &der);
	end(c);
}

static void ask_page(struct crls *c, const char *after);

static void keep(struct making *m, struct store_cert *cert)
{
	m->entries = xrealloc(m->entries, m->count + 1, sizeof(*m->entries));
	m->entries[m->count++] = (struct sign_revoked){ .serial = MOVE(cert->serial),
							.when = cert->revoked,
							.reason = cert->reason };
}

static void on_page(void *ctx, struct store_answer *a)
{
	struct crls *c = ctx;
	struct making *m = &c->making;

	if (a->error != NULL) {
		fail(c, a->error);
		return;
	}
	for (size_t i = 0; i < a->cert_count; i++)
		keep(m, &a->certs[i]);
	if (a->cert_count == AT_ONCE)
		ask_page(c, m->entries[m->count - 1].serial);
	else
		sign_it(c);
}

static void ask_page(struct crls *c, const char *after)
{
	const struct store_asker who = { c->mailbox, on_page, c };
	const struct crl_place *p = &c->making.place;
	const struct issuer_config *issuer = issuer_by_name(c->ca->config, p->issuer);
	time_t kept = issuer != NULL ? (time_t)issuer->crl_lifetime_s : 0;

	store_certs_revoked(c->ca->store, &who, p->issuer, p->shard, world_now(c->world) - kept,
			    after, AT_ONCE);
}

static void on_number(void *ctx, struct store_answer *a)
{
	struct crls *c = ctx;

	if (a->error != NULL) {
		fail(c, a->error);
		return;
	}
	c->making.number = a->number;
	ask_page(c, NULL);
}

static void begin(struct crls *c)
{
	const struct store_asker who = { c->mailbox, on_number, c };
	const struct crl_place *p = &c->making.place;
	const struct issuer_config *issuer = issuer_by_name(c->ca->config, p->issuer);
	time_t now = world_now(c->world);

	c->asking = true;
	crl_shelf_take(c->shelf, p, now + (issuer != NULL ? (time_t)issuer->crl_refresh_s : 0));
	store_crl_number(c->ca->store, &who, p->issuer, p->shard);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct crls *c = ctx;
	time_t when = 0;

	(void)fd;
	(void)what;
	if (c->asking || !crl_shelf_first(c->shelf, &c->making.place, &when))
		return;
	if (due_at(c, &c->making.place, when) <= world_now(c->world)) {
		begin(c);
		return;
	}
	making_release(&c->making);
	plan_next(c);
}

/* --- life */

struct crls *crls_new(struct ca *ca, struct event_base *base, struct mailbox *mailbox)
{
	struct crls *c = xcalloc(1, sizeof(*c));

	c->world = ca->world;
	c->mailbox = mailbox;
	c->shelf = crl_shelf_new();
	c->timer = evtimer_new(base, on_timer, c);
	if (c->timer == NULL)
		abort();
	crls_use(c, ca);
	return c;
}

void crls_use(struct crls *c, struct ca *ca)
{
	c->ca = ca;
	crl_shelf_arrange(c->shelf, ca->config);
	plan_next(c);
}

struct crl_copy *crls_read(struct crls *c, const char *issuer, int64_t shard, bool *expected)
{
	struct crl_copy *copy = NULL;

	*expected = false;
	if (c != NULL)
		copy = crl_shelf_read(c->shelf, issuer, shard, expected);
	if (copy == NULL)
		return NULL;
	time_t now = world_now(c->world);

	/* The clock was set, or the machine slept: the timer knows neither. */
	if (!crl_copy_is_of(copy, now))
		mailbox_post(c->mailbox, on_news, c);
	if (crl_copy_holds(copy, now))
		return copy;
	crl_copy_release(copy);
	return NULL;
}

bool crls_are_idle(const struct crls *c)
{
	return !c->asking;
}

void crls_stop(struct crls *c)
{
	c->stopped = true;
	(void)event_del(c->timer);
}

void crls_free(struct crls *c)
{
	if (c == NULL)
		return;
	making_release(&c->making);
	event_free(c->timer);
	crl_shelf_free(c->shelf);
	free(c);
}
