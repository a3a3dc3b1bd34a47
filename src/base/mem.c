#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static void *alive(void *p)
{
	if (p != NULL)
		return p;
	fputs("out of memory\n", stderr);
	abort();
}

void *xmalloc(size_t size)
{
	return alive(malloc(size > 0 ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return alive(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *xrealloc(void *ptr, size_t count, size_t size)
{
	return alive(reallocarray(ptr, count > 0 ? count : 1, size > 0 ? size : 1));
}

char *xstrdup(const char *s)
{
	return alive(strdup(s));
}

char *xstrndup(const char *s, size_t max)
{
	return alive(strndup(s, max));
}

void *xmemdup(const void *data, size_t len)
{
	void *copy = xmalloc(len);

	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}
