/* Where a body ends (RFC 9112 §6, §7). */
#include <string.h>

#include "base/str.h"
#include "net/http1_parts.h"

static struct err *body_by_length(struct http_parser *p, const char *length)
{
	int64_t n = 0;

	if (*length == '\0' || length[strspn(length, "0123456789")] != '\0')
		return http1_refuse(p, "Content-Length is not a number");
	if (!str_to_int(length, 0, INT64_MAX, &n) ||
	    ((uint64_t)n > p->limits.body && !p->limits.cut_body))
		return http1_refuse_as(p, 413, ERR_LIMIT,
				       "Content-Length is above what is accepted");
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
struct err *http1_choose_body(struct http_parser *p)
{
	const struct http_headers *h = &p->message.headers;
	const char *coding = http_headers_get(h, "Transfer-Encoding");
	const char *length = http_headers_get(h, "Content-Length");
	bool lenient = p->limits.lenient;

	if (lenient && coding != NULL)
		length = NULL;
	if (coding != NULL && (length != NULL || p->message.minor_version == 0))
		return http1_refuse(p, "Transfer-Encoding beside Content-Length or in HTTP/1.0");
	if (http_headers_count(h, "Transfer-Encoding") > 1 ||
	    (coding != NULL && !streq_nocase(coding, "chunked")))
		return http1_refuse_as(p, 501, ERR_PROTOCOL,
				       "a Transfer-Encoding other than chunked");
	if (length != NULL && http_headers_count(h, "Content-Length") > 1 &&
	    (!lenient || !lengths_are_the_same(h, length)))
		return http1_refuse(p, "more than one Content-Length");
	if (coding != NULL)
		p->state = CHUNK_SIZE;
	else if (length != NULL)
		return body_by_length(p, length);
	else
		p->state = p->role == HTTP_REQUESTS ? DONE : BODY_CLOSE;
	p->message.until_close = p->state == BODY_CLOSE;
	return NULL;
}

/* RFC 9112 §7.1: chunk-size [chunk-ext]; extensions are ignored. */
struct err *http1_chunk_size(struct http_parser *p, char *line)
{
	size_t digits = strspn(line, "0123456789abcdefABCDEF");
	char next = line[digits];
	uint64_t n = 0;

	if (digits == 0 || digits > 15 ||
	    (next != '\0' && next != ';' && next != ' ' && next != '\t'))
		return http1_refuse(p, "a chunk without a usable size");
	for (size_t i = 0; i < digits; i++)
		n = n * 16 +
		    (uint64_t)(line[i] <= '9' ? line[i] - '0' : (line[i] | 0x20) - 'a' + 10);
	if (n > p->limits.body - p->message.body.len && !p->limits.cut_body)
		return http1_refuse_as(p, 413, ERR_LIMIT, "more bytes than are accepted");
	p->remaining = n;
	p->state = n > 0 ? CHUNK_DATA : TRAILERS;
	return NULL;
}

struct err *http1_chunk_end(struct http_parser *p, char *line)
{
	if (*line != '\0')
		return http1_refuse(p, "a chunk longer than its size");
	p->state = CHUNK_SIZE;
	return NULL;
}
