#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "net/grammar.h"
#include "net/http1.h"

enum state {
	START_LINE,
	HEADERS,
	BODY_LENGTH,
	BODY_CLOSE,
	CHUNK_SIZE,
	CHUNK_DATA,
	CHUNK_END,
	TRAILERS,
	DONE,
	BROKEN,
	STATE_COUNT,
};

struct http_parser {
	enum http_parser_role role;
	struct http_limits limits;
	enum state state;
	struct http_message message;
	struct buf line;
	size_t header_bytes, header_count; /* of headers and trailers together */
	uint64_t remaining;                /* of the body by length, or of the chunk */
	unsigned interim;
	bool started, no_body, broke_in_body;
	int refusal;
};

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

static void forget_message(struct http_parser *p)
{
	http_message_release(&p->message);
	p->message.body = BUF_INIT(p->limits.body);
	buf_reset(&p->line);
	p->header_bytes = p->header_count = 0;
	p->state = START_LINE;
}

static struct err *refuse_as(struct http_parser *p, int status, enum err_code code, const char *why)
{
	p->refusal = status;
	return err_new(code, "%s: %s", http_parser_reading(p), why);
}

static struct err *refuse(struct http_parser *p, const char *why)
{
	return refuse_as(p, 400, ERR_PROTOCOL, why);
}

/* "HTTP/1.x": RFC 9112 §2.3, §2.5: a higher minor version is read as 1.1. */
static struct err *parse_version(struct http_parser *p, const char *text)
{
	if (strlen(text) != 8 || !str_starts(text, "HTTP/") || text[6] != '.' || text[5] < '0' ||
	    text[5] > '9' || text[7] < '0' || text[7] > '9')
		return refuse(p, "no HTTP version where one belongs");
	if (text[5] != '1')
		return refuse_as(p, 505, ERR_PROTOCOL, "not version 1 of HTTP");
	p->message.minor_version = text[7] == '0' ? 0 : 1;
	return NULL;
}

/* RFC 9112 §3: method SP request-target SP HTTP-version */
static struct err *parse_request_line(struct http_parser *p, char *line)
{
	char *target = strchr(line, ' ');
	char *version = target != NULL ? strchr(target + 1, ' ') : NULL;

	if (version == NULL)
		return refuse(p, "not METHOD TARGET VERSION");
	*target++ = '\0';
	*version++ = '\0';
	if (!is_token(line) || !is_request_target(target))
		return refuse(p, "a character that is not allowed");
	TRY(parse_version(p, version));
	p->message.method = xstrdup(line);
	p->message.target = xstrdup(target);
	return NULL;
}

/* RFC 9112 §4: HTTP-version SP status-code SP [reason-phrase]; the last space may be missing. */
static struct err *parse_status_line(struct http_parser *p, char *line)
{
	int64_t status = 0;

	if (strlen(line) < 12 || line[8] != ' ' || (line[12] != ' ' && line[12] != '\0'))
		return refuse(p, "not an HTTP answer");
	AUTO(free) char *version = xstrndup(line, 8);
	AUTO(free) char *code = xstrndup(line + 9, 3);

	TRY(parse_version(p, version));
	if (!str_to_int(code, 100, 599, &status) || (status == 101 && !p->limits.lenient))
		return refuse(p, "a status that has no meaning here");
	p->message.status = (int)status;
	p->message.reason = xstrdup(line[12] != '\0' ? line + 13 : "");
	return NULL;
}

static struct err *start_line(struct http_parser *p, char *line)
{
	/* RFC 9112 §2.2: one empty line before a request is a client's leftover. */
	if (*line == '\0' && p->role == HTTP_REQUESTS && p->header_bytes <= 2)
		return NULL;
	TRY(p->role == HTTP_REQUESTS ? parse_request_line(p, line) : parse_status_line(p, line));
	p->state = HEADERS;
	return NULL;
}

static char *trimmed_in_place(char *s)
{
	size_t len;

	s += strspn(s, " \t");
	len = strlen(s);
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		s[--len] = '\0';
	return s;
}

/* RFC 9112 §5: field-name ":" OWS field-value OWS; obs-fold (§5.2) is refused by its leading space. */
static struct err *parse_header(struct http_parser *p, char *line)
{
	char *colon = strchr(line, ':');

	if (colon == NULL)
		return refuse(p, "a line without a colon");
	*colon = '\0';
	if (!is_token(line))
		return refuse(p, "a character that is not allowed in a header's name");
	if (++p->header_count > p->limits.header_count)
		return refuse_as(p, 431, ERR_LIMIT, "too many headers");
	if (p->state == HEADERS)
		http_headers_add(&p->message.headers, line, trimmed_in_place(colon + 1));
	return NULL;
}

static struct err *body_by_length(struct http_parser *p, const char *length)
{
	int64_t n = 0;

	if (*length == '\0' || length[strspn(length, "0123456789")] != '\0')
		return refuse(p, "Content-Length is not a number");
	if (!str_to_int(length, 0, INT64_MAX, &n) ||
	    ((uint64_t)n > p->limits.body && !p->limits.cut_body))
		return refuse_as(p, 413, ERR_LIMIT, "Content-Length is above what is accepted");
	p->remaining = (uint64_t)n;
	p->state = n > 0 ? BODY_LENGTH : DONE;
	return NULL;
}

static bool lengths_are_the_same(const struct http_headers *h, const char *first)
{
	for (size_t i = 0; i < h->count; i++)
		if (streq_nocase(h->items[i].name, "Content-Length") &&
		    !streq(h->items[i].value, first))
			return false;
	return true;
}

