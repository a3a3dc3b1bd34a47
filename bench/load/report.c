#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "load.h"

#define LATENCIES_MAX (1u << 24)

void latencies_add(struct latencies *l, double ms)
{
	if (l->count == LATENCIES_MAX)
		return;
	if (l->count == l->room) {
		l->room = l->room == 0 ? 1024 : 2 * l->room;
		l->ms = xrealloc(l->ms, l->room, sizeof(*l->ms));
	}
	l->ms[l->count++] = (float)ms;
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

double latencies_at(struct latencies *l, double share)
{
	if (l->count == 0)
		return 0;
	qsort(l->ms, l->count, sizeof(*l->ms), by_size);
	return (double)l->ms[(size_t)((double)(l->count - 1) * share)];
}

static double own_cpu_s(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void set_real(json_t *o, const char *key, double value)
{
	json_object_set_new(o, key, json_real(value));
}

static void set_int(json_t *o, const char *key, int64_t value)
{
	json_object_set_new(o, key, json_integer(value));
}

void report(struct load *l, struct usage before, struct usage after)
{
	AUTO(json_release) json_t *o = json_object();
	double wall = l->ended_at - l->begun_at, cpu = after.cpu_s - before.cpu_s,
	       done = (double)(l->done > 0 ? l->done : 1);

	set_int(o, "clients", l->options->clients);
	set_int(o, "units", l->done);
	set_int(o, "failed", l->failed);
	json_object_set_new(o, "stalled", json_boolean(l->stalled));
	set_real(o, "wall_s", wall);
	set_real(o, "units_per_s", wall > 0 ? (double)l->done / wall : 0);
	set_int(o, "requests", l->requests);
	set_int(o, "polls", l->polls);
	set_int(o, "bad_nonces", l->bad_nonces);
	set_int(o, "connections", l->connections);
	set_real(o, "p50_ms", latencies_at(&l->unit_ms, 0.5));
	set_real(o, "p99_ms", latencies_at(&l->unit_ms, 0.99));
	set_real(o, "request_p50_ms", latencies_at(&l->request_ms, 0.5));
	set_real(o, "request_p99_ms", latencies_at(&l->request_ms, 0.99));
	set_real(o, "server_cpu_ms_each", cpu * 1000 / done);
	set_real(o, "per_core_s", cpu > 0 ? (double)l->done / cpu : 0);
	set_int(o, "server_rss_kib", after.rss_kib);
	set_int(o, "server_peak_kib", after.peak_kib);
	set_real(o, "own_cpu_ms_each", own_cpu_s() * 1000 / done);
	if (l->last_failure != NULL)
		json_object_set_new(o, "last_failure", json_string(l->last_failure));
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
}
