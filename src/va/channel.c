#include "va/channel.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "va/address.h"
#include "va/channel_tls.h"
#include "va/gate.h"

enum { READ_BYTES = 16 * 1024 };

struct channel {
	struct channel_options o;
	struct address to, from;
	struct gate_pass pass;
	enum channel_phase phase;
	int fd;
	int error; /* of connect(), when it was known at once */
	struct channel_tls tls;
	struct event io;
	bool listed; /* io was assigned */
	int64_t deadline_ms, phase_deadline_ms;
	int64_t connected_ms;
	struct buf unsent;
	bool cut; /* FIN */
};

/* --- waiting --- */

static int64_t now_ms(const struct channel *c)
{
	return c->o.clock->monotonic_ms(c->o.clock);
}

static void enter_phase(struct channel *c, enum channel_phase phase)
{
	int64_t end = now_ms(c) + c->o.connect_ms;
	bool short_one = phase == CHANNEL_CONNECTING || phase == CHANNEL_HANDSHAKE;

	c->phase = phase;
	c->phase_deadline_ms = short_one && end < c->deadline_ms ? end : c->deadline_ms;
}

static void on_io(evutil_socket_t fd, short what, void *ctx);

static void await(struct channel *c, short what)
{
	int64_t left = c->phase_deadline_ms - now_ms(c);
	struct timeval after = { .tv_sec = left > 0 ? left / 1000 : 0,
				 .tv_usec = left > 0 ? left % 1000 * 1000 : 0 };

	if (c->listed)
		(void)event_del(&c->io);
	c->listed = true;
	if (event_assign(&c->io, c->o.base, c->fd, what, on_io, c) != 0 ||
	    event_add(&c->io, &after) != 0)
		abort();
}

/* Without waiting for anything, but from the loop. */
static void call_soon(struct channel *c, short what)
{
	event_active(&c->io, what, 0);
}

static void await_peer(struct channel *c)
{
	await(c, c->unsent.len > 0 ? EV_READ | EV_WRITE : EV_READ);
}

static void fail(struct channel *c, struct channel_failure f)
{
	f.phase = c->phase;
	c->o.owner.failed(c->o.owner.ctx, &f);
}

static void fail_as(struct channel *c, enum channel_cause cause, int error)
{
	fail(c, (struct channel_failure){ .cause = cause, .error = error });
}

/* --- bytes --- */

