/*
 * bench_store BACKEND issue ROUNDS ISSUANCES {STORED WHERE}...   what an issuance costs beside STORED certificates
 * bench_store BACKEND purge STORED WHERE                         what it costs, and waits, while so many are purged
 * bench_store BACKEND fill STORED WHERE                          certificates, and nothing else
 *
 * BACKEND is sqlite or postgresql, WHERE a path or a connection string of an empty database. Several take turns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "bench_store.h"

enum { TARGETS_MAX = 4, ROUNDS_MAX = 99 };

#define DAY 86400

const struct world world = { .clock = &system_clock, .random = &system_random };

static const size_t askers[] = { 1, 8, 64 };

struct bench {
	struct target targets[TARGETS_MAX];
	size_t target_count;
	int64_t rounds, issuances;
	struct cost costs[TARGETS_MAX][ARRAY_LEN(askers)][ROUNDS_MAX];
};

/* --- rounds */

/* Fewer where each takes longer. */
static size_t count_of(const struct bench *b, size_t askers_at)
{
	static const size_t part[] = { 8, 2, 1 };

	return (size_t)b->issuances / part[askers_at];
}

static struct err *round_of(struct bench *b, size_t number)
{
	for (size_t a = 0; a < ARRAY_LEN(askers); a++)
		for (size_t t = 0; t < b->target_count; t++)
			TRY(issue(&b->costs[t][a][number], &b->targets[t], askers[a],
				  count_of(b, a)));
	return NULL;
}

/* --- report: medians */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const struct bench *b, const struct cost *costs,
		     double (*of)(const struct cost *c))
{
	double values[ROUNDS_MAX];
	size_t count = (size_t)b->rounds;

	for (size_t i = 0; i < count; i++)
		values[i] = of(&costs[i]);
	qsort(values, count, sizeof(*values), by_size);
	return values[count / 2];
}

static double wall_of(const struct cost *c)
{
	return c->wall_s;
}

static double own_of(const struct cost *c)
{
	return c->own_cpu_s;
}

static double server_of(const struct cost *c)
{
	return c->server_cpu_s;
}

static double all_of(const struct cost *c)
{
	return c->own_cpu_s + c->server_cpu_s;
}

static double p99_of(const struct cost *c)
{
	return c->p99_ms;
}

static void report(const struct bench *b)
{
	printf("%9s %7s %12s %12s %15s %12s\n", "stored", "askers", "issuances/s", "CPU us each",
	       "server's CPU us", "p99 step ms");
	for (size_t t = 0; t < b->target_count; t++)
		for (size_t a = 0; a < ARRAY_LEN(askers); a++) {
			const struct cost *c = b->costs[t][a];
			double count = (double)count_of(b, a);

			printf("%9lld %7zu %12.0f %12.1f %15.1f %12.1f\n",
			       (long long)b->targets[t].stored, askers[a],
			       count / median(b, c, wall_of), median(b, c, own_of) / count * 1e6,
			       median(b, c, server_of) / count * 1e6, median(b, c, p99_of));
		}
}

static void report_ratios(const struct bench *b)
{
	size_t last = b->target_count - 1;

	if (last == 0)
		return;
	printf("CPU of an issuance beside %lld stored / beside %lld:",
	       (long long)b->targets[last].stored, (long long)b->targets[0].stored);
	for (size_t a = 0; a < ARRAY_LEN(askers); a++)
		printf(" %.2f",
		       median(b, b->costs[last][a], all_of) / median(b, b->costs[0][a], all_of));
	printf(" (with 1, 8, 64 askers)\n");
}

/* --- what is asked for */

static time_t in_ninety_days(void)
{
	return world_now(&world) + 90 * DAY;
}

static struct err *open_targets(struct bench *b)
{
	for (size_t i = 0; i < b->target_count; i++) {
		TRY(target_open(&b->targets[i]));
		TRY(fill(&b->targets[i], b->targets[i].stored, in_ninety_days()));
	}
	return NULL;
}

static struct err *run_issue(struct bench *b)
{
	TRY(open_targets(b));
	for (size_t i = 0; i < (size_t)b->rounds; i++)
		TRY(round_of(b, i));
	report(b);
	report_ratios(b);
	return NULL;
}

static struct err *run_purge(struct bench *b)
{
	TRY(target_open(&b->targets[0]));
	return purge_beside(&b->targets[0], b->targets[0].stored);
}

static struct err *run_fill(struct bench *b)
{
	return open_targets(b);
}

static const struct {
	const char *name;
	int numbers; /* before the targets */
	struct err *(*run)(struct bench *b);
} whats[] = {
	{ "issue", 2, run_issue },
	{ "purge", 0, run_purge },
	{ "fill", 0, run_fill },
};

static bool read_numbers(struct bench *b, char **words, int count)
{
	return count == 0 || (str_to_int(words[0], 1, ROUNDS_MAX, &b->rounds) &&
			      str_to_int(words[1], 8, 100000000, &b->issuances));
}

static bool read_targets(struct bench *b, char **words, int count, enum store_backend backend)
{
	for (; count >= 2 && b->target_count < TARGETS_MAX; count -= 2, words += 2) {
		struct target *t = &b->targets[b->target_count++];

		if (!str_to_int(words[0], 0, 100000000, &t->stored))
			return false;
		t->where = words[1];
		t->config.store.backend = backend;
	}
	return count == 0 && b->target_count > 0;
}

/* NULL: they make no sense. */
static struct err *(*read_arguments(struct bench *b, int argc, char **argv))(struct bench *b)
{
	bool postgresql = argc > 1 && streq(argv[1], "postgresql");

	if (argc < 5 || (!postgresql && !streq(argv[1], "sqlite")))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(whats); i++) {
		int first = 3 + whats[i].numbers;

		if (streq(argv[2], whats[i].name) && argc > first &&
		    read_numbers(b, argv + 3, whats[i].numbers) &&
		    read_targets(b, argv + first, argc - first,
				 postgresql ? STORE_PGSQL : STORE_SQLITE))
			return whats[i].run;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	struct err *(*run)(struct bench * b) = read_arguments(b, argc, argv);

	if (run == NULL) {
		fprintf(stderr,
			"usage: bench_store sqlite|postgresql issue ROUNDS ISSUANCES {STORED WHERE}...\n"
			"       bench_store sqlite|postgresql purge|fill STORED WHERE\n");
		return 2;
	}
	AUTO(err_free) struct err *e = run(b);
	AUTO(free) char *text = e != NULL ? err_text(e) : NULL;

	if (e != NULL)
		fprintf(stderr, "bench_store: %s\n", text);
	for (size_t i = 0; i < b->target_count; i++)
		target_close(&b->targets[i]);
	free(b);
	return e != NULL;
}
