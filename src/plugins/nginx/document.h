/*
 * One configuration file of nginx as a tree that keeps every byte: each directive knows the range of the text it stands at, and the
 * white space and the comments before it belong to it. The tree is never changed: who edits collects `struct splices` on its text.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/splice.h"

struct word {
	size_t start, end; /* in the text, with quotes */
	char *value;       /* as nginx reads it */
};

enum body {
	BODY_NONE,  /* name words; */
	BODY_BLOCK, /* name words { directives } */
	BODY_LUA,   /* name_by_lua_block words { Lua } */
};

struct directive {
	struct document *doc;
	struct directive *parent; /* NULL: of the file itself */
	struct directive *next;   /* in the same block */
	struct directive *first;  /* in its own block */
	struct word *words;       /* words[0] is its name */
	size_t word_count;
	enum body body;
	size_t lead;  /* where the white space and the comments before it begin */
	size_t open;  /* ";" or "{" */
	size_t close; /* the "}" of a block */
	size_t end;   /* behind ";" or "}" */
	unsigned line;
	/* of "include", filled by config.c: the files it names; lent */
	struct document **included;
	size_t included_count;
	bool resolved;
};

struct document {
	char *path; /* for messages and to write to */
	char *text;
	size_t len;
	struct directive *first;
};

/* ERR_PARSE names file and line and says what is wrong with it. ERR_LIMIT: blocks too deep. text need not be NUL-ended. */
MUST_CHECK struct err *document_parse(struct document **out, const char *path, const char *text,
				      size_t len);
/* Another text in the place of d's. After an error d is what it was. */
MUST_CHECK struct err *document_replace(struct document *d, const char *text, size_t len);
/* The text again, put together from the pieces of the tree. */
void document_write(const struct document *d, struct buf *out);
void document_free(struct document *d);

bool directive_is(const struct directive *d, const char *name);
/* The value of word i, NULL behind the last. */
const char *directive_word(const struct directive *d, size_t i);
/* "/etc/nginx/nginx.conf:12" */
char *directive_place(const struct directive *d);

AUTO_FREE(struct document, document_free)
