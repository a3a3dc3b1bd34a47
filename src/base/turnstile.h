/*
 * A spawner that lets one program run at a time, whichever thread wants to start it: people's scripts have never met each
 * other.
 */
#pragma once

#include <pthread.h>

#include "base/proc.h"

struct turnstile {
	struct spawner spawner; /* first: to be handed in */
	const struct spawner *inner;
	pthread_mutex_t turn;
};

void turnstile_init(struct turnstile *t, const struct spawner *inner);
void turnstile_release(struct turnstile *t);

AUTO_RELEASE(struct turnstile, turnstile_release)
