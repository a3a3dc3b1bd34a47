/*
 * nginx's configuration as a row of tokens, cut where nginx itself cuts (ngx_conf_read_token): what is between two tokens is
 * white space and comments.
 */
#pragma once

#include "base/err.h"

enum token_kind {
	TOKEN_WORD, /* with its quotes and escapes */
	TOKEN_SEMICOLON,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_END,
};

struct token {
	enum token_kind kind;
	size_t start, end;
	unsigned line; /* where it starts, from 1 */
};

struct lexer {
	const char *text;
	size_t len;
	size_t at;
	unsigned line;
	bool after_quote; /* nothing but white space or an end may follow */
};

/* A byte order mark at the start is white space here. */
void lexer_init(struct lexer *l, const char *text, size_t len);
/* Messages say the line, not the file. */
MUST_CHECK struct err *lexer_next(struct lexer *l, struct token *out);
/* l is behind the "{" of a block in Lua: goes behind the "}" that ends it. */
MUST_CHECK struct err *lexer_skip_lua(struct lexer *l, unsigned opened);
