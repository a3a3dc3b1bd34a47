#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "load.h"

#define RECONNECTS_MAX 1000

/* A certificate of 100 names in its chain. */
static const struct http_limits limits = { .line = LIMIT_KIB(8),
					   .header_bytes = LIMIT_KIB(32),
					   .header_count = 100,
					   .body = LIMIT_KIB(256) };

static void connect_again(struct client *c);

static void take_answer(struct client *c)
{
	AUTO(http_message_release) struct http_message m = { 0 };
	bool keeps;

	http_parser_take(c->parser, &m);
	keeps = http_message_keeps_alive(&m);
	buf_reset(&c->request);
	if (!keeps)
		wire_drop(c);
	step_answered(c, &m);
}

static void readable(struct bufferevent *b, void *ctx)
{
	struct client *c = ctx;
	struct evbuffer *in = bufferevent_get_input(b);

	while (c->connection == b && evbuffer_get_length(in) > 0) {
		struct evbuffer_iovec v;
		size_t used = 0;
		struct err *e;

		evbuffer_peek(in, -1, NULL, &v, 1);
		e = http_parser_feed(c->parser, v.iov_base, v.iov_len, &used);
		evbuffer_drain(in, used);
		if (e != NULL) {
			AUTO(free) char *why = err_text(e);

			err_free(e);
			load_give_up(c->load, why);
			return;
		}
		if (http_parser_done(c->parser))
			take_answer(c);
	}
}

/* A server may close a connection that is idle; a request it has not answered is sent again. */
static void happened(struct bufferevent *b, short what, void *ctx)
{
	struct client *c = ctx;

	(void)b;
	if ((what & BEV_EVENT_CONNECTED) != 0)
		return;
	wire_drop(c);
	if (c->request.len == 0)
		return;
	if (++c->reconnects > RECONNECTS_MAX)
		load_give_up(c->load, "the server closed too many connections");
	else
		connect_again(c);
}

static void no_delay(struct bufferevent *b)
{
	int on = 1;

	setsockopt(bufferevent_getfd(b), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void connect_again(struct client *c)
{
	struct load *l = c->load;
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)l->directory->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	SSL *ssl = SSL_new(l->tls);

	SSL_set_tlsext_host_name(ssl, l->directory->host);
	SSL_set1_host(ssl, l->directory->host);
	c->connection = bufferevent_openssl_socket_new(l->base, -1, ssl, BUFFEREVENT_SSL_CONNECTING,
						       BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(c->connection, readable, NULL, happened, c);
	bufferevent_enable(c->connection, EV_READ | EV_WRITE);
	if (bufferevent_socket_connect(c->connection, (struct sockaddr *)&to, sizeof(to)) != 0) {
		load_give_up(l, "no connection to the server");
		return;
	}
	no_delay(c->connection);
	l->connections++;
	http_parser_free(c->parser);
	c->parser = http_parser_new(HTTP_RESPONSES, &limits);
	bufferevent_write(c->connection, c->request.data, c->request.len);
}

void wire_send(struct client *c, const char *method, const char *url, const char *body)
{
	const char *path = strchr(strstr(url, "://") + 3, '/');
	bool is_head = streq(method, "HEAD");

	buf_reset(&c->request);
	buf_addf(&c->request, "%s %s HTTP/1.1\r\nHost: %s:%u\r\nUser-Agent: signet-load\r\n",
		 method, path, c->load->directory->host, c->load->directory->port);
	if (body != NULL)
		buf_addf(&c->request,
			 "Content-Type: application/jose+json\r\nContent-Length: %zu\r\n",
			 strlen(body));
	buf_adds(&c->request, "\r\n");
	buf_adds(&c->request, body == NULL ? "" : body);
	c->request_at = load_now();
	if (c->connection == NULL)
		connect_again(c);
	else
		bufferevent_write(c->connection, c->request.data, c->request.len);
	if (is_head && c->parser != NULL)
		http_parser_expect_no_body(c->parser);
}

void wire_drop(struct client *c)
{
	SSL *ssl;

	if (c->connection == NULL)
		return;
	ssl = bufferevent_openssl_get_ssl(c->connection);
	SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	bufferevent_free(MOVE(c->connection));
}
