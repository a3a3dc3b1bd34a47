#include <stdio.h>

#include "load.h"
#include "net/server.h"

#define WELL_KNOWN "/.well-known/acme-challenge/"

/* The client is named in the host: "n3-17-5-<run>.bench.test" is client 17's. */
static const struct client *client_of(const struct load *l, const char *host)
{
	size_t number;

	if (host == NULL || sscanf(host, "n%*u-%zu-", &number) != 1 ||
	    number >= (size_t)l->options->clients)
		return NULL;
	return &l->clients[number];
}

static void answer(void *ctx, struct server_request *r)
{
	AUTO(http_message_release)
	struct http_message reply = { .status = 404, .body = { .max = LIMIT_KIB(4) } };
	const struct http_message *asked = server_request_message(r);
	const struct client *c = client_of(ctx, http_headers_get(&asked->headers, "Host"));

	if (c != NULL && str_starts(asked->target, WELL_KNOWN)) {
		reply.status = 200;
		buf_addf(&reply.body, "%s.%s", asked->target + strlen(WELL_KNOWN),
			 c->key->thumbprint);
	}
	server_reply(r, &reply);
}

struct err *responder_start(struct load *l)
{
	struct server_options options = { .handle = answer, .ctx = l, .base = l->base };

	TRY(server_new(&l->responder, &options));
	return server_listen(l->responder, "127.0.0.1", (unsigned)l->options->http_port);
}
