/*
 * Who asks the same at the same time shares one question (RFC 5452 §5: many alike on the wire are many chances to guess).
 * The CAA records of a TLD are asked for once, for however many names at a time. Inside of dns/ only.
 */
#pragma once

#include "dns/backend.h"

struct shares;
struct share_seat;

struct shares *shares_new(struct dns_backend *backend); /* lent */
void shares_free(struct shares *s);                     /* when no seat is taken any more */
AUTO_FREE(struct shares, shares_free)

/* name is lower case. The seat is given up with the reply, or left before. */
struct share_seat *shares_ask(struct shares *s, const char *name, uint16_t type,
			      dns_reply_fn *replied, void *ctx);
void shares_leave(struct share_seat *seat);
