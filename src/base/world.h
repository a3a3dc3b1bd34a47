/*
 * The world as a program sees it, handed down from main: time, chance, names, the network, other programs, and being
 * asked to stop. Nothing outside base/ and net/ reaches around it. Tests hand in another one.
 */
#pragma once

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/proc.h"
#include "base/rand.h"

struct resolver;  /* net/resolver.h */
struct transport; /* net/transport.h */

struct world {
	const struct clock *clock;
	const struct rand_source *random;
	struct resolver *resolver;
	struct transport *transport;
	const struct spawner *spawner;
	const struct interrupt *stop; /* NULL: cannot be interrupted */
};

static inline time_t world_now(const struct world *w)
{
	return w->clock->now(w->clock);
}

static inline int64_t world_monotonic_ms(const struct world *w)
{
	return w->clock->monotonic_ms(w->clock);
}

MUST_CHECK static inline struct err *world_sleep_ms(const struct world *w, int64_t ms)
{
	return w->clock->sleep_ms(w->clock, ms, w->stop);
}
