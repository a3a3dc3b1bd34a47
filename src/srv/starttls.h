/* Servers that speak first, in plain text, and go over to TLS when they are asked to: SMTP, IMAP, POP3. */
#pragma once

#include <stddef.h>

#include "base/err.h"

/* A part of what is said: ours (may be NULL), then theirs. */
struct starttls_step {
	const char *say;  /* with its line end; NULL: nothing */
	const char *more; /* lines that begin so are followed by others; NULL: it is one line */
	const char *good; /* so begins the last line, or the answer is no */
};

struct starttls {
	const char *name; /* "SMTP" */
	const struct starttls_step *steps;
	size_t count;
};

/* By the port that it is for, so that nobody speaks before the server; NULL: none. */
const struct starttls *starttls_by_port(unsigned port);
/* By how the server began to speak; NULL: none. */
const struct starttls *starttls_by_greeting(const char *text, size_t len);
