/*
 * Does a server's master process do anything of what it was told? One that reads a large configuration computes, and is not to be
 * taken for one that has not listened.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct attention {
	pid_t master; /* 0: there is nothing to see */
	int64_t ticks, since_ms;
};

void attention_begin(struct attention *a, pid_t master, int64_t now_ms);
/* For how long it has done nothing. To be asked again and again. */
int64_t attention_quiet_ms(struct attention *a, int64_t now_ms);
