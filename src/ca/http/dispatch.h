/* From net/server's request to the resource that answers it. */
#pragma once

#include "net/server.h"

/* server_options.handle; ctx is the struct ca_loop. */
void ca_dispatch(void *ctx, struct server_request *server);
/* server_options.refuse: a problem document of it, and a line in the log. */
void ca_refuse(void *ctx, const struct address *peer, struct http_message *answer);

/* A body of more than LIMIT_CA_BODY still comes in whole, so that it is refused with a problem document. */
extern const struct http_limits dispatch_limits;
