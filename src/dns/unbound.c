/*
 * libunbound: resolves in this process, on our event base, and validates DNSSEC itself (RFC 4035 §5).
 *
 * Its own cancelling is not made for event bases, and nothing may be freed from within its callback. So what comes is kept
 * and delivered in a turn of its own, and what was cancelled is only forgotten by us.
 */
#include <unbound.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "dns/backend.h"
#include "dns/unbound_loop.h"

#define ROOT_ANCHORS "/usr/share/dns/root.key"

enum { INSECURE, BOGUS, SECURE }; /* how libunbound counts */

struct ask_list {
	struct dns_ask *first, **last;
};

struct unbound {
	struct dns_backend backend;
	struct unbound_loop loop;
	struct ub_ctx *ctx;
	size_t inside;           /* what it works on, also what nobody waits for any more */
	struct ask_list asks;    /* that it works on or has answered */
	struct ask_list waiting; /* for room */
	size_t burst;            /* asks begun in this millisecond */
	struct event *tick;      /* its end */
	struct timeval patience; /* with servers that it forwards to; zero: without end */
};

struct dns_ask {
	struct unbound *unbound;
	char *name;
	uint16_t type;
	struct event *deliver; /* NULL: nobody waits for it any more */
	bool inside;           /* libunbound works on it */
	enum dns_failure failure;
	struct dns_message message;
	bool authenticated;
	char *why;
	dns_reply_fn *replied;
	void *ctx;
	struct ask_list *list;
	struct dns_ask *next, **previous;
};

static void enlist(struct dns_ask *a, struct ask_list *l)
{
	a->list = l;
	a->next = NULL;
	a->previous = l->last;
	*l->last = a;
	l->last = &a->next;
}

static void leave_list(struct dns_ask *a)
{
	*a->previous = a->next;
	if (a->next != NULL)
		a->next->previous = a->previous;
	else
		a->list->last = a->previous;
}

static void ask_free(struct dns_ask *a)
{
	leave_list(a);
	if (a->deliver != NULL)
		event_free(a->deliver);
	dns_message_release(&a->message);
	free(a->name);
	free(a->why);
	free(a);
}

/* No server was heard in time. libunbound goes on for minutes; what comes then is nobody's. */
static void give_up(struct dns_ask *a)
{
	const struct dns_reply reply = { .failure = DNS_TIMED_OUT, .tries = 1 };

	event_free(MOVE(a->deliver));
	a->replied(a->ctx, &reply);
}

static void deliver(evutil_socket_t fd, short what, void *arg)
{
	struct dns_ask *a = arg;
	struct dns_message m = a->message;
	AUTO(free) char *why = MOVE(a->why);
	const struct dns_reply reply = {
		.failure = a->failure,
		.message = a->failure == DNS_ANSWERED ? &m : NULL,
		.authenticated = a->authenticated,
		.why = why,
		.server = "libunbound",
		.tries = 1,
	};
	dns_reply_fn *replied = a->replied;
	void *ctx = a->ctx;

	(void)fd;
	(void)what;
	if (a->inside) {
		give_up(a);
		return;
	}
	a->message = (struct dns_message){ 0 };
	ask_free(a);
	replied(ctx, &reply);
	dns_message_release(&m);
}

static void keep(struct dns_ask *a, enum dns_failure failure, const char *why)
{
	a->failure = failure;
	a->why = why != NULL ? xstrdup(why) : NULL;
	event_active(a->deliver, EV_TIMEOUT, 0);
}

/* Without a packet only the code counts. */
static enum dns_failure read_packet(struct dns_message *m, int rcode, const void *packet, int len)
{
	if (rcode != DNS_NOERROR) {
		m->rcode = (unsigned)rcode;
		m->ede_code = DNS_NO_EDE;
		return DNS_ANSWERED;
	}
	AUTO(err_free) struct err *e = dns_message_parse(m, packet, len > 0 ? (size_t)len : 0);

	return e == NULL ? DNS_ANSWERED : DNS_BAD_ANSWER;
}

