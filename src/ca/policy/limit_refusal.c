#include "ca/policy/limit_refusal.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "ca/policy/limit_rows.h"
#include "proto/problem.h"

/* "3h0m0s", as Boulder's clients read it. */
static char *period_text(int64_t seconds)
{
	return str_fmt("%" PRId64 "h%" PRId64 "m%" PRId64 "s", seconds / 3600, seconds / 60 % 60,
		       seconds % 60);
}

static const char *shown_key(const struct limit_hit *h)
{
	if (h->kind == LIMIT_CERTIFICATES_PER_DOMAIN)
		return h->key;
	return h->kind == LIMIT_FAILURES_PER_NAME ? strchr(h->key, ':') + 1 : NULL;
}

/* Up to 3 % more, so that those who were refused together do not come back together. */
static int64_t spread(int64_t wait, const char *key, int64_t now_ms)
{
	uint64_t chance = (uint64_t)now_ms;

	for (; *key != '\0'; key++)
		chance = (chance ^ (unsigned char)*key) * 0x9e3779b97f4a7c15u;
	return wait + (int64_t)((chance >> 32) % (uint64_t)(wait * 3 / 100 + 1));
}

static struct err *too_many(const struct limits_config *config, const struct limit_hit *h,
			    int64_t now_ms)
{
	const struct limit_row *row = &limit_rows[h->kind];
	AUTO(free) char *period = period_text(h->rate.period_s);
	AUTO(free) char *until = time_utc_long((time_t)((now_ms + h->wait_ms + 999) / 1000));
	const char *key = shown_key(h);
	const char *url = config->help_url;

	return problem_new("rateLimited",
			   "too many %s (%" PRId64
			   ") %s%s%s%s in the last %s, retry after %.19s UTC%s%s",
			   row->thing, h->rate.count, row->whose, key != NULL ? " \"" : "",
			   key != NULL ? key : "", key != NULL ? "\"" : "", period, until,
			   url != NULL ? ": see " : "", url != NULL ? url : "");
}

/* As Let's Encrypt says it: not the client's fault, but too much at once. */
static struct err *busy(void)
{
	struct err *e = problem_new("rateLimited", "Service busy; retry later.");

	e->http_status = 503;
	return e;
}

struct err *limit_refusal(const struct limits_config *config, const struct limit_hit *h,
			  int64_t now_ms)
{
	int64_t wait = spread(h->wait_ms, h->key, now_ms);
	struct err *e = limit_rows[h->kind].path != NULL ? busy() : too_many(config, h, now_ms);

	e->retry_after_s = (unsigned)((wait + 999) / 1000);
	return e;
}
