/*
 * THE HTTP/1.1 codec (RFC 9112): strict, incremental, no I/O. Used by the client, the standalone responder, and later by the
 * CA server and the validation probe. Refused outright: obs-fold, NUL, bare CR and bare LF, white space before ":", two
 * Content-Lengths, Content-Length with Transfer-Encoding, anything but "chunked", a 1.1 request without exactly one Host,
 * over-long lines, too many headers.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct http_header {
	char *name;        /* as received; value is behind it in the same block */
	const char *value; /* trimmed */
};

struct http_headers {
	struct http_header *items;
	size_t count;
};

void http_headers_add(struct http_headers *h, const char *name, const char *value);
/* First of that name (any case), or NULL. A loan. */
const char *http_headers_get(const struct http_headers *h, const char *name);
size_t http_headers_count(const struct http_headers *h, const char *name);
void http_headers_release(struct http_headers *h);
AUTO_RELEASE(struct http_headers, http_headers_release)

/* A body that is large and that others have too: sent from where it lies. done, if there is one, gives it back. */
struct http_loan {
	const void *data;
	size_t len;
	void (*done)(void *ctx);
	void *ctx;
};

struct http_message {
	/* request */
	char *method; /* NULL in a response */
	char *target;
	/* response */
	int status;
	char *reason;
	/* both */
	int minor_version; /* 0 or 1 */
	bool until_close;  /* the end of the connection was the end of the body */
	bool truncated;    /* the body goes on, see http_limits.cut_body */
	struct http_headers headers;
	struct buf body;
	struct http_loan lent; /* of a response to be sent: instead of body */
};

void http_message_release(struct http_message *m);
AUTO_RELEASE(struct http_message, http_message_release)

/* Keep the connection after this message? (version, Connection) */
bool http_message_keeps_alive(const struct http_message *m);

struct http_parser;

struct http_limits {
	size_t line, header_bytes, header_count, body;
	/*
	 * For judging servers, whose manners are not in question, over connections that end with the answer: LF alone ends a line
	 * too, Content-Length may come twice if it says the same, and beside chunked it says nothing. 101 is an answer like others.
	 */
	bool lenient;
	bool cut_body; /* the message is done with the last byte of `body`, instead of refused with the next one */
};
extern const struct http_limits http_default_limits; /* from base/limits.h */

enum http_parser_role { HTTP_REQUESTS, HTTP_RESPONSES };

struct http_parser *http_parser_new(enum http_parser_role role, const struct http_limits *limits);
void http_parser_free(struct http_parser *p);
AUTO_FREE(struct http_parser, http_parser_free)

/* The next response answers a HEAD (or CONNECT): it has no body whatever its headers say. */
void http_parser_expect_no_body(struct http_parser *p);

/* Feeds bytes; *used says how many were taken (it stops after a whole message). */
MUST_CHECK struct err *http_parser_feed(struct http_parser *p, const void *data, size_t len,
					size_t *used);
/* The peer closed: completes a read-until-close response, else ERR_PROTOCOL "connection closed" (http_parser_reading says
 * where). */
MUST_CHECK struct err *http_parser_finish(struct http_parser *p);
/* What is being read: "the answer's status line", "the answer's headers", "the answer's body"; of a request likewise. A loan. */
const char *http_parser_reading(const struct http_parser *p);
/* After an error: the status a server answers with (400, 413, 414, 431, 501, 505). */
int http_parser_refusal(const struct http_parser *p);
bool http_parser_started(const struct http_parser *p); /* any byte of the current message seen */
bool http_parser_in_body(
	const struct http_parser
		*p); /* the headers are whole, the message is not; or an error was there */
bool http_parser_done(const struct http_parser *p);
/* As far as it was read; its headers are whole when http_parser_in_body() or done. A loan. */
const struct http_message *http_parser_message(const struct http_parser *p);
/* Hands the finished message over and starts anew (ready for the next bytes); interim (1xx) responses are skipped by the parser, bounded. */
void http_parser_take(struct http_parser *p, struct http_message *out);

/* Rendering; what is lent goes behind it. Adds Content-Length itself; never called with headers from a peer unchecked (CR, LF, NUL are refused). */
MUST_CHECK struct err *http_write_request(struct buf *out, const struct http_message *m);
MUST_CHECK struct err *http_write_response(struct buf *out, const struct http_message *m);

/* May an answer with this status have a body? */
bool http_status_has_body(int status);
