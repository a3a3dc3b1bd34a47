/*
 * Certificates that are going to be revoked because something was wrong with them: their renewal information says now, and why
 * (RFC 9773 §4.2).
 */
#pragma once

#include "base/err.h"
#include "base/mem.h"

struct incidents;

/* "SERIAL URL" a line, the serial in hexadecimal; '#' begins a comment. ERR_CONFIG names the line that is something else. */
MUST_CHECK struct err *incidents_load(struct incidents **out, const char *path);
MUST_CHECK struct err *incidents_parse(struct incidents **out, const char *text);
/* The page that explains; NULL: nothing is wrong with this one (i NULL: with none). A loan. serial as in the store. */
const char *incidents_url(const struct incidents *i, const char *serial);
void incidents_free(struct incidents *i);

AUTO_FREE(struct incidents, incidents_free)
