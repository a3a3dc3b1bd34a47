/*
 * The debug log file (certbot.md 4.3): `2026-11-21 23:09:25,024:DEBUG:order.created:text`, local time. Before it is open,
 * records wait in memory. A log that cannot be written any more is said once and given up: it never stops a run.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"

struct log {
	int fd; /* -1: not open */
	char *path;
	char *dir;
	int64_t max_backups;
	size_t size;
	struct buf waiting; /* of before; its end is cut when it is full */
};

void log_init(struct log *l);
void log_release(struct log *l);
AUTO_RELEASE(struct log, log_release)
/* Rotates dir/letsencrypt.log away (max_backups 0: adds to it) and writes what has waited. */
MUST_CHECK struct err *log_open(struct log *l, const char *dir, int64_t max_backups);
void log_write(struct log *l, int64_t now_ms, const char *level, const char *name,
	       const char *text);
/* What has waited, in a file that stays: $TMPDIR/certbot-log-XXXXXXXX/log. NULL when that is not possible. */
const char *log_keep_temporary(struct log *l);
