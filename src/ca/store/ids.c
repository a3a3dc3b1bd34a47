#include "ca/store/ids.h"

#define EPOCH_MS INT64_C(1577836800000) /* 2020-01-01 */
#define CHANCE_BITS 22
#define STEP_BITS 16

int64_t ids_next(struct ids *i)
{
	int64_t ms = clock_now_ms(i->world->clock) - EPOCH_MS;
	uint64_t chance;

	i->world->random->bytes(i->world->random, &chance, sizeof(chance));
	int64_t in_ms = (int64_t)(chance >> (64 - CHANCE_BITS));
	int64_t step = (int64_t)(chance & ((UINT64_C(1) << STEP_BITS) - 1));
	int64_t by_time = (ms > 0 ? ms << CHANCE_BITS : 0) + in_ms;
	int64_t by_last = i->last + 1 + step;

	i->last = by_time > by_last ? by_time : by_last;
	return i->last;
}
