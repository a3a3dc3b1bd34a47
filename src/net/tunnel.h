/* A way to a server through a proxy, for bytes that the proxy does not look into (RFC 9110 §9.3.6). */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "net/url.h"

struct tunnel {
	struct buf request; /* CONNECT; to be sent */
	struct buf answer;  /* what came of it */
};

MUST_CHECK struct err *tunnel_ask(struct tunnel *t, const struct url *to, const struct url *proxy);
/* What the proxy says next. *open: from here on the server is heard. */
MUST_CHECK struct err *tunnel_hear(struct tunnel *t, bool *open, const char *bytes, size_t len);
void tunnel_release(struct tunnel *t);
