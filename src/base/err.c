#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

static const char acme_urn[] = "urn:ietf:params:acme:error:";

const char *err_code_name(enum err_code code)
{
	switch (code) {
	case ERR_INTERNAL:
		return "internal";
	case ERR_USAGE:
		return "usage";
	case ERR_CONFIG:
		return "config";
	case ERR_IO:
		return "io";
	case ERR_PERMISSION:
		return "permission";
	case ERR_MISSING:
		return "missing";
	case ERR_BUSY:
		return "busy";
	case ERR_LIMIT:
		return "limit";
	case ERR_PARSE:
		return "parse";
	case ERR_CRYPTO:
		return "crypto";
	case ERR_NETWORK:
		return "network";
	case ERR_TIMEOUT:
		return "timeout";
	case ERR_PROTOCOL:
		return "protocol";
	case ERR_PROBLEM:
		return "problem";
	case ERR_CHALLENGE:
		return "challenge";
	case ERR_INTERRUPTED:
		return "interrupted";
	case ERR_CODE_COUNT:
		break;
	}
	abort();
}

PRINTF_LIKE(2, 0)
static struct err *vnew(enum err_code code, const char *fmt, va_list args)
{
	struct err *e = xcalloc(1, sizeof(*e));

	e->code = code;
	e->msg = str_vfmt(fmt, args);
	return e;
}

struct err *err_new(enum err_code code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	struct err *e = vnew(code, fmt, args);
	va_end(args);
	return e;
}

static enum err_code code_of_errno(int errnum)
{
	return errnum == EACCES || errnum == EPERM || errnum == EROFS ? ERR_PERMISSION : ERR_IO;
}

struct err *err_errno(int errnum, const char *fmt, ...)
{
	char text[128];
	va_list args;

	va_start(args, fmt);
	struct err *e = vnew(code_of_errno(errnum), fmt, args);
	va_end(args);
	e->cause = err_new(e->code, "%s", strerror_r(errnum, text, sizeof(text)));
	return e;
}

struct err *err_wrap(struct err *cause, const char *fmt, ...)
{
	va_list args;

	if (cause == NULL)
		return NULL;
	va_start(args, fmt);
	struct err *e = vnew(cause->code, fmt, args);
	va_end(args);
	e->cause = cause;
	return e;
}

struct err *err_wrap_as(enum err_code code, struct err *cause, const char *fmt, ...)
{
	va_list args;

	if (cause == NULL)
		return NULL;
	va_start(args, fmt);
	struct err *e = vnew(code, fmt, args);
	va_end(args);
	e->cause = cause;
	return e;
}

void err_add_subproblem(struct err *e, struct err *sub)
{
	e->subproblems = xrealloc(e->subproblems, e->subproblem_count + 1, sizeof(*e->subproblems));
	e->subproblems[e->subproblem_count++] = sub;
}

void err_free(struct err *e)
{
	while (e != NULL) {
		struct err *cause = e->cause;

		for (size_t i = 0; i < e->subproblem_count; i++)
			err_free(e->subproblems[i]);
		free(e->subproblems);
		free(e->msg);
		free(e->urn);
		free(e->detail);
		free(e->identifier);
		free(e);
		e = cause;
	}
}

const struct err *err_problem(const struct err *e)
{
	const struct err *found = NULL;

	for (; e != NULL; e = e->cause)
		if (e->urn != NULL)
			found = e;
	return found;
}

bool err_is(const struct err *e, enum err_code code)
{
	for (; e != NULL; e = e->cause)
		if (e->code == code)
			return true;
	return false;
}

const char *err_type(const struct err *e)
{
	if (e->urn == NULL || !str_starts(e->urn, acme_urn))
		return NULL;
	return e->urn + strlen(acme_urn);
}

bool err_has_type(const struct err *e, const char *type)
{
	for (; e != NULL; e = e->cause) {
		const char *own = err_type(e);

		if (own != NULL && streq(own, type))
			return true;
	}
	return false;
}

void err_format(const struct err *e, struct buf *out)
{
	for (const char *sep = ""; e != NULL; e = e->cause, sep = ": ")
		buf_addf(out, "%s%s", sep, e->msg);
}

char *err_text(const struct err *e)
{
	struct buf b = BUF_INIT(LIMIT_ERROR_TEXT);

	err_format(e, &b);
	return buf_detach(&b);
}

void err_ignore(struct err *e)
{
	err_free(e);
}
