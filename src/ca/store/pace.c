#include "ca/store/pace.h"

#include "base/limits.h"

enum { PAUSES_AS_LONG = 3 };

struct pace pace_first(void)
{
	return (struct pace){ LIMIT_STORE_PURGE, LIMIT_STORE_PURGE_PAUSE_MS };
}

static size_t between(size_t least, size_t n, size_t most)
{
	return n < least ? least : n > most ? most : n;
}

void pace_learn(struct pace *p, int64_t took_ms)
{
	size_t next = took_ms > LIMIT_STORE_PURGE_MS ? p->limit / 2 : p->limit * 2;
	int64_t pause_ms = took_ms * PAUSES_AS_LONG;

	p->limit = between(LIMIT_STORE_PURGE_LEAST, next, LIMIT_STORE_PURGE);
	p->pause_ms = pause_ms > LIMIT_STORE_PURGE_PAUSE_MS ? pause_ms : LIMIT_STORE_PURGE_PAUSE_MS;
}
