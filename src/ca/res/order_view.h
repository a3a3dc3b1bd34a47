/* Orders as clients see them (RFC 8555 §7.1.3). */
#pragma once

#include "ca/http/request.h"
#include "ca/store/object.h"

/* While an order is processing, clients are told to come back after this (ca.md 5.6). */
#define ORDER_RETRY_S 3

/* Answers the request with it; Location says where it is (RFC 8555 §7.4). */
void order_view_answer(struct ca_request *r, int status, const struct store_order *o);
