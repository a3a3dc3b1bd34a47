#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "net/grammar.h"
#include "net/http1_parts.h"

const struct http_limits http_default_limits = {
	.line = LIMIT_HTTP_LINE,
	.header_bytes = LIMIT_HTTP_HEADER_BYTES,
	.header_count = LIMIT_HTTP_HEADER_COUNT,
	.body = LIMIT_HTTP_BODY,
};

struct http_parser *http_parser_new(enum http_parser_role role, const struct http_limits *limits)
{
	struct http_parser *p = xcalloc(1, sizeof(*p));

	p->role = role;
	p->limits = limits != NULL ? *limits : http_default_limits;
	p->line = BUF_INIT(p->limits.line);
	p->message.body = BUF_INIT(p->limits.body);
	p->refusal = 400;
	return p;
}

void http_parser_free(struct http_parser *p)
{
	if (p == NULL)
		return;
	http_message_release(&p->message);
	buf_release(&p->line);
	free(p);
}

void http_parser_expect_no_body(struct http_parser *p)
{
	p->no_body = true;
}

void http1_forget_message(struct http_parser *p)
{
	http_message_release(&p->message);
	p->message.body = BUF_INIT(p->limits.body);
	buf_reset(&p->line);
	p->header_bytes = p->header_count = 0;
	p->state = START_LINE;
}

struct err *http1_refuse_as(struct http_parser *p, int status, enum err_code code, const char *why)
{
	p->refusal = status;
	return err_new(code, "%s: %s", http_parser_reading(p), why);
}

struct err *http1_refuse(struct http_parser *p, const char *why)
{
	return http1_refuse_as(p, 400, ERR_PROTOCOL, why);
}

static const struct {
	struct err *(*line)(struct http_parser *p, char *line); /* NULL: bytes, not lines */
	const char *what[2];                                    /* by role */
} rows[] = {
	[START_LINE] = { http1_start_line, { "the request line", "the answer's status line" } },
	[HEADERS] = { http1_header_line, { "the request's headers", "the answer's headers" } },
	[BODY_LENGTH] = { NULL, { "the request's body", "the answer's body" } },
	[BODY_CLOSE] = { NULL, { "the request's body", "the answer's body" } },
	[CHUNK_SIZE] = { http1_chunk_size, { "the request's chunks", "the answer's chunks" } },
	[CHUNK_DATA] = { NULL, { "the request's body", "the answer's body" } },
	[CHUNK_END] = { http1_chunk_end, { "the request's chunks", "the answer's chunks" } },
	[TRAILERS] = { http1_trailer_line, { "the request's trailers", "the answer's trailers" } },
	[DONE] = { NULL, { "the request", "the answer" } },
	[BROKEN] = { NULL, { "the request", "the answer" } },
};
static_assert(ARRAY_LEN(rows) == STATE_COUNT, "a row for each state");

const char *http_parser_reading(const struct http_parser *p)
{
	return rows[p->state].what[p->role];
}

int http_parser_refusal(const struct http_parser *p)
{
	return p->refusal;
}

static size_t line_limit(const struct http_parser *p)
{
	return p->state == CHUNK_SIZE || p->state == CHUNK_END ? LIMIT_HTTP_CHUNK_LINE
							       : p->limits.line;
}

static struct err *too_long(struct http_parser *p)
{
	return http1_refuse_as(p, p->state == START_LINE ? 414 : 431, ERR_LIMIT,
			       "a line that is too long");
}

/* The line is whole: CR LF at its end and nowhere else, no NUL (RFC 9112 §2.2, which lets a recipient take LF alone). */
static struct err *take_line(struct http_parser *p)
{
	struct buf *line = &p->line;

	bool has_cr = line->len >= 2 && line->data[line->len - 2] == '\r';

	if (!has_cr && !p->limits.lenient)
		return http1_refuse(p, "a line that does not end with CR LF");
	line->len -= has_cr ? 2 : 1;
	line->data[line->len] = '\0';
	if (strlen(line->data) != line->len || !is_field_value(line->data))
		return http1_refuse(p, "a control character");
	return rows[p->state].line(p, line->data);
}

static struct err *feed_line(struct http_parser *p, const char *data, size_t len, size_t *used)
{
	const char *newline = memchr(data, '\n', len);
	size_t n = newline != NULL ? (size_t)(newline - data) + 1 : len;
	bool is_chunk = p->state == CHUNK_SIZE || p->state == CHUNK_END;

	if (p->line.len + n > line_limit(p))
		return too_long(p);
	buf_add(&p->line, data, n);
	*used = n;
	p->header_bytes += is_chunk ? 0 : n;
	if (p->header_bytes > p->limits.header_bytes)
		return http1_refuse_as(p, 431, ERR_LIMIT, "too many bytes of headers");
	if (newline == NULL)
		return NULL;
	struct err *e = take_line(p);

	buf_reset(&p->line);
	return e;
}

static struct err *feed_body(struct http_parser *p, const char *data, size_t len, size_t *used)
{
	size_t room = p->limits.body - p->message.body.len;

	if (p->state != BODY_CLOSE && len > p->remaining)
		len = (size_t)p->remaining;
	if (p->limits.cut_body && len >= room) {
		buf_add(&p->message.body, data, room);
		*used = room;
		p->message.truncated = true;
		p->state = DONE;
		return NULL;
	}
	buf_add(&p->message.body, data, len);
	*used = len;
	if (p->message.body.overflow)
		return http1_refuse_as(p, 413, ERR_LIMIT, "more bytes than are accepted");
	if (p->state == BODY_CLOSE)
		return NULL;
	p->remaining -= len;
	if (p->remaining == 0)
		p->state = p->state == CHUNK_DATA ? CHUNK_END : DONE;
	return NULL;
}

struct err *http_parser_feed(struct http_parser *p, const void *data, size_t len, size_t *used)
{
	const char *bytes = data;

	*used = 0;
	if (p->state == BROKEN)
		return err_new(ERR_PROTOCOL, "bytes behind a broken message");
	while (*used < len && p->state != DONE) {
		size_t n = 0;
		struct err *e = rows[p->state].line != NULL
				      ? feed_line(p, bytes + *used, len - *used, &n)
				      : feed_body(p, bytes + *used, len - *used, &n);

		p->started = true;
		*used += n;
		if (e != NULL) {
			p->broke_in_body = http_parser_in_body(p);
			p->state = BROKEN;
			return e;
		}
	}
	return NULL;
}

struct err *http_parser_finish(struct http_parser *p)
{
	if (p->state == BODY_CLOSE)
		p->state = DONE;
	if (p->state == DONE)
		return NULL;
	return err_new(ERR_PROTOCOL, "connection closed");
}

bool http_parser_started(const struct http_parser *p)
{
	return p->started;
}

bool http_parser_in_body(const struct http_parser *p)
{
	return (p->state >= BODY_LENGTH && p->state < DONE) || p->broke_in_body;
}

bool http_parser_done(const struct http_parser *p)
{
	return p->state == DONE;
}

const struct http_message *http_parser_message(const struct http_parser *p)
{
	return &p->message;
}

void http_parser_take(struct http_parser *p, struct http_message *out)
{
	*out = p->message;
	p->message = (struct http_message){ 0 };
	http1_forget_message(p);
	p->started = p->no_body = false;
	p->interim = 0;
	p->refusal = 400;
}
