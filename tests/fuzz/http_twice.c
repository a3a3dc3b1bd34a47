#include "http_twice.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"

static const struct http_limits limits = {
	.line = 200, .header_bytes = 1000, .header_count = 8, .body = 500
};

/* As the validation probe reads answers. */
static const struct http_limits probing = { .line = 200,
					    .header_bytes = 1000,
					    .header_count = 8,
					    .body = 40,
					    .lenient = true,
					    .cut_body = true };

struct reading {
	enum http_parser_role role;
	const struct http_limits *limits;
};

/* Every message in data; true when all bytes were taken without an error. */
static bool read_all(struct buf *seen, const struct reading *r, const uint8_t *data, size_t size,
		     size_t step)
{
	AUTO(http_parser_free) struct http_parser *p = http_parser_new(r->role, r->limits);
	struct err *e = NULL;
	size_t at = 0;

	while (e == NULL && at < size) {
		size_t used = 0;

		e = http_parser_feed(p, data + at, size - at < step ? size - at : step, &used);
		at += used;
		if (e == NULL && http_parser_done(p)) {
			AUTO(http_message_release) struct http_message m = { 0 };

			http_parser_take(p, &m);
			if (m.body.len > r->limits->body)
				abort();
			buf_addf(seen, "[%s %s %d %zu %zu]", m.method != NULL ? m.method : "",
				 m.target != NULL ? m.target : "", m.status, m.headers.count,
				 m.body.len);
			buf_add(seen, m.body.data, m.body.len);
		}
	}
	if (e == NULL)
		e = http_parser_finish(p);
	buf_addf(seen, "%s %s", http_parser_reading(p), e != NULL ? e->msg : "");
	bool ok = e == NULL;

	err_free(e);
	return ok;
}

static void drop_header(struct http_headers *h, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->count; i++) {
		if (streq_nocase(h->items[i].name, name))
			free(h->items[i].name);
		else
			h->items[kept++] = h->items[i];
	}
	h->count = kept;
}

/* What the parser let through, the writer does not refuse, and the parser reads as the same again. */
static void write_back(enum http_parser_role role, const uint8_t *data, size_t size)
{
	AUTO(http_parser_free) struct http_parser *p = http_parser_new(role, &limits);
	AUTO(http_message_release) struct http_message m = { 0 };
	AUTO(http_message_release) struct http_message again = { 0 };
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(64));
	size_t used = 0;
	struct err *e = http_parser_feed(p, data, size, &used);

	err_free(e);
	if (e != NULL || !http_parser_done(p))
		return;
	http_parser_take(p, &m);
	drop_header(&m.headers, "Content-Length");
	drop_header(&m.headers, "Transfer-Encoding");
	if (role == HTTP_REQUESTS ? http_write_request(&b, &m) != NULL
				  : http_write_response(&b, &m) != NULL)
		abort();
	AUTO(http_parser_free) struct http_parser *second = http_parser_new(role, NULL);

	if (http_parser_feed(second, b.data, b.len, &used) != NULL || !http_parser_done(second) ||
	    used != b.len)
		abort();
	http_parser_take(second, &again);
	if (again.body.len != m.body.len ||
	    (m.body.len > 0 && memcmp(again.body.data, m.body.data, m.body.len) != 0))
		abort();
}

static void twice(const struct reading *r, const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf whole = BUF_INIT(LIMIT_MIB(8));
	AUTO(buf_release) struct buf bytes = BUF_INIT(LIMIT_MIB(8));
	bool whole_ok = read_all(&whole, r, data, size, size);
	bool bytes_ok = read_all(&bytes, r, data, size, 1);

	if (whole_ok != bytes_ok || whole.len != bytes.len ||
	    memcmp(whole.data, bytes.data, whole.len) != 0)
		abort();
}

void http_twice(enum http_parser_role role, const uint8_t *data, size_t size)
{
	twice(&(struct reading){ role, &limits }, data, size);
	if (role == HTTP_RESPONSES)
		twice(&(struct reading){ role, &probing }, data, size);
	write_back(role, data, size);
}
