/*
 * The one error of the project: what went wrong, for the program (code), for people (msg), and why (cause).
 *
 * A function that can fail returns `struct err *`, NULL when done. Messages are lower case, one line, and name the thing.
 * The chain is printed outermost first: "saving the certificate: writing /etc/x: No space left on device".
 * An ACME problem document (RFC 8555 §6.7) is an error with a URN; its subproblems are errors too.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

struct buf;

enum err_code {
	ERR_INTERNAL,    /* a bug or an impossible state of ours */
	ERR_USAGE,       /* the command line or an argument is wrong */
	ERR_CONFIG,      /* a file or setting that people wrote is wrong or missing */
	ERR_IO,          /* a system call on files or processes */
	ERR_PERMISSION,  /* the system refused */
	ERR_MISSING,     /* a program that is needed is not installed */
	ERR_BUSY,        /* somebody else holds it (lock, port) */
	ERR_LIMIT,       /* larger than one of our ceilings */
	ERR_PARSE,       /* text or bytes that do not fit their grammar */
	ERR_CRYPTO,      /* keys, signatures, certificates */
	ERR_NETWORK,     /* no usable connection */
	ERR_TIMEOUT,     /* a deadline passed */
	ERR_PROTOCOL,    /* the peer broke its protocol */
	ERR_PROBLEM,     /* the peer answered with a problem document */
	ERR_CHALLENGE,   /* an identifier could not be proved */
	ERR_INTERRUPTED, /* a signal or a person asked to stop */
	ERR_CODE_COUNT,
};

const char *err_code_name(enum err_code code); /* for programs: "network" */

struct err {
	enum err_code code;
	char *msg;
	struct err *cause;

	/* of a problem document; NULL or 0 when the error is not one */
	char *urn;        /* whole type, such as urn:ietf:params:acme:error:dns */
	char *detail;     /* the server's text, control characters made visible */
	char *identifier; /* the name it is about */
	const char *identifier_type; /* "dns" or "ip", static; NULL: as the name looks */
	int http_status;
	unsigned retry_after_s; /* what the server asked to wait; 0: nothing said */
	struct err **subproblems;
	size_t subproblem_count;
};

MUST_CHECK NEVER_NULL struct err *err_new(enum err_code code, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ERR_IO (or ERR_PERMISSION for EACCES, EPERM, EROFS) with the text of errno number `errnum` behind the message. */
MUST_CHECK NEVER_NULL struct err *err_errno(int errnum, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Says what was being done when `cause` came up. Takes cause; keeps its code. NULL stays NULL. */
MUST_CHECK struct err *err_wrap(struct err *cause, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Like err_wrap with another code. */
MUST_CHECK struct err *err_wrap_as(enum err_code code, struct err *cause, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Takes sub: one more subproblem of e. */
void err_add_subproblem(struct err *e, struct err *sub);

void err_free(struct err *e);

/* The innermost error that carries a URN, or NULL. A loan. */
const struct err *err_problem(const struct err *e);

/* Does e, or a cause of it, have this code? */
bool err_is(const struct err *e, enum err_code code);

/* Does e, or a cause of it, carry this ACME problem type (the part behind urn:ietf:params:acme:error:)? */
bool err_has_type(const struct err *e, const char *type);

/* The last part of e's own URN ("dns"), or NULL. A loan. */
const char *err_type(const struct err *e);

/* "outermost: cause: cause", one line. */
void err_format(const struct err *e, struct buf *out);
char *err_text(const struct err *e);

/* For what can go wrong but changes nothing: drops the error. */
void err_ignore(struct err *e);

AUTO_FREE(struct err, err_free)

#define TRY(call)                                \
	do {                                     \
		struct err *try_err = (call);    \
		if (try_err != NULL)             \
			return try_err;          \
	} while (0)

#define TRY_WRAP(call, ...)                                    \
	do {                                                   \
		struct err *try_err = (call);                  \
		if (try_err != NULL)                           \
			return err_wrap(try_err, __VA_ARGS__); \
	} while (0)
