/*
 * The kernel's tables of TCP sockets, as text (/proc/PID/net/tcp and tcp6, proc(5)), as the process sees its network. A look at them
 * costs milliseconds whatever is in them: the kernel walks all places in which a connection could be.
 */
#pragma once

#include "base/str.h"

/* A line's columns: sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode ... */
enum {
	TCP_COLUMN_LOCAL = 1,
	TCP_COLUMN_REMOTE = 2,
	TCP_COLUMN_STATE = 3,
	TCP_COLUMN_INODE = 9,
	TCP_COLUMNS = 10
};

typedef void (*tcp_line_fn)(void *ctx, const struct strlist *columns);

void tcp_table_each(const char *pid, tcp_line_fn line, void *ctx); /* pid: "self", "812" */
