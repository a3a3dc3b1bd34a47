/*
 * The system calls by which files change, seen from inside: the n-th one kills the process or fails. Defined in the test program,
 * these take the place of the C library's; fsync does nothing else, so that thousands of runs take seconds.
 */
#pragma once

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum fault_kind { FAULT_NONE, FAULT_KILL, FAULT_ERROR };

static struct faults {
	enum fault_kind kind;
	int after; /* calls that still work */
	int errnum;
	bool no_exchange; /* a file system without RENAME_EXCHANGE */
	bool hit;
} faults;

/* Counts one call; true: it has to fail with errno set. */
static inline bool fault_strikes(void)
{
	if (faults.kind == FAULT_NONE || faults.after-- > 0)
		return false;
	if (faults.kind == FAULT_KILL)
		(void)kill(getpid(), SIGKILL);
	if (faults.after < -1) /* only this one fails */
		return false;
	faults.hit = true;
	errno = faults.errnum;
	return true;
}

#define FAULTY(ret, name, params, args)                                                \
	ret fault_##name params __asm__(#name) __attribute__((visibility("default"))); \
	ret fault_##name params                                                        \
	{                                                                              \
		union {                                                                \
			void *object;                                                  \
			ret(*call) params;                                             \
		} real = { .object = dlsym(RTLD_NEXT, #name) };                        \
		return fault_strikes() ? (ret)-1 : real.call args;                     \
	}

FAULTY(ssize_t, write, (int fd, const void *data, size_t len), (fd, data, len))
FAULTY(int, mkdir, (const char *path, mode_t mode), (path, mode))
FAULTY(int, rmdir, (const char *path), (path))
FAULTY(int, unlink, (const char *path), (path))
FAULTY(int, rename, (const char *from, const char *to), (from, to))
FAULTY(int, link, (const char *from, const char *to), (from, to))
FAULTY(int, symlink, (const char *target, const char *path), (target, path))
FAULTY(int, chmod, (const char *path, mode_t mode), (path, mode))
FAULTY(int, fchmod, (int fd, mode_t mode), (fd, mode))
FAULTY(int, chown, (const char *path, uid_t u, gid_t g), (path, u, g))
FAULTY(int, lchown, (const char *path, uid_t u, gid_t g), (path, u, g))
FAULTY(int, fchown, (int fd, uid_t u, gid_t g), (fd, u, g))
FAULTY(int, ftruncate64, (int fd, off_t len), (fd, len))
FAULTY(int, futimens, (int fd, const struct timespec times[2]), (fd, times))
FAULTY(int, unlinkat, (int at, const char *path, int flags), (at, path, flags))
FAULTY(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
FAULTY(int, openat, (int at, const char *path, int flags, mode_t mode), (at, path, flags, mode))
FAULTY(int, openat64, (int at, const char *path, int flags, mode_t mode), (at, path, flags, mode))

int fault_fsync(int fd) __asm__("fsync");
int fault_fsync(int fd)
{
	(void)fd;
	return fault_strikes() ? -1 : 0;
}

int fault_renameat2(int a, const char *from, int b, const char *to,
		    unsigned flags) __asm__("renameat2");
int fault_renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
	union {
		void *object;
		int (*call)(int, const char *, int, const char *, unsigned);
	} real = { .object = dlsym(RTLD_NEXT, "renameat2") };

	if (fault_strikes())
		return -1;
	if (faults.no_exchange) {
		errno = EINVAL;
		return -1;
	}
	return real.call(a, from, b, to, flags);
}

/* openat2(), for which the C library has no name. */
long fault_syscall(long number, long a, long b, long c, long d) __asm__("syscall")
	__attribute__((visibility("default")));
long fault_syscall(long number, long a, long b, long c, long d)
{
	union {
		void *object;
		long (*call)(long, ...);
	} real = { .object = dlsym(RTLD_NEXT, "syscall") };

	return fault_strikes() ? -1 : real.call(number, a, b, c, d);
}

static inline int fault_open_common(const char *path, int flags, mode_t mode)
{
	union {
		void *object;
		int (*call)(int, const char *, int, ...);
	} real = { .object = dlsym(RTLD_NEXT, "openat") };

	return fault_strikes() ? -1 : real.call(AT_FDCWD, path, flags, mode);
}

#define FAULTY_OPEN(name)                                                  \
	int fault_##name(const char *path, int flags, ...) __asm__(#name); \
	int fault_##name(const char *path, int flags, ...)                 \
	{                                                                  \
		mode_t mode = 0;                                           \
		va_list args;                                              \
                                                                           \
		va_start(args, flags);                                     \
		if ((flags & (O_CREAT | O_TMPFILE)) != 0)                  \
			mode = va_arg(args, mode_t);                       \
		va_end(args);                                              \
		return fault_open_common(path, flags, mode);               \
	}

FAULTY_OPEN(open)
FAULTY_OPEN(open64)
