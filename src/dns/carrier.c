#include "dns/carrier.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "dns/wire.h"

enum { TCP_LENGTH = 2 }; /* RFC 1035 §4.2.2: how long the message behind it is */

struct carrier {
	int fd;                  /* UDP; -1 */
	struct event *readable;  /* UDP */
	struct bufferevent *tcp; /* NULL for UDP; owns its socket */
	carrier_fn *heard;
	void *ctx;
};

static int open_socket(const struct carrier_request *r, int type)
{
	sa_family_t family = r->server->addr.ss_family;
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || r->source == NULL || r->source->addr.ss_family != family)
		return fd;
	if (bind(fd, (const struct sockaddr *)&r->source->addr, r->source->len) == 0)
		return fd;
	close(fd);
	return -1;
}

static struct carrier *carrier_new(const struct carrier_request *r)
{
	struct carrier *c = xcalloc(1, sizeof(*c));

	c->fd = -1;
	c->heard = r->heard;
	c->ctx = r->ctx;
	return c;
}

void carrier_free(struct carrier *c)
{
	if (c == NULL)
		return;
	if (c->readable != NULL)
		event_free(c->readable);
	if (c->tcp != NULL)
		bufferevent_free(c->tcp);
	fd_close(c->fd);
	free(c);
}

/* One datagram a turn of the loop: whoever floods us does not hold the others up. */
static void datagram(evutil_socket_t fd, short what, void *arg)
{
	uint8_t data[LIMIT_DNS_DATAGRAM];
	struct carrier *c = arg;
	ssize_t len = recv(fd, data, sizeof(data), 0);

	(void)what;
	if (len >= 0)
		c->heard(c->ctx, data, (size_t)len);
	else if (errno != EAGAIN && errno != EINTR)
		c->heard(c->ctx, NULL, 0);
}

struct carrier *carrier_udp(const struct carrier_request *r)
{
	AUTO(carrier_free) struct carrier *c = carrier_new(r);
	const struct sockaddr *to = (const struct sockaddr *)&r->server->addr;

	c->fd = open_socket(r, SOCK_DGRAM);
	if (c->fd < 0 || connect(c->fd, to, r->server->len) != 0)
		return NULL;
	if (send(c->fd, r->question->data, r->question->len, 0) < 0)
		return NULL;
	c->readable = event_new(r->base, c->fd, EV_READ | EV_PERSIST, datagram, c);
	if (c->readable == NULL || event_add(c->readable, NULL) != 0)
		return NULL;
	return MOVE(c);
}

static void some_came(struct bufferevent *tcp, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(tcp);
	struct carrier *c = arg;
	uint8_t head[TCP_LENGTH];

	if (evbuffer_copyout(in, head, sizeof(head)) != (ev_ssize_t)sizeof(head))
		return;
	size_t len = (size_t)head[0] << 8 | head[1];

	if (evbuffer_get_length(in) < len + TCP_LENGTH)
		return;
	uint8_t *whole = evbuffer_pullup(in, (ev_ssize_t)(len + TCP_LENGTH));

	bufferevent_disable(tcp, EV_READ);
	c->heard(c->ctx, whole + TCP_LENGTH, len);
}

static void broke_off(struct bufferevent *tcp, short what, void *arg)
{
	struct carrier *c = arg;

	(void)tcp;
	if ((what & BEV_EVENT_CONNECTED) == 0)
		c->heard(c->ctx, NULL, 0);
}

struct carrier *carrier_tcp(const struct carrier_request *r)
{
	AUTO(carrier_free) struct carrier *c = carrier_new(r);
	AUTO(buf_release) struct buf framed = BUF_INIT(LIMIT_DNS_MESSAGE + TCP_LENGTH);
	int fd = open_socket(r, SOCK_STREAM);

	if (fd < 0)
		return NULL;
	c->tcp = bufferevent_socket_new(r->base, fd,
					BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (c->tcp == NULL) {
		close(fd);
		return NULL;
	}
	bufferevent_setcb(c->tcp, some_came, NULL, broke_off, c);
	bufferevent_setwatermark(c->tcp, EV_READ, TCP_LENGTH, LIMIT_DNS_MESSAGE + TCP_LENGTH);
	wire_put_u16(&framed, (uint16_t)r->question->len);
	buf_add(&framed, r->question->data, r->question->len);
	bufferevent_write(c->tcp, framed.data, framed.len);
	bufferevent_enable(c->tcp, EV_READ | EV_WRITE);
	if (bufferevent_socket_connect(c->tcp, (const struct sockaddr *)&r->server->addr,
				       (int)r->server->len) != 0)
		return NULL;
	return MOVE(c);
}
