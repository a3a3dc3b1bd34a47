/* One exchange as bytes and as lines of the debug log; what the HTTP client sends and tells. */
#pragma once

#include "net/transport.h"
#include "net/url.h"

/* proxy NULL: none. By a proxy, plain http names the whole URL; https goes through a tunnel and knows of none. */
MUST_CHECK struct err *exchange_write(struct buf *out, const struct http_exchange *x, const struct url *to, const struct url *proxy,
				      const char *user_agent);

/* RFC 9110 §8.4: we ask for no content coding, so an answer in one is not ours to read. */
MUST_CHECK struct err *exchange_check(const struct http_exchange *x);

struct trace {
	void (*line)(void *ctx, const char *line); /* NULL: nobody listens */
	void *ctx;
};

void trace_text(const struct trace *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void trace_request(const struct trace *t, const struct http_exchange *x);
void trace_answer(const struct trace *t, const struct http_exchange *x);
void trace_error(const struct trace *t, const struct err *e);
