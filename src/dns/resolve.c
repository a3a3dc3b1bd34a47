#include "dns/resolve.h"

#include "base/limits.h"
#include "base/str.h"
#include "dns/backend.h"
#include "dns/chain.h"
#include "dns/resolv_conf.h"
#include "dns/shares.h"
#include "dns/wire.h"

enum { DEFAULT_TRY_MS = 1000, DEFAULT_TRIES = 3 };

struct dns_resolver {
	struct event_base *base;
	const struct world *world;
	struct dns_backend *backend;
	struct shares *shares;
	struct dns_query *queries;
};

struct dns_query {
	struct dns_resolver *resolver; /* NULL: done */
	struct share_seat *seat;       /* NULL: nothing can be asked */
	struct event *timer;
	struct chain chain;
	struct dns_answer answer;
	int64_t begun_ms;
	dns_done_fn *done;
	void *ctx;
	struct dns_query *next, **previous;
};

static void replied(void *ctx, const struct dns_reply *reply);

/* A query's life. */

static void enlist(struct dns_query *q)
{
	struct dns_resolver *r = q->resolver;

	q->next = r->queries;
	q->previous = &r->queries;
	if (q->next != NULL)
		q->next->previous = &q->next;
	r->queries = q;
}

/* From here on the resolver does not know it. */
static void detach(struct dns_query *q)
{
	if (q->seat != NULL)
		shares_leave(MOVE(q->seat));
	*q->previous = q->next;
	if (q->next != NULL)
		q->next->previous = q->previous;
	q->resolver = NULL;
	event_free(MOVE(q->timer));
}

static void query_free(struct dns_query *q)
{
	chain_release(&q->chain);
	dns_answer_release(&q->answer);
	free(q);
}

static void finish(struct dns_query *q, enum dns_failure failure)
{
	q->answer.failure = failure;
	q->answer.authenticated = q->answer.authenticated && failure == DNS_ANSWERED;
	q->answer.duration_ms = world_monotonic_ms(q->resolver->world) - q->begun_ms;
	q->answer.chain = q->chain.cnames;
	q->chain.cnames = (struct dns_records){ 0 };
	if (failure == DNS_ANSWERED) {
		q->answer.records = q->chain.records;
		q->chain.records = (struct dns_records){ 0 };
	}
	detach(q);
	q->done(q->ctx, &q->answer);
	query_free(q);
}

static void time_over(evutil_socket_t fd, short what, void *arg)
{
	struct dns_query *q = arg;

	(void)fd;
	(void)what;
	finish(q, q->seat != NULL ? DNS_CANCELED : DNS_BAD_ANSWER);
}

/* Asking and hearing. */

static void ask(struct dns_query *q)
{
	q->seat = shares_ask(q->resolver->shares, q->chain.end, q->answer.type, replied, q);
}

static void keep_text(char **kept, const char *text)
{
	if (text == NULL)
		return;
	free(*kept);
	*kept = xstrdup(text);
}

static void keep_facts(struct dns_answer *a, const struct dns_reply *reply)
{
	keep_text(&a->server, reply->server);
	keep_text(&a->ede_text, reply->why);
	a->tries += reply->tries;
	a->authenticated = a->authenticated && reply->authenticated;
	if (reply->message == NULL)
		return;
	a->rcode = reply->message->rcode;
	if (reply->message->ede_code == DNS_NO_EDE)
		return;
	a->ede_code = reply->message->ede_code;
	if (reply->why == NULL)
		keep_text(&a->ede_text, reply->message->ede_text);
}

static void replied(void *ctx, const struct dns_reply *reply)
{
	struct dns_query *q = ctx;

	q->seat = NULL;
	keep_facts(&q->answer, reply);
	if (reply->failure != DNS_ANSWERED) {
		finish(q, reply->failure);
		return;
	}
	switch (chain_follow(&q->chain, reply->message, q->answer.type)) {
	case CHAIN_DONE:
		finish(q, DNS_ANSWERED);
		break;
	case CHAIN_OPEN:
		ask(q);
		break;
	case CHAIN_BROKEN:
		finish(q, DNS_BAD_ANSWER);
		break;
	}
}

