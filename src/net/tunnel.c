#include "net/tunnel.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "net/http1.h"
#include "net/proxy.h"

struct err *tunnel_ask(struct tunnel *t, const struct url *to, const struct url *proxy)
{
	AUTO(http_message_release)
	struct http_message m = { .minor_version = 1, .method = xstrdup("CONNECT") };
	AUTO(free) char *authorization = proxy_authorization(proxy);
	bool v6 = strchr(to->host, ':') != NULL;

	m.target = str_fmt("%s%s%s:%u", v6 ? "[" : "", to->host, v6 ? "]" : "", to->port);
	http_headers_add(&m.headers, "Host", m.target);
	if (authorization != NULL)
		http_headers_add(&m.headers, "Proxy-Authorization", authorization);
	t->request = BUF_INIT(LIMIT_HTTP_HEADER_BYTES);
	t->answer = BUF_INIT(LIMIT_HTTP_HEADER_BYTES);
	return http_write_request(&t->request, &m);
}

static struct err *refused(const struct http_message *m)
{
	AUTO(free) char *reason = str_printable(m->reason, 100);
	const char *hint = m->status == 407 ? " (put user:password@ into the proxy's URL)" : "";

	return err_new(ERR_NETWORK, "the proxy answered %d %s%s", m->status, reason, hint);
}

/* Behind its answer a proxy has nothing to say before we have: a server waits for the client's hello. */
struct err *tunnel_hear(struct tunnel *t, bool *open, const char *bytes, size_t len)
{
	AUTO(http_parser_free) struct http_parser *answer = http_parser_new(HTTP_RESPONSES, NULL);
	AUTO(http_message_release) struct http_message m = { 0 };
	size_t used = 0;

	buf_add(&t->answer, bytes, len);
	http_parser_expect_no_body(answer);
	TRY(http_parser_feed(answer, buf_str(&t->answer), t->answer.len, &used));
	TRY(buf_check(&t->answer, "the proxy's answer"));
	if (!http_parser_done(answer))
		return NULL;
	http_parser_take(answer, &m);
	if (m.status >= 300)
		return refused(&m);
	if (used != t->answer.len)
		return err_new(ERR_PROTOCOL, "the proxy sent bytes that nobody asked for");
	*open = true;
	return NULL;
}

void tunnel_release(struct tunnel *t)
{
	buf_release(&t->request);
	buf_release(&t->answer);
}
