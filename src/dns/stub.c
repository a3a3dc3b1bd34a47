/*
 * The stub: asks the servers it was given, one after the other, and believes them. Each try has a new socket, port and id.
 */
#include <errno.h>
#include <event2/event.h>

#include "base/limits.h"
#include "base/str.h"
#include "dns/backend.h"
#include "dns/carrier.h"
#include "dns/question.h"

struct stub {
	struct dns_backend backend;
	struct event_base *base;
	const struct rand_source *random;
	struct address_list servers;
	struct address source; /* len 0: any */
	size_t preferred;      /* of servers: the last one asked first that was not silent */
	unsigned try_ms;
	unsigned tries;
	bool mixed_case;
	bool trust_ad;
	size_t open;             /* asks with a socket */
	size_t burst;            /* asks begun in this millisecond */
	struct event *tick;      /* its end */
	struct dns_ask *waiting; /* for their turn */
	struct dns_ask **last;   /* where the next one waits */
};

struct dns_ask {
	struct stub *stub;
	struct question question;
	struct carrier *carrier; /* NULL: waits, or the network said no at once */
	struct event *timer;
	size_t server;
	unsigned tries;
	unsigned strays;  /* of this try */
	size_t refused;   /* servers in a row that were not there or would not answer us */
	bool crowded_out; /* the system had no socket left: that says nothing of the server */
	enum dns_failure silence; /* what it means when nothing (more) comes */
	dns_reply_fn *replied;
	void *ctx;
	struct dns_ask *next;      /* of those waiting */
	struct dns_ask **previous; /* what points here; NULL: has its turn */
};

static void begin_try(struct dns_ask *a);
static void heard(void *ctx, const uint8_t *data, size_t len);

static struct address *server_of(struct dns_ask *a)
{
	return &a->stub->servers.items[a->server];
}

/* An ask's turn: it may have a socket. */

static void wait_for_turn(struct dns_ask *a)
{
	struct stub *s = a->stub;

	a->previous = s->last;
	*s->last = a;
	s->last = &a->next;
}

static void leave_queue(struct dns_ask *a)
{
	*a->previous = a->next;
	if (a->next != NULL)
		a->next->previous = a->previous;
	else
		a->stub->last = a->previous;
	a->previous = NULL;
	a->next = NULL;
}

static bool has_room(const struct stub *s)
{
	return s->open < LIMIT_DNS_SOCKETS && s->burst < LIMIT_DNS_BURST;
}

static void take_turn(struct dns_ask *a)
{
	static const struct timeval millisecond = { .tv_usec = 1000 };
	struct stub *s = a->stub;

	if (s->burst++ == 0)
		evtimer_add(s->tick, &millisecond);
	s->open++;
	begin_try(a);
}

static void ask_free(struct dns_ask *a)
{
	if (a->previous != NULL)
		leave_queue(a);
	else
		a->stub->open--;
	carrier_free(a->carrier);
	event_free(a->timer);
	question_release(&a->question);
	free(a);
}

static void next_turns(struct stub *s)
{
	while (s->waiting != NULL && has_room(s)) {
		struct dns_ask *a = s->waiting;

		leave_queue(a);
		take_turn(a);
	}
}

static void ticked(evutil_socket_t fd, short what, void *arg)
{
	struct stub *s = arg;

	(void)fd;
	(void)what;
	s->burst = 0;
	next_turns(s);
}

/* The ask is gone before its owner hears of it, who may do anything then. */
static void finish(struct dns_ask *a, enum dns_failure failure, const struct dns_message *m)
{
	struct stub *s = a->stub;
	AUTO(free) char *server = address_port_text(server_of(a));
	struct dns_reply reply = {
		.failure = failure,
		.message = m,
		.authenticated = m != NULL && s->trust_ad && m->authentic_data,
		.server = failure == DNS_ANSWERED || failure == DNS_BAD_ANSWER ? server : NULL,
		.tries = a->tries,
	};
	dns_reply_fn *replied = a->replied;
	void *ctx = a->ctx;

	ask_free(a);
	next_turns(s);
	replied(ctx, &reply);
}

/* Sending. */

static void set_timer(struct dns_ask *a, unsigned ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000 };

	evtimer_add(a->timer, &tv);
}

/* Where the network says no at once, the timer tells: an owner is never called back from within its own call. */
static void send_question(struct dns_ask *a)
{
	AUTO(buf_release) struct buf wire = BUF_INIT(LIMIT_DNS_MESSAGE);
	struct stub *s = a->stub;
	const struct carrier_request request = {
		.base = s->base,
		.server = server_of(a),
		.source = s->source.len > 0 ? &s->source : NULL,
		.question = &wire,
		.heard = heard,
		.ctx = a,
	};

	carrier_free(MOVE(a->carrier));
	question_shuffle(&a->question, s->random);
	AUTO(err_free) struct err *e = question_render(&wire, &a->question);

	errno = 0;
	if (e == NULL)
		a->carrier = a->question.by_tcp ? carrier_tcp(&request) : carrier_udp(&request);
	a->crowded_out = a->carrier == NULL &&
			 (errno == EMFILE || errno == ENFILE || errno == ENOBUFS);
	set_timer(a, a->carrier != NULL || a->crowded_out ? s->try_ms : 0);
}

static void begin_try(struct dns_ask *a)
{
	a->tries++;
	a->strays = 0;
	a->question.by_tcp = false;
	a->silence = DNS_TIMED_OUT;
	send_question(a);
}

static void next_try(struct dns_ask *a, enum dns_failure failure)
{
	struct stub *s = a->stub;

	if (a->server == s->preferred)
		s->preferred = (s->preferred + 1) % s->servers.count;
	if (a->tries >= s->tries) {
		finish(a, failure, NULL);
		return;
	}
	a->server = (a->server + 1) % s->servers.count;
	begin_try(a);
}

