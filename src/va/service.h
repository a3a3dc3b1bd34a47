/*
 * A validation authority for others: `POST /check` and `POST /caa` with a request of va/request.h are answered by its verdict.
 * Whoever may connect may ask, so the server in front wants certificates (net/mutual_tls.h).
 */
#pragma once

#include "va/va.h"

struct server_request; /* net/server.h */
struct service;

struct service *service_new(struct va *va); /* lent */
/* What is under way is refused by 503, before or after the server has gone. */
void service_free(struct service *s);
/* server_options.handle; ctx is the service. */
void service_handle(void *ctx, struct server_request *r);

AUTO_FREE(struct service, service_free)