static void need_tick(struct unbound *u)
{
	static const struct timeval millisecond = { .tv_usec = 1000 };

	if (!evtimer_pending(u->tick, NULL))
		evtimer_add(u->tick, &millisecond);
}

static void came(void *ctx, int rcode, void *packet, int len, int security, char *why, int limited)
{
	struct dns_ask *a = ctx;
	struct unbound *u = a->unbound;

	(void)limited;
	a->inside = false;
	u->inside--;
	if (u->waiting.first != NULL)
		need_tick(u);
	if (a->deliver == NULL) {
		ask_free(a);
	} else if (security == BOGUS) {
		keep(a, DNS_BOGUS, why != NULL ? why : "no reason was given");
	} else {
		a->authenticated = security == SECURE;
		keep(a, read_packet(&a->message, rcode, packet, len), NULL);
	}
}

static bool has_room(const struct unbound *u)
{
	return u->inside < LIMIT_DNS_RECURSIONS && u->burst < LIMIT_DNS_BURST;
}

/* Out of its cache it answers from within. */
static void begin(struct dns_ask *a)
{
	struct unbound *u = a->unbound;

	enlist(a, &u->asks);
	need_tick(u);
	u->burst++;
	u->inside++;
	a->inside = true;
	if (evutil_timerisset(&u->patience))
		(void)evtimer_add(a->deliver, &u->patience);
	int status = ub_resolve_event(u->ctx, a->name, a->type, DNS_IN, a, came, NULL);

	if (status == 0)
		return;
	u->inside--;
	a->inside = false;
	keep(a, DNS_BAD_ANSWER, ub_strerror(status));
}

static void ticked(evutil_socket_t fd, short what, void *arg)
{
	struct unbound *u = arg;

	(void)fd;
	(void)what;
	u->burst = 0;
	while (u->waiting.first != NULL && has_room(u)) {
		struct dns_ask *a = u->waiting.first;

		leave_list(a);
		begin(a);
	}
}

static struct dns_ask *unbound_ask(struct dns_backend *b, const char *name, uint16_t type,
				   dns_reply_fn *replied, void *ctx)
{
	struct unbound *u = (struct unbound *)b;
	struct dns_ask *a = xcalloc(1, sizeof(*a));

	a->unbound = u;
	a->name = xstrdup(name);
	a->type = type;
	a->replied = replied;
	a->ctx = ctx;
	a->deliver = evtimer_new(u->loop.base, deliver, a);
	if (u->waiting.first == NULL && has_room(u))
		begin(a);
	else
		enlist(a, &u->waiting);
	return a;
}

static void unbound_cancel(struct dns_backend *b, struct dns_ask *a)
{
	(void)b;
	if (a->inside)
		event_free(MOVE(a->deliver));
	else
		ask_free(a);
}

static void free_all(struct ask_list *l)
{
	for (struct dns_ask *a = l->first, *next; a != NULL; a = next) {
		next = a->next;
		ask_free(a);
	}
}

static void unbound_free(struct dns_backend *b)
{
	struct unbound *u = (struct unbound *)b;

	if (u->ctx != NULL)
		ub_ctx_delete(u->ctx);
	free_all(&u->asks);
	free_all(&u->waiting);
	event_free(u->tick);
	free(u);
}

static const struct dns_backend_ops unbound_ops = {
	.ask = unbound_ask,
	.cancel = unbound_cancel,
	.free = unbound_free,
};

/* Settings. */

static struct err *ub_err(int status, const char *what)
{
	if (status == 0)
		return NULL;
	return err_new(ERR_CONFIG, "libunbound: %s: %s", what, ub_strerror(status));
}

struct setting {
	const char *name, *value;
};

/*
 * A minute in the cache, no more: whoever mends a record wants it seen, and permission to issue is not to outlive its
 * record for long.
 */
static const struct setting settings[] = {
	{ "cache-max-ttl:", "60" },
	{ "cache-max-negative-ttl:", "60" },
	{ "edns-buffer-size:", "1232" },
	{ "outgoing-range:", "1024" }, /* sockets at a time; in the library it would be 16, */
	{ "outgoing-num-tcp:", "64" }, /* 2, */
	{ "msg-cache-size:", "4m" },   /* 1m, */
	{ "rrset-cache-size:", "8m" }, /* and 1m */
	{ "val-log-level:", "2" },     /* a reason for what is bogus */
};

