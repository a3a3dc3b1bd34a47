#include "net/server.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "net/server_socket.h"
#include "net/visitor.h"

enum {
	MAX_LISTENERS = 8,
	ACCEPT_PAUSE_MS = 100,
};

struct listener {
	struct server *server;
	struct evconnlistener *accepting;
	struct event *again; /* of a pause: there is no descriptor for one more */
	SSL_CTX *tls;        /* NULL: plain */
};

struct server {
	struct server_options options;
	struct event_base *own_base; /* NULL: the caller's */
	struct listener listeners[MAX_LISTENERS];
	size_t listener_count;
	unsigned port;
	struct visitor *oldest, *newest;
	size_t visitor_count;
	int wake_fd; /* eventfd: written to stop the loop */
	struct event *wake;
	pthread_t thread;
	bool running;
	bool draining;
	struct event *all_gone; /* of draining */
	void (*drained)(void *ctx);
	void *drained_ctx;
};

/* --- visitors --- */

const struct server_options *server_options(const struct server *s)
{
	return &s->options;
}

void server_unlink(struct server *s, struct visitor *v)
{
	*(v->older != NULL ? &v->older->newer : &s->oldest) = v->newer;
	*(v->newer != NULL ? &v->newer->older : &s->newest) = v->older;
	v->older = v->newer = NULL;
	s->visitor_count--;
}

void server_link(struct server *s, struct visitor *v)
{
	v->older = s->newest;
	*(s->newest != NULL ? &s->newest->newer : &s->oldest) = v;
	s->newest = v;
	s->visitor_count++;
}

/* One that is being worked for gives way only when all are. */
static struct visitor *least_missed(const struct server *s)
{
	struct visitor *v = s->oldest;

	while (v != NULL && v->request != NULL)
		v = v->newer;
	return v != NULL ? v : s->oldest;
}

static void on_visitor(struct evconnlistener *accepting, evutil_socket_t fd, struct sockaddr *addr,
		       int len, void *ctx)
{
	const struct listener *l = ctx;
	struct address peer = { .len = (socklen_t)len };
	SSL *ssl = l->tls != NULL ? SSL_new(l->tls) : NULL;

	(void)accepting;
	if (l->tls != NULL && ssl == NULL)
		abort();
	memcpy(&peer.addr, addr, (size_t)len);
	if (l->server->visitor_count >= l->server->options.max_connections)
		visitor_free(least_missed(l->server));
	visitor_new(l->server, fd, ssl, &peer);
}

static void accept_again(evutil_socket_t fd, short what, void *ctx)
{
	const struct listener *l = ctx;

	(void)fd;
	(void)what;
	(void)evconnlistener_enable(l->accepting);
}

/* Linux refuses for want of a descriptor before it looks. */
static bool somebody_waits(struct evconnlistener *accepting)
{
	struct pollfd door = { .fd = evconnlistener_get_fd(accepting), .events = POLLIN };

	return poll(&door, 1, 0) == 1;
}

/*
 * No descriptor is left for who waits, and libevent would try again and again: who is quiet gives way, else there is a pause.
 */
static void on_no_visitor(struct evconnlistener *accepting, void *ctx)
{
	const struct listener *l = ctx;
	struct visitor *v = least_missed(l->server);
	const struct timeval pause = { .tv_usec = ACCEPT_PAUSE_MS * 1000 };

	if (!somebody_waits(accepting))
		return;
	if (v != NULL && visitor_is_quiet(v)) {
		visitor_free(v);
		return;
	}
	(void)evconnlistener_disable(accepting);
	(void)event_add(l->again, &pause);
}

/* --- listening --- */

static void remember_port(struct server *s, int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} a = { 0 };
	socklen_t len = sizeof(a);

	if (getsockname(fd, &a.any, &len) == 0)
		s->port = ntohs(a.any.sa_family == AF_INET6 ? a.in6.sin6_port : a.in.sin_port);
}

struct err *server_listen_tls(struct server *s, const char *address, unsigned port, SSL_CTX *tls)
{
	int fd = -1;

	if (s->listener_count == MAX_LISTENERS)
		return err_new(ERR_LIMIT, "more than %d listeners", MAX_LISTENERS);
	TRY(server_socket_open(&fd, address, port, s->options.reuse_port));
	remember_port(s, fd);
	struct listener *l = &s->listeners[s->listener_count++];

	if (tls != NULL)
		(void)SSL_CTX_up_ref(tls);
	l->server = s;
	l->tls = tls;
	l->accepting = evconnlistener_new(s->options.base, on_visitor, l,
					  LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1, fd);
	l->again = evtimer_new(s->options.base, accept_again, l);
	if (l->accepting == NULL || l->again == NULL)
		abort();
	evconnlistener_set_error_cb(l->accepting, on_no_visitor);
	return NULL;
}

struct err *server_listen(struct server *s, const char *address, unsigned port)
{
	return server_listen_tls(s, address, port, NULL);
}

