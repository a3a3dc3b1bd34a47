/* What a server's error logs say of one request. */
#pragma once

#include "srv/webserver.h"

/*
 * The last line of an error that has this token, on one line for people: "/var/log/nginx/error.log: ...". Looked for at the ends of its error log and of
 * all files that its master process has open, for sites may have logs of their own. NULL: none has it, or may be read.
 */
char *log_quote(const struct webserver *s, const char *token);
