/* Start lines, headers and trailers (RFC 9112 §3-§5). */
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "net/grammar.h"
#include "net/http1_parts.h"

/* "HTTP/1.x": RFC 9112 §2.3, §2.5: a higher minor version is read as 1.1. */
static struct err *parse_version(struct http_parser *p, const char *text)
{
	if (strlen(text) != 8 || !str_starts(text, "HTTP/") || text[6] != '.' || text[5] < '0' ||
	    text[5] > '9' || text[7] < '0' || text[7] > '9')
		return http1_refuse(p, "no HTTP version where one belongs");
	if (text[5] != '1')
		return http1_refuse_as(p, 505, ERR_PROTOCOL, "not version 1 of HTTP");
	p->message.minor_version = text[7] == '0' ? 0 : 1;
	return NULL;
}

/* RFC 9112 §3: method SP request-target SP HTTP-version */
static struct err *parse_request_line(struct http_parser *p, char *line)
{
	char *target = strchr(line, ' ');
	char *version = target != NULL ? strchr(target + 1, ' ') : NULL;

	if (version == NULL)
		return http1_refuse(p, "not METHOD TARGET VERSION");
	*target++ = '\0';
	*version++ = '\0';
	if (!is_token(line) || !is_request_target(target))
		return http1_refuse(p, "a character that is not allowed");
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
		return http1_refuse(p, "not an HTTP answer");
	AUTO(free) char *version = xstrndup(line, 8);
	AUTO(free) char *code = xstrndup(line + 9, 3);

	TRY(parse_version(p, version));
	if (!str_to_int(code, 100, 599, &status) || (status == 101 && !p->limits.lenient))
		return http1_refuse(p, "a status that has no meaning here");
	p->message.status = (int)status;
	p->message.reason = xstrdup(line[12] != '\0' ? line + 13 : "");
	return NULL;
}

struct err *http1_start_line(struct http_parser *p, char *line)
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
		return http1_refuse(p, "a line without a colon");
	*colon = '\0';
	if (!is_token(line))
		return http1_refuse(p, "a character that is not allowed in a header's name");
	if (++p->header_count > p->limits.header_count)
		return http1_refuse_as(p, 431, ERR_LIMIT, "too many headers");
	if (p->state == HEADERS)
		http_headers_add(&p->message.headers, line, trimmed_in_place(colon + 1));
	return NULL;
}

/* RFC 9112 §3.2 */
static struct err *check_host(struct http_parser *p)
{
	size_t hosts = http_headers_count(&p->message.headers, "Host");

	if (hosts > 1 || (hosts == 0 && p->message.minor_version >= 1))
		return http1_refuse(p, "not exactly one Host");
	return NULL;
}

static struct err *headers_end(struct http_parser *p)
{
	if (p->role == HTTP_REQUESTS) {
		TRY(check_host(p));
		return http1_choose_body(p);
	}
	if (p->message.status < 200 && p->message.status != 101) {
		if (++p->interim > LIMIT_HTTP_INTERIM_RESPONSES)
			return http1_refuse_as(p, 400, ERR_LIMIT, "too many interim answers");
		http1_forget_message(p);
		return NULL;
	}
	if (!p->no_body && http_status_has_body(p->message.status))
		return http1_choose_body(p);
	p->state = DONE;
	return NULL;
}

struct err *http1_header_line(struct http_parser *p, char *line)
{
	return *line != '\0' ? parse_header(p, line) : headers_end(p);
}

struct err *http1_trailer_line(struct http_parser *p, char *line)
{
	if (*line != '\0')
		return parse_header(p, line);
	p->state = DONE;
	return NULL;
}
