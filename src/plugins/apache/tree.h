/*
 * One configuration file of Apache as a tree that keeps every byte: what nobody edited is written as it was read.
 *
 * A node is a line as Apache reads it (line.h). A section also has children and the line that closes it. What httpd passes over
 * is passed over here: text behind the ">" of a section's first and last line; <IfModule> and its like may end with the file.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

enum apache_kind {
	APACHE_BLANK,
	APACHE_COMMENT,
	APACHE_DIRECTIVE,
	APACHE_SECTION,
	APACHE_KIND_COUNT,
};

/* Bytes of the file, or of an edit. */
struct apache_text {
	const char *data;
	size_t len;
	char *own; /* NULL: the file's */
};

/* Where httpd goes on reading at an Include or a Use: in another file, in a macro. */
struct apache_lead {
	struct apache_file *file;
	struct apache_node *section;
	struct apache_lead *next;
};

struct apache_node {
	enum apache_kind kind;
	char *name;    /* "ServerName", "VirtualHost"; "" for blanks and comments */
	char *args;    /* of a section: what is before the last ">" */
	unsigned line; /* of the file that was read; 0: an edit */
	struct apache_text head,
		tail; /* tail: the line that closes a section; empty where the file ends it */
	struct apache_node *parent, *first, *last, *next, *prev;
	/* of the last reading (walk.h) */
	struct apache_lead *leads;
	bool passed_over; /* a condition that did not hold */
};

struct apache_file {
	char *path;
	char *data; /* as read */
	size_t len;
	const char *eol; /* of its first line */
	bool edited;
	bool created; /* not on the disk yet */
	char *like;   /* path: whose owner and mode it will have; NULL: the usual ones */
	struct apache_node *root; /* a section without a name */
	/* of the last reading (walk.h) */
	const struct apache_node *user; /* the host that includes it; NULL: the main server */
	bool read, shared;              /* shared: several do */
};

/* Takes nothing. ERR_PARSE says file, line, cause and what it means; ERR_LIMIT. path is for people and for apache_file.path. */
MUST_CHECK struct err *apache_parse(struct apache_file **out, const char *path, const char *data,
				    size_t len);
MUST_CHECK struct err *apache_read(struct apache_file **out, const char *path);
void apache_write(const struct apache_file *f, struct buf *out);
void apache_file_free(struct apache_file *f);

bool apache_is(const struct apache_node *n,
	       const char *name); /* a directive or section of this name, case apart */
/* In document order: the first child, else the next one, else the parent's next; NULL at the end of `top`. */
struct apache_node *apache_next(const struct apache_node *n, const struct apache_node *top);

/* What the last reading noted: one lead more; none. */
void apache_node_lead(struct apache_node *from, struct apache_file *f, struct apache_node *section);
void apache_file_forget(struct apache_file *f);

AUTO_FREE(struct apache_file, apache_file_free)
