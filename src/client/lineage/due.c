#include "client/lineage/due.h"

#include "client/lineage/advice.h"

/* One question being answered. */
struct asking {
	const struct lineage *l;
	const struct due_query *q;
	struct err *failure; /* of the CA's answer */
	enum due_news news;
};

static time_t next_question(const struct asking *a, unsigned retry_after_s)
{
	unsigned wait = retry_after_s == 0              ? ARI_RETRY_DEFAULT_S
		      : retry_after_s < ARI_RETRY_MIN_S ? ARI_RETRY_MIN_S
		      : retry_after_s > ARI_RETRY_MAX_S ? ARI_RETRY_MAX_S
							: retry_after_s;

	return a->q->now + (time_t)wait;
}

/* RFC 9773 §4.3: a failure is no reason not to renew; it is asked again after the default wait. */
static void ask(struct asking *a)
{
	struct ari_window w = { 0 };
	unsigned retry_after_s = 0;
	time_t till;

	if (a->q->renewal_info == NULL || advice_muted_till(a->l, a->q->now, &till))
		return;
	a->failure = a->q->renewal_info(a->q->ctx, a->l, &w.start, &w.end, &retry_after_s);
	a->news = DUE_NEWS_WAIT;
	advice_mute(a->l, next_question(a, a->failure == NULL ? retry_after_s : 0));
	if (a->failure != NULL)
		return;
	if (w.start == 0 && w.end == 0) {
		if (advice_forget_window(a->l))
			a->news = DUE_NEWS_ADVICE;
		return;
	}
	advice_set_window(a->l, &w, a->q->world->random);
	a->news = DUE_NEWS_ADVICE;
}

/* Advice to renew after the end would let the certificate expire: that is none. */
static bool has_advice(const struct asking *a, time_t *renew_at)
{
	return advice_renew_at(a->l, renew_at) && *renew_at < a->l->cert->not_after;
}

static struct err *before_expiry(int64_t *seconds, bool *given, const struct lineage *l)
{
	AUTO(free) char *text = NULL;

	TRY(ini_get(&text, l->conf, "", "renew_before_expiry"));
	*given = text != NULL;
	if (text == NULL)
		return NULL;
	TRY_WRAP(interval_parse(seconds, text), "renew_before_expiry in %s", l->conf_path);
	return NULL;
}

static struct err *is_revoked(bool *revoked, const struct asking *a)
{
	return a->q->revoked != NULL ? a->q->revoked(a->q->ctx, a->l, revoked) : NULL;
}

/* certbot.md 12.2 from point 4 on. */
static struct err *judge(enum due_reason *reason, struct asking *a)
{
	const struct cert *cert = a->l->cert;
	int64_t interval = 0;
	time_t renew_at = 0;
	bool by_interval = false, revoked = false;

	TRY(before_expiry(&interval, &by_interval, a->l));
	ask(a);
	bool by_advice = has_advice(a, &renew_at);
	bool is_time = by_advice && a->q->now >= renew_at;

	*reason = DUE_NOT;
	if (!is_time)
		TRY(is_revoked(&revoked, a));
	if (is_time)
		*reason = DUE_ARI;
	else if (revoked)
		*reason = DUE_REVOKED;
	else if (by_interval && cert->not_after < a->q->now + interval)
		*reason = DUE_INTERVAL;
	else if ((!by_advice || a->failure != NULL) && !by_interval && cert_is_due(cert, a->q->now))
		*reason = DUE_LIFETIME;
	return NULL;
}

/* Asks no CA: a rehearsal leaves no traces in the renewal file. */
static struct err *rehearse(enum due_reason *reason, const struct lineage *l, time_t now)
{
	int64_t interval = 0;
	bool by_interval = false;

	*reason = DUE_FORCED;
	if (!lineage_autorenew(l) || cert_is_expired(l->cert, now))
		return NULL;
	return before_expiry(&interval, &by_interval, l);
}

struct err *lineage_due(enum due_reason *reason, struct err **ari_failure, const struct lineage *l,
			const struct due_query *q, enum due_news *news)
{
	struct asking a = { .l = l, .q = q };
	struct err *e = NULL;

	if (q->forced)
		*reason = DUE_FORCED;
	else if (q->rehearsed)
		e = rehearse(reason, l, q->now);
	else if (!lineage_autorenew(l))
		*reason = DUE_NOT;
	else if (cert_is_expired(l->cert, q->now))
		*reason = DUE_EXPIRED;
	else
		e = judge(reason, &a);
	*ari_failure = a.failure;
	*news = a.news;
	return e;
}

bool lineage_has_question(const struct lineage *l, time_t now)
{
	time_t till;

	return lineage_autorenew(l) && !cert_is_expired(l->cert, now) &&
	       !advice_muted_till(l, now, &till);
}

static time_t earlier(time_t a, time_t b)
{
	return a < b ? a : b;
}

time_t lineage_nothing_till(const struct lineage *l, time_t now)
{
	time_t till = l->cert->not_after, renew_at = 0, muted_till = 0;
	int64_t interval = 0;
	bool by_interval = false;
	struct err *e = before_expiry(&interval, &by_interval, l);

	if (l->cert->ocsp_urls.count > 0 || e != NULL || !advice_muted_till(l, now, &muted_till)) {
		err_free(e);
		return now;
	}
	bool by_advice = advice_renew_at(l, &renew_at) && renew_at < l->cert->not_after;

	if (by_advice)
		till = earlier(till, renew_at);
	if (by_interval)
		till = earlier(till, l->cert->not_after - (time_t)interval);
	if (!by_advice && !by_interval)
		till = earlier(till, cert_due_time(l->cert));
	return earlier(till, muted_till);
}
