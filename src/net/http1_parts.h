/* The parser from inside: http1_parser.c cuts bytes into lines and bodies, http1_head.c and http1_framing.c read the lines. */
#pragma once

#include "net/http1.h"

enum http1_state {
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
	enum http1_state state;
	struct http_message message;
	struct buf line;
	size_t header_bytes, header_count; /* of headers and trailers together */
	uint64_t remaining;                /* of the body by length, or of the chunk */
	unsigned interim;
	bool started, no_body, broke_in_body;
	int refusal;
};

/* That, while what http_parser_reading() says was read; a server answers with this status. */
struct err *http1_refuse_as(struct http_parser *p, int status, enum err_code code, const char *why);
struct err *http1_refuse(struct http_parser *p, const char *why); /* 400 */
void http1_forget_message(struct http_parser *p);

/* Each takes a whole line without its end, and may write into it. */
struct err *http1_start_line(struct http_parser *p, char *line);
struct err *http1_header_line(struct http_parser *p, char *line);
struct err *http1_trailer_line(struct http_parser *p, char *line);
struct err *http1_chunk_size(struct http_parser *p, char *line);
struct err *http1_chunk_end(struct http_parser *p, char *line);

/* The headers are whole: how the body ends. */
struct err *http1_choose_body(struct http_parser *p);
