/*
 * Is this POST signed by whom its resource wants, just now and for this URL? The whole list of ca.md 5.2, in its order
 * (RFC 8555 §6.2 to §6.5).
 */
#pragma once

#include "ca/http/request.h"
#include "ca/jws/signed.h"

/* Called once, at once or later: a problem (the callee's), or what was found right (the callee's). */
typedef void jws_checked_fn(struct ca_request *r, struct err *e, struct signed_request *s);

void jws_check(struct ca_request *r, jws_checked_fn *done);
