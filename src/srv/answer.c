#include "srv/answer.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "net/connection.h"
#include "srv/endpoint.h"

enum { ANSWER_MS = 5000, STEP_MS = 200 };

static struct err *wait_step(struct connection *c)
{
	struct pollfd fds[CONNECTION_FDS];
	size_t count = connection_poll(c, fds);

	if (poll(fds, (nfds_t)count, STEP_MS) < 0 && errno != EINTR)
		return err_errno(errno, "waiting for an answer");
	return NULL;
}

static struct err *converse(struct connection *c, const struct world *w)
{
	int64_t until = world_monotonic_ms(w) + ANSWER_MS;
	bool done = false;

	for (;;) {
		int64_t now = world_monotonic_ms(w);

		TRY(connection_step(c, now, &done));
		if (done)
			return NULL;
		if (now >= until)
			return err_new(ERR_TIMEOUT, "no whole answer within %d ms", ANSWER_MS);
		if (w->stop != NULL)
			TRY(interrupt_check(w->stop));
		TRY(wait_step(c));
	}
}

static void make_origin(struct origin *o, const struct answer_question *q)
{
	o->preface = q->proxied ? PROXY_HEADER : NULL;
	o->url.scheme = xstrdup(q->tls != NULL ? "https" : "http");
	o->url.host = xstrdup(q->name);
	o->url.port = address_port(q->at);
	o->addresses.items = xmemdup(q->at, sizeof(*q->at));
	o->addresses.count = 1;
}

struct err *answer_get(struct http_message *out, const struct world *w,
		       const struct answer_question *q)
{
	struct origin o = { 0 };
	struct buf request = BUF_INIT(LIMIT_KIB(8));

	buf_addf(&request, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", q->path,
		 q->name);
	make_origin(&o, q);
	struct connection *c = connection_new(&o, q->tls);

	connection_begin(c, &request, &http_default_limits, false);
	struct err *e = converse(c, w);

	if (e == NULL)
		connection_take(c, out);
	connection_free(c);
	buf_release(&request);
	url_release(&o.url);
	address_list_release(&o.addresses);
	SSL_SESSION_free(o.session);
	return e;
}
