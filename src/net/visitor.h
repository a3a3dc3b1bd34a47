/*
 * One connection to a server: its bytes, its deadlines, and the one request that is being worked on.
 *
 * A phase says what is waited for, and so how long: single bytes do not move a deadline.
 */
#pragma once

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "net/server.h"

struct visitor {
	struct server *server;
	struct bufferevent *io;
	struct event *deadline;
	struct http_parser *parser;
	struct address peer;
	struct visitor *newer, *older;   /* by their last sign of life */
	struct server_request *request; /* handed to the handler, not yet answered */
	int phase;
	bool taking;  /* inside take_input: an answer given in the call must not enter it again */
	bool closing; /* when what was written is gone */
	bool refused; /* closing, but what the peer is still sending is taken first */
};

/* The server's side, in server.c. */
const struct server_options *server_options(const struct server *s);
void server_link(struct server *s, struct visitor *v);   /* as the newest */
void server_unlink(struct server *s, struct visitor *v);
void server_visitor_gone(struct server *s); /* after one was freed */
bool server_is_draining(const struct server *s);

/* fd is taken; ssl too (NULL: plain). */
void visitor_new(struct server *s, int fd, SSL *ssl, const struct address *peer);
void visitor_free(struct visitor *v);
/* Nothing is being read, worked on or written. */
bool visitor_is_quiet(const struct visitor *v);
