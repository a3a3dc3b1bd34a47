/* A request as the frame has it: what handlers see, and what becomes of it. Only for ca/http. */
#pragma once

#include "ca/http/request.h"
#include "net/resolver.h"

struct open_request {
	struct ca_request r; /* first: this is what handlers are given */
	struct server_request *server;
	struct http_message answer;
	char *base;
	struct address peer;
	struct signed_request *jws;
	int64_t started_ms;
	bool is_post;
	bool wants_nonce;
};

/* r->base is missing yet. */
struct open_request *open_request_new(struct ca_loop *loop, struct server_request *server);
void open_request_free(struct open_request *o);
struct open_request *open_request_of(struct ca_request *r);