/* errno, or 0: sent, or kept for later. */
static int flush(struct channel *c)
{
	while (c->unsent.len > 0) {
		ssize_t n = send(c->fd, c->unsent.data, c->unsent.len, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return errno == EAGAIN ? 0 : errno;
		if (n > 0)
			buf_consume(&c->unsent, (size_t)n);
	}
	return 0;
}

/* n > 0 bytes; 0: none now, c->cut says whether ever; < 0: -errno. */
static ssize_t receive(struct channel *c, char *data, size_t len)
{
	ssize_t n = c->cut ? 0 : recv(c->fd, data, len, 0);

	if (n > 0)
		return n;
	if (n == 0) {
		c->cut = true;
		return 0;
	}
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

/* --- TCP --- */

static bool bind_source(int fd, const struct address *from)
{
	int on = 1;

	/* the port is chosen by connect(): as many connections as destinations allow */
	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	return bind(fd, (const struct sockaddr *)&from->addr, from->len) == 0;
}

/* errno, or 0: connected or on the way */
static int start_connecting(struct channel *c)
{
	int on = 1;

	c->fd = socket(c->to.addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return errno;
	if (c->o.from != NULL && !bind_source(c->fd, &c->from))
		return errno;
	if (c->o.tls != NULL)
		(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(c->fd, (const struct sockaddr *)&c->to.addr, c->to.len) < 0 &&
	    errno != EINPROGRESS)
		return errno;
	return 0;
}

static void begin(struct channel *c)
{
	enter_phase(c, CHANNEL_CONNECTING);
	c->error = start_connecting(c);
	await(c, EV_WRITE);
	if (c->error != 0)
		call_soon(c, EV_WRITE);
}

static int connect_result(const struct channel *c)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (c->error != 0)
		return c->error;
	return getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : errno;
}

static void be_open(struct channel *c)
{
	enter_phase(c, CHANNEL_OPEN);
	await_peer(c);
	c->o.owner.opened(c->o.owner.ctx);
}

static void step_handshake(struct channel *c);

static void step_connecting(struct channel *c)
{
	int error = connect_result(c);

	if (error != 0) {
		fail_as(c, CHANNEL_SYSTEM, error);
		return;
	}
	c->connected_ms = now_ms(c);
	if (c->o.tls == NULL) {
		be_open(c);
	} else {
		enter_phase(c, CHANNEL_HANDSHAKE);
		channel_tls_begin(&c->tls, &c->o);
		step_handshake(c);
	}
}

/* --- TLS --- */

static void step_handshake(struct channel *c)
{
	char raw[READ_BYTES];
	struct channel_failure f = { 0 };
	ssize_t n = receive(c, raw, sizeof(raw));
	enum channel_tls_state state = CHANNEL_TLS_WAITS;

	if (n < 0) {
		fail_as(c, CHANNEL_SYSTEM, (int)-n);
		return;
	}
	if (n == 0 && c->cut) {
		fail_as(c, CHANNEL_CLOSED, 0);
		return;
	}
	state = channel_tls_handshake(&c->tls, raw, (size_t)n, &f);
	channel_tls_take(&c->tls, &c->unsent);
	int error = flush(c);

	if (state == CHANNEL_TLS_FAILED)
		fail(c, f);
	else if (error != 0)
		fail_as(c, CHANNEL_SYSTEM, error);
	else if (state == CHANNEL_TLS_WAITS)
		await_peer(c);
	else
		be_open(c);
}

static void read_tls(struct channel *c)
{
	char raw[READ_BYTES];
	char plain[READ_BYTES];
	size_t len = 0;
	ssize_t n = receive(c, raw, sizeof(raw));
	struct channel_failure f = { 0 };

	if (n < 0) {
		fail_as(c, CHANNEL_SYSTEM, (int)-n);
		return;
	}
	enum channel_tls_state state = channel_tls_read(&c->tls, raw, (size_t)n, plain,
							sizeof(plain), &len, &f);

	if (len > 0) {
		await_peer(c);
		if (state != CHANNEL_TLS_WAITS || c->cut)
			call_soon(c, EV_READ);
		c->o.owner.received(c->o.owner.ctx, plain, len);
	} else if (state == CHANNEL_TLS_FAILED) {
		fail(c, f);
	} else if (state == CHANNEL_TLS_DONE || c->cut) {
		c->o.owner.ended(c->o.owner.ctx);
	} else {
		await_peer(c);
	}
}

/* --- what comes --- */

static void read_plain(struct channel *c)
{
	char data[READ_BYTES];
	ssize_t n = receive(c, data, sizeof(data));

	if (n < 0) {
		fail_as(c, CHANNEL_SYSTEM, (int)-n);
	} else if (n > 0) {
		await_peer(c);
		c->o.owner.received(c->o.owner.ctx, data, (size_t)n);
	} else if (c->cut) {
		c->o.owner.ended(c->o.owner.ctx);
	} else {
		await_peer(c);
	}
}

static void step_open(struct channel *c)
{
	int error = flush(c);

	if (error == EPIPE)
		buf_reset(&c->unsent); /* who answers before it has read all may still be heard */
	if (error != 0 && error != EPIPE)
		fail_as(c, CHANNEL_SYSTEM, error);
	else if (c->o.tls != NULL)
		read_tls(c);
	else
		read_plain(c);
}

static void on_io(evutil_socket_t fd, short what, void *ctx)
{
	struct channel *c = ctx;

	(void)fd;
	if ((what & (EV_READ | EV_WRITE)) == 0)
		fail_as(c, CHANNEL_TIMEOUT, 0);
	else if (c->phase == CHANNEL_CONNECTING)
		step_connecting(c);
	else if (c->phase == CHANNEL_HANDSHAKE)
		step_handshake(c);
	else
		step_open(c);
}

void channel_send(struct channel *c, const void *data, size_t len)
{
	if (c->o.tls != NULL) {
		channel_tls_write(&c->tls, data, len);
		channel_tls_take(&c->tls, &c->unsent);
	} else {
		buf_add(&c->unsent, data, len);
	}
	/* an error is found again by the next step */
	if (flush(c) != 0 || c->unsent.len > 0)
		await_peer(c);
}

/* --- life --- */

static void on_turn(void *ctx)
{
	begin(ctx);
}

/* The address without its port: that is what a ceiling protects. */
static bool pass_gate(struct channel *c)
{
	AUTO(free) char *key = address_text(&c->to);

	return gate_ask(c->o.gate, &c->pass, key, strlen(key));
}

struct channel *channel_new(const struct channel_options *o)
{
	struct channel *c = xcalloc(1, sizeof(*c));

	c->o = *o;
	c->to = *o->to;
	if (o->from != NULL)
		c->from = *o->from;
	c->fd = -1;
	c->connected_ms = -1;
	c->unsent = BUF_INIT(LIMIT_JSON_BYTES);
	c->pass = (struct gate_pass){ .enter = on_turn, .ctx = c };
	c->deadline_ms = now_ms(c) + o->left_ms;
	enter_phase(c, CHANNEL_WAITING);
	if (o->gate == NULL || pass_gate(c))
		begin(c);
	else
		await(c, 0);
	return c;
}

void channel_free(struct channel *c)
{
	if (c == NULL)
		return;
	if (c->listed)
		(void)event_del(&c->io);
	if (c->o.gate != NULL)
		gate_leave(c->o.gate, &c->pass);
	if (c->phase == CHANNEL_OPEN && c->o.tls != NULL) {
		channel_tls_goodbye(&c->tls);
		channel_tls_take(&c->tls, &c->unsent);
		(void)flush(c);
	}
	channel_tls_end(&c->tls);
	fd_close(c->fd);
	buf_release(&c->unsent);
	free(c);
}

void channel_set_left(struct channel *c, int64_t left_ms)
{
	c->deadline_ms = now_ms(c) + left_ms;
	enter_phase(c, c->phase);
	await_peer(c);
}

SSL *channel_tls(const struct channel *c)
{
	return c->tls.ssl;
}

int64_t channel_connected_ms(const struct channel *c)
{
	return c->connected_ms;
}