/* RFC 9112 §6.1, §6.3 */
static struct err *choose_body(struct http_parser *p)
{
	const struct http_headers *h = &p->message.headers;
	const char *coding = http_headers_get(h, "Transfer-Encoding");
	const char *length = http_headers_get(h, "Content-Length");
	bool lenient = p->limits.lenient;

	if (lenient && coding != NULL)
		length = NULL;
	if (coding != NULL && (length != NULL || p->message.minor_version == 0))
		return refuse(p, "Transfer-Encoding beside Content-Length or in HTTP/1.0");
	if (http_headers_count(h, "Transfer-Encoding") > 1 ||
	    (coding != NULL && !streq_nocase(coding, "chunked")))
		return refuse_as(p, 501, ERR_PROTOCOL, "a Transfer-Encoding other than chunked");
	if (length != NULL && http_headers_count(h, "Content-Length") > 1 &&
	    (!lenient || !lengths_are_the_same(h, length)))
		return refuse(p, "more than one Content-Length");
	if (coding != NULL)
		p->state = CHUNK_SIZE;
	else if (length != NULL)
		return body_by_length(p, length);
	else
		p->state = p->role == HTTP_REQUESTS ? DONE : BODY_CLOSE;
	p->message.until_close = p->state == BODY_CLOSE;
	return NULL;
}

/* RFC 9112 §3.2 */
static struct err *check_host(struct http_parser *p)
{
	size_t hosts = http_headers_count(&p->message.headers, "Host");

	if (hosts > 1 || (hosts == 0 && p->message.minor_version >= 1))
		return refuse(p, "not exactly one Host");
	return NULL;
}

static struct err *headers_end(struct http_parser *p)
{
	if (p->role == HTTP_REQUESTS) {
		TRY(check_host(p));
		return choose_body(p);
	}
	if (p->message.status < 200 && p->message.status != 101) {
		if (++p->interim > LIMIT_HTTP_INTERIM_RESPONSES)
			return refuse_as(p, 400, ERR_LIMIT, "too many interim answers");
		forget_message(p);
		return NULL;
	}
	if (!p->no_body && http_status_has_body(p->message.status))
		return choose_body(p);
	p->state = DONE;
	return NULL;
}

static struct err *header_line(struct http_parser *p, char *line)
{
	return *line != '\0' ? parse_header(p, line) : headers_end(p);
}

static struct err *trailer_line(struct http_parser *p, char *line)
{
	if (*line != '\0')
		return parse_header(p, line);
	p->state = DONE;
	return NULL;
}

/* RFC 9112 §7.1: chunk-size [chunk-ext]; extensions are ignored. */
static struct err *chunk_size(struct http_parser *p, char *line)
{
	size_t digits = strspn(line, "0123456789abcdefABCDEF");
	char next = line[digits];
	uint64_t n = 0;

	if (digits == 0 || digits > 15 ||
	    (next != '\0' && next != ';' && next != ' ' && next != '\t'))
		return refuse(p, "a chunk without a usable size");
	for (size_t i = 0; i < digits; i++)
		n = n * 16 +
		    (uint64_t)(line[i] <= '9' ? line[i] - '0' : (line[i] | 0x20) - 'a' + 10);
	if (n > p->limits.body - p->message.body.len && !p->limits.cut_body)
		return refuse_as(p, 413, ERR_LIMIT, "more bytes than are accepted");
	p->remaining = n;
	p->state = n > 0 ? CHUNK_DATA : TRAILERS;
	return NULL;
}

static struct err *chunk_end(struct http_parser *p, char *line)
{
	if (*line != '\0')
		return refuse(p, "a chunk longer than its size");
	p->state = CHUNK_SIZE;
	return NULL;
}

static const struct {
	struct err *(*line)(struct http_parser *p, char *line); /* NULL: bytes, not lines */
	const char *what[2];                                    /* by role */
} rows[] = {
	[START_LINE] = { start_line, { "the request line", "the answer's status line" } },
	[HEADERS] = { header_line, { "the request's headers", "the answer's headers" } },
	[BODY_LENGTH] = { NULL, { "the request's body", "the answer's body" } },
	[BODY_CLOSE] = { NULL, { "the request's body", "the answer's body" } },
	[CHUNK_SIZE] = { chunk_size, { "the request's chunks", "the answer's chunks" } },
	[CHUNK_DATA] = { NULL, { "the request's body", "the answer's body" } },
	[CHUNK_END] = { chunk_end, { "the request's chunks", "the answer's chunks" } },
	[TRAILERS] = { trailer_line, { "the request's trailers", "the answer's trailers" } },
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
	return refuse_as(p, p->state == START_LINE ? 414 : 431, ERR_LIMIT,
			 "a line that is too long");
}

/* The line is whole: CR LF at its end and nowhere else, no NUL (RFC 9112 §2.2, which lets a recipient take LF alone). */
static struct err *take_line(struct http_parser *p)
{
	struct buf *line = &p->line;

	bool has_cr = line->len >= 2 && line->data[line->len - 2] == '\r';

	if (!has_cr && !p->limits.lenient)
		return refuse(p, "a line that does not end with CR LF");
	line->len -= has_cr ? 2 : 1;
	line->data[line->len] = '\0';
	if (strlen(line->data) != line->len || !is_field_value(line->data))
		return refuse(p, "a control character");
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
		return refuse_as(p, 431, ERR_LIMIT, "too many bytes of headers");
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
		return refuse_as(p, 413, ERR_LIMIT, "more bytes than are accepted");
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
	forget_message(p);
	p->started = p->no_body = false;
	p->interim = 0;
	p->refusal = 400;
}