void server_set_tls(struct server *s, SSL_CTX *tls)
{
	for (size_t i = 0; i < s->listener_count; i++) {
		struct listener *l = &s->listeners[i];

		if (l->tls == NULL)
			continue;
		(void)SSL_CTX_up_ref(tls);
		SSL_CTX_free(l->tls);
		l->tls = tls;
	}
}

unsigned server_port(const struct server *s)
{
	return s->port;
}

/* --- life --- */

static void on_wake(evutil_socket_t fd, short what, void *ctx)
{
	struct server *s = ctx;

	(void)fd;
	(void)what;
	(void)event_base_loopbreak(s->own_base);
}

/* One thread uses it at a time, so it needs no locks. */
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

/* From the loop: whoever drains may free the server in done. */
static void on_drained(evutil_socket_t fd, short what, void *ctx)
{
	struct server *s = ctx;

	(void)fd;
	(void)what;
	if (s->drained != NULL)
		s->drained(s->drained_ctx);
}

static void set_defaults(struct server_options *o)
{
	if (o->max_connections == 0)
		o->max_connections = LIMIT_SERVER_CONNECTIONS;
	if (o->idle_timeout_ms <= 0)
		o->idle_timeout_ms = LIMIT_SERVER_IDLE_MS;
	if (o->header_timeout_ms <= 0)
		o->header_timeout_ms = o->idle_timeout_ms;
	if (o->body_timeout_ms <= 0)
		o->body_timeout_ms = o->idle_timeout_ms;
	if (o->clock == NULL)
		o->clock = &system_clock;
}

static struct err *make_loop(struct server *s)
{
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->own_base = new_base();
	if (s->wake_fd < 0 || s->own_base == NULL)
		return err_errno(errno, "starting a server");
	s->options.base = s->own_base;
	s->wake = event_new(s->own_base, s->wake_fd, EV_READ | EV_PERSIST, on_wake, s);
	if (s->wake == NULL || event_add(s->wake, NULL) != 0)
		abort();
	return NULL;
}

struct err *server_new(struct server **out, const struct server_options *o)
{
	AUTO(server_free) struct server *s = xcalloc(1, sizeof(*s));

	s->options = *o;
	s->wake_fd = -1;
	set_defaults(&s->options);
	if (o->base == NULL)
		TRY(make_loop(s));
	s->all_gone = event_new(s->options.base, -1, 0, on_drained, s);
	if (s->all_gone == NULL)
		abort();
	*out = MOVE(s);
	return NULL;
}

static void *run(void *ctx)
{
	const struct server *s = ctx;

	(void)event_base_dispatch(s->own_base);
	return NULL;
}

/* The thread takes no signals: they are for the main thread, and SIGPIPE of a closed peer for nobody. */
struct err *server_start(struct server *s)
{
	sigset_t all;
	sigset_t before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	int error = pthread_create(&s->thread, NULL, run, s);

	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		return err_errno(error, "starting a server's thread");
	s->running = true;
	return NULL;
}

static void stop(struct server *s)
{
	const uint64_t one = 1;

	if (!s->running)
		return;
	if (write(s->wake_fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
		abort();
	(void)pthread_join(s->thread, NULL);
}

/* --- the end --- */

static void stop_listening(struct server *s)
{
	while (s->listener_count > 0) {
		const struct listener *l = &s->listeners[--s->listener_count];

		evconnlistener_free(l->accepting);
		event_free(l->again);
		SSL_CTX_free(l->tls);
	}
}

bool server_is_draining(const struct server *s)
{
	return s->draining;
}

size_t server_connections(const struct server *s)
{
	return s->visitor_count;
}

void server_visitor_gone(struct server *s)
{
	if (s->draining && s->visitor_count == 0)
		event_active(s->all_gone, EV_TIMEOUT, 0);
}

void server_drain(struct server *s, void (*done)(void *ctx), void *ctx)
{
	s->draining = true;
	s->drained = done;
	s->drained_ctx = ctx;
	stop_listening(s);
	for (struct visitor *v = s->oldest, *next = NULL; v != NULL; v = next) {
		next = v->newer;
		if (visitor_is_quiet(v))
			visitor_free(v);
	}
	server_visitor_gone(s);
}

/* What libevent has put off (BEV_OPT_DEFER_CALLBACKS) holds connections, and is forgotten unless the loop turns again. */
static void free_loop(struct event_base *base)
{
	(void)event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_free(base);
}

void server_free(struct server *s)
{
	if (s == NULL)
		return;
	stop(s);
	s->draining = false;
	while (s->oldest != NULL)
		visitor_free(s->oldest); /* unlinks it; NOLINT(clang-analyzer-unix.Malloc) */
	stop_listening(s);
	if (s->wake != NULL)
		event_free(s->wake);
	if (s->all_gone != NULL)
		event_free(s->all_gone);
	if (s->own_base != NULL)
		free_loop(s->own_base);
	fd_close(s->wake_fd);
	free(s);
}
