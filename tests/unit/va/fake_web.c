#include "va/fake_web.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/listener.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "net/resolver.h"
#include "pki/challenge_cert.h"
#include "va/address.h"

enum { ROWS_MAX = 64 };

struct guest {
	struct fake_web *web;
	struct bufferevent *io;
	struct event *later;
	const struct web_row *row; /* being played */
	size_t sent;
	struct guest *next, *previous;
};

struct fake_web {
	struct event_base *base;
	struct evconnlistener *door;
	SSL_CTX *tls;
	unsigned port;
	struct web_row rows[ROWS_MAX];
	bool done[ROWS_MAX];
	size_t row_count;
	struct web_row greeting;
	struct strlist requests;
	size_t connections, open, most;
	struct guest *first;
};

static void guest_free(struct guest *g)
{
	struct fake_web *w = g->web;

	*(g->previous != NULL ? &g->previous->next : &w->first) = g->next;
	if (g->next != NULL)
		g->next->previous = g->previous;
	w->open--;
	event_free(g->later);
	bufferevent_free(g->io);
	free(g);
}

static void reset(struct guest *g)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(bufferevent_getfd(g->io), SOL_SOCKET, SO_LINGER, &at_once,
			 sizeof(at_once));
	guest_free(g);
}

static size_t row_len(const struct web_row *r)
{
	return r->len > 0 ? r->len : strlen(r->text);
}

static void after_text(struct guest *g)
{
	switch (g->row->deed) {
	case WEB_ANSWERS:
	case WEB_ONCE:
	case WEB_DRIBBLES:
		guest_free(g);
		break;
	case WEB_RESETS:
		reset(g);
		break;
	case WEB_ENDLESS: {
		char more[4096];

		memset(more, 'x', sizeof(more));
		(void)bufferevent_write(g->io, more, sizeof(more));
		break;
	}
	case WEB_STAYS:
		break;
	}
}

static void send_byte(struct guest *g)
{
	(void)bufferevent_write(g->io, g->row->text + g->sent++, 1);
}

/* Everything written so far is with the system. */
static void on_sent(struct bufferevent *io, void *ctx)
{
	struct guest *g = ctx;
	const struct timeval soon = { .tv_usec = 100 };

	(void)io;
	if (g->row == NULL)
		return;
	if (g->row->deed == WEB_DRIBBLES && g->sent < row_len(g->row))
		(void)event_add(g->later, &soon);
	else
		after_text(g);
}

static void on_later(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	send_byte(ctx);
}

static void play(struct guest *g, const struct web_row *row)
{
	g->row = row;
	g->sent = 0;
	if (row->deed == WEB_DRIBBLES)
		send_byte(g);
	else if (row_len(row) > 0)
		(void)bufferevent_write(g->io, row->text, row_len(row));
	else
		after_text(g);
}

static bool fits(const struct web_row *r, const char *request)
{
	AUTO(free) char *host = str_fmt("\r\nHost: %s\r\n", r->host != NULL ? r->host : "");
	AUTO(free) char *path = str_fmt("GET %s", r->path != NULL ? r->path : "");
	const char *agent = strstr(request, "\r\nUser-Agent: ");

	return (r->host == NULL || strstr(request, host) != NULL) &&
	       (r->path == NULL || str_starts(request, path)) &&
	       (r->user_agent == NULL || (agent != NULL && strstr(agent, r->user_agent) != NULL));
}

static const struct web_row *row_for(struct fake_web *w, const char *request)
{
	static const struct web_row none = { .text = "HTTP/1.1 404 Not Found\r\n\r\n" };

	for (size_t i = 0; i < w->row_count; i++) {
		if (w->done[i] || !fits(&w->rows[i], request))
			continue;
		w->done[i] = w->rows[i].deed == WEB_ONCE;
		return &w->rows[i];
	}
	return &none;
}

static void on_request(struct bufferevent *io, void *ctx)
{
	struct guest *g = ctx;
	struct evbuffer *in = bufferevent_get_input(io);
	struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);

	if (end.pos < 0 || g->row != NULL)
		return;
	AUTO(free) char *text = xcalloc(1, (size_t)end.pos + 5);

	(void)evbuffer_remove(in, text, (size_t)end.pos + 4);
	strlist_add(&g->web->requests, text);
	play(g, row_for(g->web, text));
}