/* TCP needs more than a guessed id: it is where truncated answers become whole and doubtful ones are heard again. */
static void go_by_tcp(struct dns_ask *a, enum dns_failure why)
{
	a->question.by_tcp = true;
	a->silence = why;
	send_question(a);
}

/* Hearing. */

static void network_said_no(struct dns_ask *a)
{
	if (a->question.by_tcp) {
		next_try(a, a->silence);
		return;
	}
	a->refused++;
	if (a->refused >= a->stub->servers.count)
		finish(a, DNS_UNREACHABLE, NULL);
	else
		next_try(a, DNS_UNREACHABLE);
}

static void time_over(evutil_socket_t fd, short what, void *arg)
{
	struct dns_ask *a = arg;

	(void)fd;
	(void)what;
	if (a->carrier == NULL && !a->crowded_out) {
		network_said_no(a);
		return;
	}
	a->refused = 0;
	next_try(a, a->silence);
}

/* RFC 6891 §7: a server from before EDNS0. */
static bool dislikes_edns(const struct dns_ask *a, const struct dns_message *m)
{
	return a->question.edns && !m->edns && (m->rcode == DNS_FORMERR || m->rcode == DNS_NOTIMP);
}

/*
 * A server that will not answer us; another may. SERVFAIL stays what it is: it is how a server says that DNSSEC failed, and
 * the next one might not validate.
 */
static bool is_for_others(const struct dns_ask *a, const struct dns_message *m)
{
	bool refuses = m->rcode == DNS_REFUSED || m->rcode == DNS_NOTIMP || m->rcode == DNS_FORMERR;

	return refuses && a->refused + 1 < a->stub->servers.count && a->tries < a->stub->tries;
}

static void answered(struct dns_ask *a, const struct dns_message *m)
{
	if (m->truncated && a->question.by_tcp) {
		finish(a, DNS_TRUNCATED, NULL);
	} else if (m->truncated) {
		go_by_tcp(a, DNS_TRUNCATED);
	} else if (dislikes_edns(a, m)) {
		a->question.edns = false;
		send_question(a);
	} else if (is_for_others(a, m)) {
		a->refused++;
		next_try(a, DNS_UNREACHABLE);
	} else {
		finish(a, DNS_ANSWERED, m);
	}
}

static void broken(struct dns_ask *a)
{
	if (a->question.by_tcp)
		next_try(a, DNS_BAD_ANSWER);
	else
		go_by_tcp(a, DNS_BAD_ANSWER);
}

/* A stray datagram means nothing; many are somebody who guesses. By TCP nothing strays. */
static void strayed(struct dns_ask *a)
{
	if (a->question.by_tcp)
		next_try(a, DNS_BAD_ANSWER);
	else if (++a->strays >= LIMIT_DNS_STRAY)
		go_by_tcp(a, DNS_TIMED_OUT);
}

static void heard(void *ctx, const uint8_t *data, size_t len)
{
	AUTO(dns_message_release) struct dns_message m = { 0 };
	struct dns_ask *a = ctx;

	if (data == NULL) {
		network_said_no(a);
		return;
	}
	switch (question_match(&m, &a->question, data, len)) {
	case QUESTION_ANSWERED:
		answered(a, &m);
		break;
	case QUESTION_BROKEN:
		broken(a);
		break;
	case QUESTION_OTHER:
		strayed(a);
		break;
	}
}

/* The backend. */

static struct dns_ask *stub_ask(struct dns_backend *b, const char *name, uint16_t type,
				dns_reply_fn *replied, void *ctx)
{
	struct stub *s = (struct stub *)b;
	struct dns_ask *a = xcalloc(1, sizeof(*a));

	a->stub = s;
	a->question = (struct question){
		.name = xstrdup(name),
		.type = type,
		.mixed_case = s->mixed_case,
		.edns = true,
		.wants_ad = s->trust_ad,
	};
	a->timer = evtimer_new(s->base, time_over, a);
	a->server = s->preferred;
	a->replied = replied;
	a->ctx = ctx;
	if (s->waiting == NULL && has_room(s))
		take_turn(a);
	else
		wait_for_turn(a);
	return a;
}

static void stub_cancel(struct dns_backend *b, struct dns_ask *a)
{
	ask_free(a);
	next_turns((struct stub *)b);
}

static void stub_free(struct dns_backend *b)
{
	struct stub *s = (struct stub *)b;

	event_free(s->tick);
	address_list_release(&s->servers);
	free(s);
}

static const struct dns_backend_ops stub_ops = {
	.ask = stub_ask,
	.cancel = stub_cancel,
	.free = stub_free,
};

static void copy_servers(struct address_list *out, const struct address_list *servers)
{
	size_t count = servers->count < LIMIT_DNS_SERVERS ? servers->count : LIMIT_DNS_SERVERS;

	out->items = xmemdup(servers->items, count * sizeof(*servers->items));
	out->count = count;
}

struct err *dns_stub_new(struct dns_backend **out, struct event_base *base,
			 const struct dns_options *o)
{
	struct stub *s = xcalloc(1, sizeof(*s));

	s->backend.ops = &stub_ops;
	s->base = base;
	s->random = o->world->random;
	copy_servers(&s->servers, o->servers);
	if (o->source != NULL)
		s->source = *o->source;
	s->try_ms = o->try_ms;
	s->tries = o->tries;
	s->mixed_case = o->mixed_case;
	s->trust_ad = o->trust_ad;
	s->last = &s->waiting;
	s->tick = evtimer_new(base, ticked, s);
	*out = &s->backend;
	return NULL;
}
