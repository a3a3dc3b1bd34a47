/*
 * Memory and ownership idioms: an allocation never fails (it aborts), AUTO(fn) frees at scope end, MOVE(p) hands over.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Release the variable when it leaves scope, which may be all it is for. fn is the type's `…_free` (pointer) or `…_release` (value). */
#define AUTO(fn) __attribute__((cleanup(fn##_auto), unused))

/* Makes `fn_auto` for AUTO(fn) out of `void fn(T *)`, where the variable is a `T *`. */
#define AUTO_FREE(type, fn)                    \
	static inline void fn##_auto(type **p) \
	{                                      \
		fn(*p);                        \
	}

/* The same for a value: the variable is a `T`, fn takes its address. */
#define AUTO_RELEASE(type, fn)                \
	static inline void fn##_auto(type *p) \
	{                                     \
		fn(p);                        \
	}

/* Yields the pointer and leaves NULL behind, so that its AUTO has nothing to free. */
#define MOVE(p)                            \
	__extension__({                    \
		__typeof__(p) moved = (p); \
		(p) = NULL;                \
		moved;                     \
	})

#define MUST_CHECK __attribute__((warn_unused_result))
#define NEVER_NULL __attribute__((returns_nonnull))
#define NEVER_NULL __attribute__((returns_nonnull))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

NEVER_NULL void *xmalloc(size_t size);
NEVER_NULL void *xcalloc(size_t count, size_t size);
NEVER_NULL void *xrealloc(void *ptr, size_t count, size_t size);
NEVER_NULL char *xstrdup(const char *s);
NEVER_NULL char *xstrndup(const char *s, size_t max);
NEVER_NULL void *xmemdup(const void *data, size_t len);

static inline void free_auto(void *p)
{
	free(*(void **)p);
}
