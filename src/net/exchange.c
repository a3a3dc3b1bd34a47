#include "net/exchange.h"

#include <stdarg.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "net/proxy.h"

static void add_header(struct http_headers *h, const char *name, const char *value)
{
	if (value != NULL)
		http_headers_add(h, name, value);
}

struct err *exchange_write(struct buf *out, const struct http_exchange *x, const struct url *to,
			   const struct url *proxy, const char *user_agent)
{
	bool absolute = proxy != NULL && streq(to->scheme, "http");
	AUTO(http_message_release)
	struct http_message m = { .minor_version = 1, .body = BUF_INIT(x->body_len) };
	AUTO(free) char *authority = url_authority(to);
	AUTO(free) char *authorization = absolute ? proxy_authorization(proxy) : NULL;

	m.method = xstrdup(x->method);
	m.target = absolute ? url_text(to) : xstrdup(to->target);
	add_header(&m.headers, "Host", authority);
	add_header(&m.headers, "User-Agent", user_agent);
	add_header(&m.headers, "Accept", x->accept != NULL ? x->accept : "*/*");
	add_header(&m.headers, "Content-Type", x->content_type);
	add_header(&m.headers, "Proxy-Authorization", authorization);
	if (x->body != NULL)
		buf_add(&m.body, x->body, x->body_len);
	*out = BUF_INIT(LIMIT_HTTP_HEADER_BYTES + x->body_len);
	return http_write_request(out, &m);
}

struct err *exchange_check(const struct http_exchange *x)
{
	const char *coding = http_headers_get(&x->answer.headers, "Content-Encoding");

	if (coding == NULL || streq_nocase(coding, "identity") || x->answer.body.len == 0)
		return NULL;
	AUTO(free) char *shown = str_printable(coding, 40);

	return err_new(ERR_PROTOCOL, "%s answered in the encoding %s, which was not asked for",
		       x->url, shown);
}

void trace_text(const struct trace *t, const char *fmt, ...)
{
	va_list args;

	if (t->line == NULL)
		return;
	va_start(args, fmt);
	AUTO(free) char *line = str_vfmt(fmt, args);
	va_end(args);
	t->line(t->ctx, line);
}

void trace_request(const struct trace *t, const struct http_exchange *x)
{
	if (t->line == NULL)
		return;
	trace_text(t, "> %s %s", x->method, x->url);
	if (x->body == NULL)
		return;
	AUTO(free) char *body = xstrndup(x->body, x->body_len);
	AUTO(free) char *shown = str_printable(body, LIMIT_KIB(16));

	trace_text(t, "> %s", shown);
}

void trace_answer(const struct trace *t, const struct http_exchange *x)
{
	if (t->line == NULL)
		return;
	AUTO(free) char *body = str_printable(buf_str(&x->answer.body), LIMIT_KIB(16));

	trace_text(t, "< %d after %lld ms", x->answer.status, (long long)x->elapsed_ms);
	for (size_t i = 0; i < x->answer.headers.count; i++) {
		AUTO(free)
		char *value = str_printable(x->answer.headers.items[i].value, LIMIT_KIB(8));

		trace_text(t, "< %s: %s", x->answer.headers.items[i].name, value);
	}
	if (*body != '\0')
		trace_text(t, "< %s", body);
}

void trace_error(const struct trace *t, const struct err *e)
{
	AUTO(free) char *text = t->line != NULL ? err_text(e) : NULL;

	if (text != NULL)
		trace_text(t, "! %s", text);
}