static struct err *set(struct unbound *u, const char *name, const char *value)
{
	return ub_err(ub_ctx_set_option(u->ctx, name, value), name);
}

/* "192.0.2.53@53" */
static struct err *forward(struct unbound *u, const struct address *a)
{
	AUTO(free) char *host = address_text(a);
	AUTO(free) char *text = str_fmt("%s@%u", host, address_port(a));

	return ub_err(ub_ctx_set_fwd(u->ctx, text), text);
}

/* Twice what the stub allows: a validated answer takes several questions. */
static void set_patience(struct unbound *u, const struct dns_options *o)
{
	unsigned ms = 2 * o->try_ms * o->tries;

	if (o->servers != NULL && o->servers->count > 0)
		u->patience = (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

/* Whom the operator names is asked for all names, also on this machine. */
static struct err *set_servers(struct unbound *u, const struct address_list *servers)
{
	if (servers == NULL || servers->count == 0)
		return NULL;
	TRY(set(u, "do-not-query-localhost:", "no"));
	for (size_t i = 0; i < servers->count; i++)
		TRY(forward(u, &servers->items[i]));
	return NULL;
}

static struct err *set_source(struct unbound *u, const struct address *source)
{
	if (source == NULL)
		return NULL;
	AUTO(free) char *text = address_text(source);

	return set(u, "outgoing-interface:", text);
}

static struct err *set_anchors(struct unbound *u, const struct strlist *anchors)
{
	if (anchors == NULL && !fs_exists(ROOT_ANCHORS))
		return err_new(ERR_CONFIG,
			       "no DNSSEC trust anchors: install dns-root-data, which brings %s, "
			       "or name anchors in the configuration",
			       ROOT_ANCHORS);
	if (anchors == NULL)
		return ub_err(ub_ctx_add_ta_file(u->ctx, ROOT_ANCHORS), ROOT_ANCHORS);
	for (size_t i = 0; i < anchors->count; i++)
		TRY(ub_err(ub_ctx_add_ta(u->ctx, anchors->items[i]), anchors->items[i]));
	return NULL;
}

/*
 * Names of private networks are asked for like others. The first of these calls ends the settings: it reads the trust
 * anchors, so that errors are told at the start and not with the first question.
 */
static struct err *finish_settings(struct unbound *u)
{
	static const char *const zones[] = { "test.", "home.arpa." };

	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		TRY(ub_err(ub_ctx_zone_remove(u->ctx, zones[i]),
			   "taking its settings and trust anchors"));
	return NULL;
}

static struct err *apply(struct unbound *u, const struct dns_options *o)
{
	(void)ub_ctx_debugout(u->ctx, NULL); /* what it would print comes as why_bogus too */
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		TRY(set(u, settings[i].name, settings[i].value));
	if (o->mixed_case)
		TRY(set(u, "use-caps-for-id:", "yes"));
	TRY(set_servers(u, o->servers));
	set_patience(u, o);
	TRY(set_source(u, o->source));
	TRY(set_anchors(u, o->trust_anchors));
	return finish_settings(u);
}

struct err *dns_unbound_new(struct dns_backend **out, struct event_base *base,
			    const struct dns_options *options)
{
	struct unbound *u = xcalloc(1, sizeof(*u));

	u->backend.ops = &unbound_ops;
	u->asks.last = &u->asks.first;
	u->waiting.last = &u->waiting.first;
	u->tick = evtimer_new(base, ticked, u);
	unbound_loop_init(&u->loop, base);
	u->ctx = ub_ctx_create_ub_event(&u->loop.ub);
	struct err *e = u->ctx != NULL ? apply(u, options)
				       : err_new(ERR_INTERNAL, "libunbound could not start");

	if (e != NULL) {
		unbound_free(&u->backend);
		return e;
	}
	*out = &u->backend;
	return NULL;
}
