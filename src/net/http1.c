#include "net/http1.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "net/grammar.h"

void http_headers_add(struct http_headers *h, const char *name, const char *value)
{
	if ((h->count & (h->count - 1)) == 0) /* room for a power of two of them */
		h->items = xrealloc(h->items, h->count > 0 ? 2 * h->count : 1, sizeof(*h->items));
	size_t name_bytes = strlen(name) + 1;
	size_t value_bytes = strlen(value) + 1;
	char *both = xmalloc(name_bytes + value_bytes);

	memcpy(both, name, name_bytes);
	memcpy(both + name_bytes, value, value_bytes);
	h->items[h->count++] = (struct http_header){ .name = both, .value = both + name_bytes };
}

const char *http_headers_get(const struct http_headers *h, const char *name)
{
	for (size_t i = 0; i < h->count; i++)
		if (streq_nocase(h->items[i].name, name))
			return h->items[i].value;
	return NULL;
}

size_t http_headers_count(const struct http_headers *h, const char *name)
{
	size_t found = 0;

	for (size_t i = 0; i < h->count; i++)
		found += streq_nocase(h->items[i].name, name);
	return found;
}

void http_headers_release(struct http_headers *h)
{
	for (size_t i = 0; i < h->count; i++)
		free(h->items[i].name);
	free(h->items);
	*h = (struct http_headers){ 0 };
}

void http_message_release(struct http_message *m)
{
	free(m->method);
	free(m->target);
	free(m->reason);
	http_headers_release(&m->headers);
	buf_release(&m->body);
	if (m->lent.done != NULL)
		m->lent.done(m->lent.ctx);
	*m = (struct http_message){ 0 };
}

/* Is token one of the comma-separated ones of any header of this name? */
static bool has_token(const struct http_headers *h, const char *name, const char *token)
{
	AUTO(strlist_release) struct strlist all = { 0 };

	for (size_t i = 0; i < h->count; i++)
		if (streq_nocase(h->items[i].name, name))
			strlist_split(&all, h->items[i].value, ',');
	for (size_t i = 0; i < all.count; i++)
		if (streq_nocase(all.items[i], token))
			return true;
	return false;
}

/* RFC 9112 §9.3 */
bool http_message_keeps_alive(const struct http_message *m)
{
	if (m->until_close || m->truncated || has_token(&m->headers, "Connection", "close"))
		return false;
	return m->minor_version >= 1 || has_token(&m->headers, "Connection", "keep-alive");
}

static struct err *write_headers(struct buf *out, const struct http_message *m, bool with_length)
{
	for (size_t i = 0; i < m->headers.count; i++) {
		const struct http_header *h = &m->headers.items[i];

		if (!is_token(h->name) || !is_field_value(h->value))
			return err_new(ERR_INTERNAL,
				       "header %zu has a character that must not be sent", i + 1);
		if (streq_nocase(h->name, "Content-Length") ||
		    streq_nocase(h->name, "Transfer-Encoding"))
			return err_new(ERR_INTERNAL, "%s is not the caller's to send", h->name);
		buf_adds(out, h->name);
		buf_adds(out, ": ");
		buf_adds(out, h->value);
		buf_adds(out, "\r\n");
	}
	if (with_length)
		buf_addf(out, "Content-Length: %zu\r\n", m->body.len + m->lent.len);
	buf_adds(out, "\r\n");
	buf_add(out, m->body.data, m->body.len);
	return buf_check(out, "an HTTP message");
}

/* Methods that say something by sending an empty body too (RFC 9110 §8.6). */
static bool method_has_body(const char *method)
{
	return streq(method, "POST") || streq(method, "PUT") || streq(method, "PATCH");
}

struct err *http_write_request(struct buf *out, const struct http_message *m)
{
	if (!is_token(m->method) || !is_request_target(m->target))
		return err_new(ERR_INTERNAL,
			       "the request line has a character that must not be sent");
	buf_addf(out, "%s %s HTTP/1.%d\r\n", m->method, m->target, m->minor_version);
	return write_headers(out, m, m->body.len > 0 || method_has_body(m->method));
}

static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} rows[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 204, "No Content" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 304, "Not Modified" },
		{ 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].status == status)
			return rows[i].reason;
	return "";
}

struct err *http_write_response(struct buf *out, const struct http_message *m)
{
	const char *reason = m->reason != NULL ? m->reason : reason_of(m->status);

	if (m->status < 100 || m->status > 599 || !is_field_value(reason))
		return err_new(ERR_INTERNAL, "status %d cannot be sent", m->status);
	buf_addf(out, "HTTP/1.1 %d %s\r\n", m->status, reason);
	return write_headers(out, m, http_status_has_body(m->status));
}

/* RFC 9110 §6.4.1 */
bool http_status_has_body(int status)
{
	return status >= 200 && status != 204 && status != 304;
}
