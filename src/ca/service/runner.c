#include "ca/service/runner.h"

#include <event2/event.h>
#include <pthread.h>

#include "ca/config/config.h"
#include "ca/dcv/dcv.h"
#include "ca/http/dispatch.h"
#include "ca/issue/issuance.h"
#include "ca/log/log.h"
#include "net/mailbox.h"
#include "net/server.h"

enum { LOOK_AGAIN_MS = 20 };

struct runner {
	struct ca_loop loop;
	pthread_t thread;
	bool running;
	struct event *idle; /* of draining: looks whether work is left */
	struct mailbox *told;
	void (*done)(void *arg);
	void *arg;
};

static int ms_of(int64_t seconds)
{
	return (int)(seconds * 1000);
}

static struct err *make_server(struct ca_loop *loop, bool reuse_port)
{
	const struct server_config *c = &loop->ca->config->server;
	const struct server_options o = {
		.handle = ca_dispatch,
		.refuse = ca_refuse,
		.ctx = loop,
		.base = loop->base,
		.reuse_port = reuse_port,
		.max_connections = (size_t)c->max_connections,
		.idle_timeout_ms = ms_of(c->idle_timeout_s),
		.header_timeout_ms = ms_of(c->header_timeout_s),
		.body_timeout_ms = ms_of(c->body_timeout_s),
		.limits = &dispatch_limits,
		.clock = loop->ca->world->clock,
	};

	return server_new(&loop->server, &o);
}

/* Entered by one thread only: no locks. */
static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();

	if (config == NULL ||
	    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV) != 0)
		abort();
	struct event_base *base = event_base_new_with_config(config);

	event_config_free(config);
	return base;
}

static struct err *make_loop(struct ca_loop *loop, bool reuse_port)
{
	loop->base = new_base();
	if (loop->base == NULL)
		return err_new(ERR_INTERNAL, "no event loop can be made");
	TRY(mailbox_new(&loop->mailbox, loop->base));
	TRY(dcv_new(&loop->dcv, loop));
	loop->issuances = issuances_new(loop);
	return make_server(loop, reuse_port);
}

struct err *runner_new(struct runner **out, struct ca *ca, unsigned number, bool reuse_port)
{
	AUTO(runner_free) struct runner *r = xcalloc(1, sizeof(*r));

	r->loop.ca = ca_hold(ca);
	r->loop.number = number;
	TRY(make_loop(&r->loop, reuse_port));
	*out = MOVE(r);
	return NULL;
}

struct err *runner_listen(struct runner *r, const char *address, unsigned *port, SSL_CTX *tls)
{
	struct server *s = r->loop.server;

	TRY(tls != NULL ? server_listen_tls(s, address, *port, tls)
			: server_listen(s, address, *port));
	*port = server_port(s);
	return NULL;
}

static void end_turn(void *ctx)
{
	const struct runner *r = ctx;

	ca_log_flush(r->loop.ca->log);
}

static void *run(void *ctx)
{
	struct runner *r = ctx;

	mailbox_run(r->loop.mailbox, end_turn, r);
	return NULL;
}

/* Signals are blocked by main, which takes them. */
struct err *runner_start(struct runner *r)
{
	int error = pthread_create(&r->thread, NULL, run, r);

	if (error != 0)
		return err_errno(error, "starting a thread");
	r->running = true;
	return NULL;
}

/* --- letters --- */

struct letter {
	struct runner *runner;
	struct ca *ca;
	SSL_CTX *tls;
};

static void post(struct runner *r, void (*fn)(void *arg), struct letter letter)
{
	struct letter *l = xmemdup(&letter, sizeof(letter));

	l->runner = r;
	mailbox_post(r->loop.mailbox, fn, l);
}

static void take_ca(void *arg)
{
	AUTO(free) struct letter *l = arg;

	ca_let_go(l->runner->loop.ca);
	l->runner->loop.ca = l->ca;
}

void runner_use(struct runner *r, struct ca *ca)
{
	post(r, take_ca, (struct letter){ .ca = ca_hold(ca) });
}

static void take_tls(void *arg)
{
	AUTO(free) struct letter *l = arg;

	server_set_tls(l->runner->loop.server, l->tls);
	SSL_CTX_free(l->tls);
}

void runner_use_tls(struct runner *r, SSL_CTX *tls)
{
	(void)SSL_CTX_up_ref(tls);
	post(r, take_tls, (struct letter){ .tls = tls });
}

static void resume(void *arg)
{
	AUTO(free) struct letter *l = arg;

	issuances_resume(l->runner->loop.issuances);
}

void runner_resume(struct runner *r)
{
	post(r, resume, (struct letter){ 0 });
}

/* --- the end --- */

static void look_for_work(evutil_socket_t fd, short what, void *ctx)
{
	static const struct timeval again = { .tv_usec = LOOK_AGAIN_MS * 1000 };
	struct runner *r = ctx;

	(void)fd;
	(void)what;
	if (dcv_open_count(r->loop.dcv) + issuances_open_count(r->loop.issuances) > 0) {
		(void)event_add(r->idle, &again);
		return;
	}
	(void)event_base_loopbreak(r->loop.base);
	mailbox_post(r->told, r->done, r->arg);
}

static void on_drained(void *ctx)
{
	look_for_work(-1, 0, ctx);
}

static void drain(void *arg)
{
	AUTO(free) struct letter *l = arg;
	struct runner *r = l->runner;

	r->idle = evtimer_new(r->loop.base, look_for_work, r);
	server_drain(r->loop.server, on_drained, r);
}

void runner_drain(struct runner *r, struct mailbox *to, void (*done)(void *arg), void *arg)
{
	r->told = to;
	r->done = done;
	r->arg = arg;
	post(r, drain, (struct letter){ 0 });
}

static void end_loop(void *arg)
{
	AUTO(free) struct letter *l = arg;

	(void)event_base_loopbreak(l->runner->loop.base);
}

void runner_stop(struct runner *r)
{
	if (r->running) {
		post(r, end_loop, (struct letter){ 0 });
		(void)pthread_join(r->thread, NULL);
	}
	r->running = false;
	server_free(MOVE(r->loop.server));
	issuances_free(MOVE(r->loop.issuances));
	dcv_free(MOVE(r->loop.dcv));
	if (r->idle != NULL)
		event_free(MOVE(r->idle));
}

void runner_free(struct runner *r)
{
	if (r == NULL)
		return;
	runner_stop(r);
	mailbox_free(r->loop.mailbox);
	if (r->loop.base != NULL)
		event_base_free(r->loop.base);
	ca_let_go(r->loop.ca);
	free(r);
}
