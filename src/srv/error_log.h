/* A server's error log since a point in time. Others may write into it too: another instance, a container that shares it. */
#pragma once

#include <sys/types.h>

#include "srv/webserver.h"

struct log_mark {
	const struct webserver *server;
	pid_t master; /* 0: not seen */
	off_t size;
};

struct log_mark error_log_mark(const struct webserver *s, pid_t master);

/* What was said since then; NULL: nothing that can be read. */
char *error_log_since(const struct log_mark *m);
/*
 * The line by which it refused since then; NULL: none yet. One that a live process wrote which is neither its master nor a child of
 * that is another's; one of a process that has ended may be a worker's.
 */
char *error_log_refusal(const struct log_mark *m);
/* "; see /var/log/nginx/error.log", or nothing. */
char *error_log_hint(const struct webserver *s);