static void on_event(struct bufferevent *io, short what, void *ctx)
{
	struct guest *g = ctx;

	(void)io;
	if (what & BEV_EVENT_CONNECTED)
		return;
	guest_free(g);
}

static void on_guest(struct evconnlistener *door, evutil_socket_t fd, struct sockaddr *from,
		     int len, void *ctx)
{
	struct fake_web *w = ctx;
	struct guest *g = xcalloc(1, sizeof(*g));

	(void)door;
	(void)from;
	(void)len;
	g->web = w;
	g->io = w->tls != NULL ? bufferevent_openssl_socket_new(w->base, fd, SSL_new(w->tls),
								BUFFEREVENT_SSL_ACCEPTING,
								BEV_OPT_CLOSE_ON_FREE)
			       : bufferevent_socket_new(w->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (w->tls != NULL)
		bufferevent_openssl_set_allow_dirty_shutdown(g->io, 1);
	g->later = event_new(w->base, -1, 0, on_later, g);
	g->next = w->first;
	if (w->first != NULL)
		w->first->previous = g;
	w->first = g;
	w->connections++;
	w->open++;
	w->most = w->open > w->most ? w->open : w->most;
	bufferevent_setcb(g->io, on_request, on_sent, on_event, g);
	(void)bufferevent_enable(g->io, EV_READ | EV_WRITE);
	if (w->greeting.text != NULL)
		play(g, &w->greeting);
}

struct fake_web *fake_web_new(struct event_base *base, const char *address, unsigned port,
			      SSL_CTX *tls)
{
	struct fake_web *w = xcalloc(1, sizeof(*w));
	struct address a;
	socklen_t len = sizeof(a.addr);

	if (!address_parse(&a, address, port))
		abort();
	w->base = base;
	w->door = evconnlistener_new_bind(base, on_guest, w,
					  LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 512,
					  (struct sockaddr *)&a.addr, (int)a.len);
	if (w->door == NULL) {
		free(w);
		return NULL;
	}
	if (tls != NULL) {
		/* libevent's TLS writes without MSG_NOSIGNAL */
		(void)sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
		(void)SSL_CTX_up_ref(tls);
	}
	w->tls = tls;
	(void)getsockname(evconnlistener_get_fd(w->door), (struct sockaddr *)&a.addr, &len);
	w->port = ntohs(a.addr.ss_family == AF_INET
				? ((const struct sockaddr_in *)&a.addr)->sin_port
				: ((const struct sockaddr_in6 *)&a.addr)->sin6_port);
	return w;
}

void fake_web_free(struct fake_web *w)
{
	if (w == NULL)
		return;
	while (w->first != NULL)
		guest_free(w->first); /* unlinks it; NOLINT(clang-analyzer-unix.Malloc) */
	evconnlistener_free(w->door);
	SSL_CTX_free(w->tls);
	strlist_release(&w->requests);
	free(w);
}

unsigned fake_web_port(const struct fake_web *w)
{
	return w->port;
}

void fake_web_add(struct fake_web *w, struct web_row row)
{
	if (w->row_count == ROWS_MAX)
		abort();
	w->rows[w->row_count++] = row;
}

void fake_web_greet(struct fake_web *w, const char *text, size_t len, enum web_deed deed)
{
	w->greeting = (struct web_row){ .text = text, .deed = deed, .len = len };
}

const struct strlist *fake_web_requests(const struct fake_web *w)
{
	return &w->requests;
}

size_t fake_web_connections(const struct fake_web *w)
{
	return w->connections;
}

size_t fake_web_open(const struct fake_web *w)
{
	return w->open;
}

size_t fake_web_most(const struct fake_web *w)
{
	return w->most;
}

SSL_CTX *fake_web_tls(void)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	AUTO(buf_release) struct buf der = BUF_INIT(64 * 1024);
	AUTO(cert_names_release) struct cert_names names = { 0 };

	strlist_add(&names.dns, "some.other.example");
	if (challenge_cert_make(&der, key, &names, NULL, time(NULL)) != NULL ||
	    SSL_CTX_use_certificate_ASN1(tls, (int)der.len, (const unsigned char *)der.data) != 1 ||
	    SSL_CTX_use_PrivateKey(tls, key) != 1)
		abort();
	EVP_PKEY_free(key);
	return tls;
}
