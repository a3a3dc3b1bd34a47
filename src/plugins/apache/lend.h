/* What Apache gets for the time of the challenges: lines of a file that is read last, so that all conditions of sites have been judged. */
#pragma once

#include "base/buf.h"
#include "plugins/apache/challenge.h"

/* "rewrite", "ssl": loaded unless it is. use: what for, and the way out for people. ERR_CONFIG: it is not there. */
MUST_CHECK struct err *apache_lend_module(struct buf *b, const struct apache_challenges *c,
					  const char *name, const char *use);
/* A Listen on c->port unless there is one; tls: for HTTPS. ERR_BUSY: another process has it. */
MUST_CHECK struct err *apache_lend_port(struct buf *b, const struct apache_challenges *c, bool tls);
/* The file of these lines, read last by the configuration; no lines: none. */
MUST_CHECK struct err *apache_lend_file(struct change *out, const struct apache_challenges *c,
					const char *name, const struct buf *lines);
