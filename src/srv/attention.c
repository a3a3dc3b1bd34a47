#include "srv/attention.h"

#include "net/process.h"

void attention_begin(struct attention *a, pid_t master, int64_t now_ms)
{
	*a = (struct attention){ .master = master,
				 .ticks = process_ticks(master),
				 .since_ms = now_ms };
}

int64_t attention_quiet_ms(struct attention *a, int64_t now_ms)
{
	int64_t ticks = process_ticks(a->master);

	if (ticks != a->ticks || process_is_busy(a->master))
		a->since_ms = now_ms;
	a->ticks = ticks;
	return now_ms - a->since_ms;
}
