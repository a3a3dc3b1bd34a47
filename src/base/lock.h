/*
 * Certbot's lock files: `.certbot.lock`, 0600, empty, a POSIX record lock (F_SETLK, F_WRLCK, whole file), not waited for.
 * Taken so that Signet and Certbot exclude each other. Released by unlink, then close.
 */
#pragma once

#include <sys/types.h>

#include "base/err.h"

struct lock;

/* ERR_BUSY names the holder: "another instance ... (PID 123, certbot renew)". dir must exist. */
MUST_CHECK struct err *lock_acquire(struct lock **out, const char *dir);
void lock_release(struct lock *l); /* frees it */

AUTO_FREE(struct lock, lock_release)

/* "certbot renew -q" of a process, from /proc, printable and cut; NULL when it cannot be read. */
char *process_command_line(pid_t pid);
