#include "plugins/tls_door.h"

#include "net/server.h"
#include "plugins/tls_responder.h"

struct tls_door {
	struct tls_responder *responder;
	struct server *server;
};

/* The handshake was all there is to see. */
static void handle(void *ctx, struct server_request *r)
{
	AUTO(http_message_release)
	struct http_message answer = { .status = 404, .body = BUF_INIT(1024) };

	(void)ctx;
	server_reply(r, &answer);
}

struct err *tls_door_open(struct tls_door **out, const struct task *tasks, size_t n, time_t now)
{
	const struct server_options options = { .handle = handle };
	AUTO(tls_door_free) struct tls_door *d = xcalloc(1, sizeof(*d));

	TRY(tls_responder_new(&d->responder, tasks, n, now));
	TRY(server_new(&d->server, &options));
	TRY(server_listen_tls(d->server, TLS_DOOR_HOST, 0, tls_responder_context(d->responder)));
	TRY(server_start(d->server));
	*out = MOVE(d);
	return NULL;
}

unsigned tls_door_port(const struct tls_door *d)
{
	return server_port(d->server);
}

void tls_door_free(struct tls_door *d)
{
	if (d == NULL)
		return;
	server_free(d->server);
	tls_responder_free(d->responder);
	free(d);
}
