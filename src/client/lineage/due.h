/* When to renew (certbot.md 12.2, RFC 9773), and what is remembered of the CA's advice in the renewal file. */
#pragma once

#include "base/world.h"
#include "client/lineage/lineage.h"

enum due_reason {
	DUE_NOT,
	DUE_FORCED, /* --force-renewal, --dry-run */
	DUE_ARI,    /* the CA's window */
	DUE_EXPIRED,
	DUE_REVOKED,  /* its CA says so */
	DUE_INTERVAL, /* renew_before_expiry */
	DUE_LIFETIME, /* past 2/3 (1/2 under 10 days) */
	DUE_REASON_COUNT,
};

/* What a question to the CA has changed in the conf. */
enum due_news {
	DUE_NO_NEWS,
	DUE_NEWS_WAIT, /* there is no advice, only when to ask again */
	DUE_NEWS_ADVICE,
};

struct due_query {
	const struct world *world;
	time_t now;
	bool forced;
	bool rehearsed; /* due as well, but what keeps a real run from an answer is told */
	/* Asks the CA of this lineage; NULL: do not ask. Not called while ari_retry_after is ahead. window {0,0}: no ARI.
	 * An error is a warning and the next question comes 6 hours later. */
	struct err *(*renewal_info)(void *ctx, const struct lineage *l, time_t *start, time_t *end,
				    unsigned *retry_after_s);
	/* Is it revoked? NULL: do not ask. Not called for what is due already. */
	struct err *(*revoked)(void *ctx, const struct lineage *l, bool *revoked);
	void *ctx;
};

/*
 * *news: what is to be remembered, advice in the file (lineage_save_conf). The instant chosen in the window is kept in
 * [acme_renewal_info] ari_renew_at beside Certbot's ari_retry_after, so that it is not drawn again while the window stays the same.
 */
MUST_CHECK struct err *lineage_due(enum due_reason *reason, struct err **ari_failure,
				   const struct lineage *l, const struct due_query *q,
				   enum due_news *news);
/* Would lineage_due() ask its CA, unless told otherwise? */
bool lineage_has_question(const struct lineage *l, time_t now);
/* Before this instant lineage_due() would say no without asking anybody; `now` when there is no such time. */
time_t lineage_nothing_till(const struct lineage *l, time_t now);

/* Rewrites renewal/NAME.conf atomically, keeping its mode. */
MUST_CHECK struct err *lineage_save_conf(const struct lineage *l);

/* "30 days", "3 weeks 2 days", "5" (days) -> seconds. */
MUST_CHECK struct err *interval_parse(int64_t *seconds, const char *text);