static char *why_no_name(const char *name)
{
	AUTO(buf_release) struct buf wire = BUF_INIT(LIMIT_DNS_NAME_TEXT);
	AUTO(err_free) struct err *e = wire_put_name(&wire, name);

	return e != NULL ? err_text(e) : NULL;
}

static void set_timer(struct dns_query *q, unsigned ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000 };

	evtimer_add(q->timer, &tv);
}

struct dns_query *dns_query(struct dns_resolver *r, const char *name, uint16_t type,
			    unsigned timeout_ms, dns_done_fn *done, void *ctx)
{
	struct dns_query *q = xcalloc(1, sizeof(*q));
	AUTO(free) char *unaskable = why_no_name(name);

	q->resolver = r;
	q->begun_ms = world_monotonic_ms(r->world);
	q->answer = (struct dns_answer){
		.name = xstrdup(name), .type = type, .authenticated = true, .ede_code = DNS_NO_EDE
	};
	str_lower(q->answer.name);
	q->chain.end = xstrdup(q->answer.name);
	q->done = done;
	q->ctx = ctx;
	q->timer = evtimer_new(r->base, time_over, q);
	enlist(q);
	if (unaskable != NULL)
		q->answer.ede_text = MOVE(unaskable);
	else
		ask(q);
	if (q->seat == NULL || timeout_ms > 0)
		set_timer(q, q->seat != NULL ? timeout_ms : 0);
	return q;
}

void dns_query_cancel(struct dns_query *q)
{
	if (q == NULL || q->resolver == NULL)
		return;
	detach(q);
	query_free(q);
}

/* The resolver. */

static struct err *make_backend(struct dns_resolver *r, const struct dns_options *o)
{
	AUTO(address_list_release) struct address_list found = { 0 };

	if (o->validate)
		return dns_unbound_new(&r->backend, r->base, o);
	if (o->servers != NULL && o->servers->count > 0)
		return dns_stub_new(&r->backend, r->base, o);
	struct dns_options system = *o;

	TRY(resolv_conf_read(&found, RESOLV_CONF));
	system.servers = &found;
	return dns_stub_new(&r->backend, r->base, &system);
}

struct err *dns_resolver_new(struct dns_resolver **out, struct event_base *base,
			     const struct dns_options *options)
{
	AUTO(dns_resolver_free) struct dns_resolver *r = xcalloc(1, sizeof(*r));
	struct dns_options o = *options;

	if (o.tries > LIMIT_DNS_TRIES)
		return err_new(ERR_CONFIG, "%u tries of a DNS query: at most %d", o.tries,
			       LIMIT_DNS_TRIES);
	o.try_ms = o.try_ms > 0 ? o.try_ms : DEFAULT_TRY_MS;
	o.tries = o.tries > 0 ? o.tries : DEFAULT_TRIES;
	r->base = base;
	r->world = o.world;
	TRY(make_backend(r, &o));
	r->shares = shares_new(r->backend);
	*out = MOVE(r);
	return NULL;
}

void dns_resolver_free(struct dns_resolver *r)
{
	if (r == NULL)
		return;
	for (struct dns_query *q = r->queries, *next; q != NULL; q = next) {
		next = q->next;
		dns_query_cancel(q);
	}
	shares_free(r->shares);
	if (r->backend != NULL)
		r->backend->ops->free(r->backend);
	free(r);
}

/* Answers. */

void dns_answer_copy(struct dns_answer *out, const struct dns_answer *a)
{
	struct dns_answer copy = *a;

	copy.name = xstrdup(a->name);
	copy.ede_text = a->ede_text != NULL ? xstrdup(a->ede_text) : NULL;
	copy.server = a->server != NULL ? xstrdup(a->server) : NULL;
	dns_records_copy(&copy.records, &a->records);
	dns_records_copy(&copy.chain, &a->chain);
	*out = copy;
}

void dns_answer_release(struct dns_answer *a)
{
	free(a->name);
	free(a->ede_text);
	free(a->server);
	dns_records_release(&a->records);
	dns_records_release(&a->chain);
	*a = (struct dns_answer){ 0 };
}
