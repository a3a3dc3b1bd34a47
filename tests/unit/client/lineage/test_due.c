#include "client/fixture.h"

#include "client/lineage/due.h"

#define NOW ((time_t)1800000000)
#define HOUR ((time_t)60 * 60)

/* A clock and a chance that tests turn by hand, and a CA that answers what they say. */
static time_t clock_now;

static time_t read_clock(const struct clock *c)
{
	(void)c;
	return clock_now;
}

static uint64_t chance;

static void draw(const struct rand_source *r, void *out, size_t len)
{
	unsigned char *bytes = out;

	(void)r;
	for (size_t i = 0; i < len; i++) {
		chance = chance * 6364136223846793005u + 1442695040888963407u;
		bytes[i] = (unsigned char)(chance >> 56);
	}
}

static const struct clock test_clock = { .now = read_clock };
static const struct rand_source test_random = { .bytes = draw };
static const struct world world = { .clock = &test_clock, .random = &test_random };

static struct answers {
	bool speaks, fails;
	time_t start, end;
	unsigned retry_after_s;
	unsigned questions;
} ca;

static struct err *renewal_info(void *ctx, const struct lineage *l, time_t *start, time_t *end,
				unsigned *retry_after_s)
{
	(void)ctx;
	(void)l;
	ca.questions++;
	if (ca.fails)
		return err_new(ERR_NETWORK, "no answer");
	*start = ca.start;
	*end = ca.end;
	*retry_after_s = ca.retry_after_s;
	return NULL;
}

static enum due_reason ask_at(const struct lineage *l, time_t now, bool *saved)
{
	const struct due_query q = { .world = &world,
				     .now = now,
				     .renewal_info = ca.speaks ? renewal_info : NULL };
	enum due_reason reason = DUE_REASON_COUNT;
	AUTO(err_free) struct err *failure = NULL;
	enum due_news news = DUE_NO_NEWS;

	clock_now = now;
	assert_done(lineage_due(&reason, &failure, l, &q, &news));
	assert_true((failure != NULL) == (news != DUE_NO_NEWS && ca.fails));
	if (news != DUE_NO_NEWS)
		assert_done(lineage_save_conf(l));
	if (saved != NULL)
		*saved = news != DUE_NO_NEWS;
	return reason;
}

static unsigned suspicions;

static struct err *revoked(void *ctx, const struct lineage *l, bool *yes)
{
	(void)ctx;
	(void)l;
	suspicions++;
	*yes = true;
	return NULL;
}

static enum due_reason reason_if_revoked(const struct lineage *l, const struct due_query *q)
{
	enum due_reason reason = DUE_REASON_COUNT;
	AUTO(err_free) struct err *failure = NULL;
	enum due_news news = DUE_NO_NEWS;

	suspicions = 0;
	assert_done(lineage_due(&reason, &failure, l, q, &news));
	return reason;
}

static enum due_reason reason_at(const struct lineage *l, time_t now)
{
	return ask_at(l, now, NULL);
}

static struct lineage *lineage(const struct tree *t, time_t from, time_t to)
{
	return fixture_lineage(t, "a.test", "DNS:a.test", from, to);
}

/* The lineage as the next run sees it, with this line put before [renewalparams] or behind it. */
static struct lineage *edited(const struct tree *t, const char *top, const char *param)
{
	AUTO(free) char *conf = fixture_read(t, "renewal/a.test.conf");
	AUTO(free) char *text = str_fmt("%s%s%s", top, conf, param);
	struct lineage *l = NULL;

	fixture_write(t, "renewal/a.test.conf", text);
	assert_done(lineage_load(&l, t, "a.test"));
	return l;
}

static int setup(void **state)
{
	memset(&ca, 0, sizeof(ca));
	*state = fixture_tree();
	return 0;
}

static int teardown(void **state)
{
	fixture_tree_free(*state);
	return 0;
}

static void lifetime_rule(void **state)
{
	static const struct {
		time_t life, last_kept, first_due;
	} cases[] = {
		{ 90 * DAY, 60 * DAY, 60 * DAY + 1 },
		{ 10 * DAY, 20 * DAY / 3, 20 * DAY / 3 + 1 },
		{ 6 * DAY, 3 * DAY, 3 * DAY + 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct tree *t = fixture_tree();
		AUTO(lineage_free) struct lineage *l = lineage(t, NOW, NOW + cases[i].life);

		assert_int_equal(reason_at(l, NOW + cases[i].last_kept), DUE_NOT);
		assert_int_equal(reason_at(l, NOW + cases[i].first_due), DUE_LIFETIME);
		assert_int_equal(reason_at(l, NOW + cases[i].life + 1), DUE_EXPIRED);
		fixture_tree_free(t);
	}
	(void)state;
}

/* Asked only about what would be kept, and before the dates are looked at. */
static void revoked_certificates(void **state)
{
	AUTO(lineage_free) struct lineage *l = lineage(*state, NOW, NOW + 90 * DAY);
	struct due_query q = { .world = &world, .now = NOW + DAY, .renewal_info = renewal_info, .revoked = revoked };

	clock_now = q.now;
	assert_int_equal(reason_if_revoked(l, &q), DUE_REVOKED);
	assert_int_equal(suspicions, 1);
	q.now = NOW + 89 * DAY;
	assert_int_equal(reason_if_revoked(l, &q), DUE_REVOKED);
	q.now = NOW + 91 * DAY;
	assert_int_equal(reason_if_revoked(l, &q), DUE_EXPIRED);
	q.now = NOW + DAY;
	q.rehearsed = true;
	assert_int_equal(reason_if_revoked(l, &q), DUE_FORCED);
	assert_int_equal(suspicions, 0);
}

static void forced_and_switched_off(void **state)
{
	lineage_free(lineage(*state, NOW, NOW + 90 * DAY));
	AUTO(lineage_free) struct lineage *l = edited(*state, "", "autorenew = False\n");
	const struct due_query forced = { .world = &world, .now = NOW, .forced = true };
	enum due_reason reason;
	struct err *failure;
	enum due_news news;

	assert_int_equal(reason_at(l, NOW + 200 * DAY), DUE_NOT);
	assert_done(lineage_due(&reason, &failure, l, &forced, &news));
	assert_int_equal(reason, DUE_FORCED);
	assert_null(failure);
	assert_int_equal(news, DUE_NO_NEWS);
}

/* A dry run wants an answer where a real one would, and asks nobody for it. */
static void rehearsed(void **state)
{
	static const struct {
		const char *top, *params;
		time_t now;
		const char *why;
	} rows[] = {
		{ "", "", NOW, NULL },
		{ "", "autorenew = False\n", NOW, NULL },
		{ "renew_before_expiry = 5\n", "", NOW, NULL },
		{ "renew_before_expiry = soon\n", "", NOW, "'soon' is no interval" },
		{ "renew_before_expiry = soon\n", "autorenew = False\n", NOW, NULL },
		{ "renew_before_expiry = soon\n", "", NOW + 91 * DAY, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct tree *t = fixture_tree();

		lineage_free(lineage(t, NOW, NOW + 90 * DAY));
		AUTO(lineage_free) struct lineage *l = edited(t, rows[i].top, rows[i].params);
		const struct due_query q = { .world = &world,
					     .now = rows[i].now,
					     .rehearsed = true };
		enum due_reason reason = DUE_NOT;
		struct err *failure = NULL;
		enum due_news news = DUE_NEWS_ADVICE;
		struct err *e = lineage_due(&reason, &failure, l, &q, &news);

		if (rows[i].why != NULL)
			assert_refused(e, ERR_CONFIG, rows[i].why);
		else
			assert_null(e);
		assert_int_equal(reason, DUE_FORCED);
		assert_int_equal(news, DUE_NO_NEWS);
		fixture_tree_free(t);
	}
}

static void interval_before_expiry(void **state)
{
	lineage_free(lineage(*state, NOW, NOW + 90 * DAY));
	AUTO(lineage_free)
	struct lineage *l = edited(*state, "renew_before_expiry = 2 weeks\n", "");

	assert_int_equal(reason_at(l, NOW + 61 * DAY), DUE_NOT); /* the 2/3 rule is off */
	assert_int_equal(reason_at(l, NOW + 76 * DAY), DUE_NOT);
	assert_int_equal(reason_at(l, NOW + 76 * DAY + 1), DUE_INTERVAL);
}

static void bad_interval_is_an_error(void **state)
{
	lineage_free(lineage(*state, NOW, NOW + 90 * DAY));
	AUTO(lineage_free) struct lineage *l = edited(*state, "renew_before_expiry = soon\n", "");
	const struct due_query q = { .world = &world, .now = NOW };
	enum due_reason reason;
	struct err *failure;
	enum due_news news;

	assert_refused(lineage_due(&reason, &failure, l, &q, &news), ERR_CONFIG, "soon");
}

static enum due_news news_at(const struct lineage *l, time_t now)
{
	const struct due_query q = { .world = &world, .now = now, .renewal_info = renewal_info };
	enum due_reason reason = DUE_REASON_COUNT;
	AUTO(err_free) struct err *failure = NULL;
	enum due_news news = DUE_NO_NEWS;

	assert_done(lineage_due(&reason, &failure, l, &q, &news));
	return news;
}

/* Only advice that came or went must be in the file; that there is none may be remembered elsewhere. */
static void news_are_told_apart(void **state)
{
	static const struct answers none = { .speaks = true };
	static const struct answers failure = { .speaks = true, .fails = true };
	static const struct answers window = { .speaks = true,
					       .start = NOW + 40 * DAY,
					       .end = NOW + 42 * DAY };
	AUTO(lineage_free) struct lineage *l = lineage(*state, NOW, NOW + 90 * DAY);

	ca = none;
	assert_int_equal(news_at(l, NOW + DAY), DUE_NEWS_WAIT);
	assert_int_equal(news_at(l, NOW + DAY + 60), DUE_NO_NEWS);
	ca = failure;
	assert_int_equal(news_at(l, NOW + 2 * DAY), DUE_NEWS_WAIT);
	ca = window;
	assert_int_equal(news_at(l, NOW + 3 * DAY), DUE_NEWS_ADVICE);
	ca = none;
	assert_int_equal(news_at(l, NOW + 4 * DAY), DUE_NEWS_ADVICE);
	assert_int_equal(news_at(l, NOW + 5 * DAY), DUE_NEWS_WAIT);
}

/* RFC 9773 §4.2: renew at an instant in the window; §4.3: not asked again before Retry-After */
static void window_is_asked_once_and_kept(void **state)
{
	AUTO(lineage_free) struct lineage *l = lineage(*state, NOW, NOW + 90 * DAY);
	bool asked = false;
	time_t due_from = 0;

	ca = (struct answers){ .speaks = true,
			       .start = NOW + 40 * DAY,
			       .end = NOW + 42 * DAY,
			       .retry_after_s = 3600 };
	assert_int_equal(ask_at(l, NOW + DAY, &asked), DUE_NOT);
	assert_true(asked);
	assert_int_equal(ask_at(l, NOW + DAY + 3599, &asked), DUE_NOT);
	assert_false(asked);
	assert_int_equal(ask_at(l, NOW + DAY + 3600, &asked), DUE_NOT);
	assert_true(asked);
	assert_int_equal(ca.questions, 2);

	ca.speaks = false; /* the same instant, also for a later process */
	for (time_t t = NOW + 39 * DAY; due_from == 0; t += 60)
		if (reason_at(l, t) == DUE_ARI)
			due_from = t;
	assert_in_range(due_from, NOW + 40 * DAY, NOW + 42 * DAY + 60);
	AUTO(lineage_free) struct lineage *again = NULL;

	assert_done(lineage_load(&again, *state, "a.test"));
	assert_int_equal(reason_at(again, due_from - 60), DUE_NOT);
	assert_int_equal(reason_at(again, due_from), DUE_ARI);
	/* asked in vain, the instant in the window stays */
	ca.speaks = true;
	assert_int_equal(reason_at(again, due_from - 60), DUE_NOT);
	assert_int_equal(reason_at(again, due_from), DUE_ARI);
}

static void moved_window_is_followed(void **state)
{
	AUTO(lineage_free) struct lineage *l = lineage(*state, NOW, NOW + 90 * DAY);

	ca = (struct answers){ .speaks = true, .start = NOW + 40 * DAY, .end = NOW + 42 * DAY };
	assert_int_equal(reason_at(l, NOW + DAY), DUE_NOT);
	ca.start = NOW - DAY; /* to be revoked: now */
	ca.end = NOW;
	assert_int_equal(reason_at(l, NOW + DAY + 6 * HOUR - 1), DUE_NOT); /* the default wait */
	assert_int_equal(reason_at(l, NOW + DAY + 6 * HOUR), DUE_ARI);
}

static void certbot_key_is_written_as_certbot_does(void **state)
{
	AUTO(lineage_free) struct lineage *l = lineage(*state, NOW, NOW + 90 * DAY);
	AUTO(free) char *until = time_local_iso(NOW + DAY + 6 * HOUR);
	AUTO(free) char *expected = str_fmt("[acme_renewal_info]\nari_retry_after = %s\n", until);

	ca = (struct answers){ .speaks = true }; /* a CA without renewal information */
	assert_int_equal(reason_at(l, NOW + DAY), DUE_NOT);
	AUTO(free) char *conf = fixture_read(*state, "renewal/a.test.conf");

	assert_non_null(strstr(conf, expected));
	assert_true(str_ends(conf, expected));
	assert_int_equal(reason_at(l, NOW + 60 * DAY + 1), DUE_LIFETIME);
}

static void failing_question_leaves_the_dates(void **state)
{
	AUTO(lineage_free) struct lineage *l = lineage(*state, NOW, NOW + 90 * DAY);

	ca = (struct answers){ .speaks = true, .fails = true };
	assert_int_equal(reason_at(l, NOW + DAY), DUE_NOT);
	assert_int_equal(reason_at(l, NOW + DAY + HOUR), DUE_NOT);
	assert_int_equal(ca.questions, 1);
	assert_int_equal(reason_at(l, NOW + 60 * DAY + 1), DUE_LIFETIME);
}

/* A CA that is silent for weeks after it gave a late window does not keep the 2/3 rule away. */
static void old_advice_is_not_trusted_alone(void **state)
{
	AUTO(lineage_free) struct lineage *l = lineage(*state, NOW, NOW + 90 * DAY);

	ca = (struct answers){ .speaks = true, .start = NOW + 88 * DAY, .end = NOW + 89 * DAY };
	assert_int_equal(reason_at(l, NOW + DAY), DUE_NOT);
	assert_int_equal(reason_at(l, NOW + 61 * DAY), DUE_NOT);
	ca.fails = true;
	assert_int_equal(reason_at(l, NOW + 62 * DAY), DUE_LIFETIME);
}

static void window_after_the_end_is_no_advice(void **state)
{
	AUTO(lineage_free) struct lineage *l = lineage(*state, NOW, NOW + 90 * DAY);

	ca = (struct answers){ .speaks = true, .start = NOW + 200 * DAY, .end = NOW + 201 * DAY };
	assert_int_equal(reason_at(l, NOW + 59 * DAY), DUE_NOT);
	assert_int_equal(reason_at(l, NOW + 61 * DAY), DUE_LIFETIME);
}

/* Certbot may renew in between and keeps keys it does not know: advice on the old certificate is void. */
static void advice_dies_with_its_certificate(void **state)
{
	AUTO(lineage_free) struct lineage *l = lineage(*state, NOW, NOW + 90 * DAY);
	AUTO(fixture_pair_release)
	struct fixture_pair p = fixture_pair("DNS:a.test", "secp256r1", NOW + 41 * DAY,
					     NOW + 131 * DAY);
	const struct lineage_material m = fixture_material(&p);
	AUTO(lineage_free) struct lineage *renewed = NULL;

	ca = (struct answers){ .speaks = true, .start = NOW + 40 * DAY, .end = NOW + 41 * DAY };
	assert_int_equal(reason_at(l, NOW + DAY), DUE_NOT);
	assert_done(lineage_commit(&renewed, *state, "a.test", l, &m));
	ca.speaks = false;
	assert_int_equal(reason_at(renewed, NOW + 42 * DAY), DUE_NOT);
	assert_int_equal(reason_at(renewed, NOW + 102 * DAY), DUE_LIFETIME);
}

static void clock_that_was_wrong_does_not_mute_for_years(void **state)
{
	lineage_free(lineage(*state, NOW, NOW + 90 * DAY));
	AUTO(free) char *until = time_local_iso(NOW + 3000 * DAY);
	AUTO(free) char *section = str_fmt("[acme_renewal_info]\nari_retry_after = %s\n", until);
	AUTO(lineage_free) struct lineage *l = edited(*state, "", section);

	ca = (struct answers){ .speaks = true, .start = NOW, .end = NOW + 1 };
	assert_int_equal(reason_at(l, NOW + DAY), DUE_ARI);
	assert_int_equal(ca.questions, 1);
}

/* Two years of a daily timer: the certificate never expires and is renewed once a window. */
static void two_years_of_renewals(void **state)
{
	struct lineage *l = lineage(*state, NOW, NOW + 90 * DAY);
	unsigned renewals = 0, longest = 0;

	for (time_t now = NOW; now < NOW + 2 * 365 * DAY; now += 12 * HOUR) {
		ca = (struct answers){ .speaks = true,
				       .fails = now % (7 * DAY) <
						DAY, /* the CA is away one day a week */
				       .start = l->cert->not_after - 31 * DAY,
				       .end = l->cert->not_after - 29 * DAY,
				       .retry_after_s = 6 * 60 * 60 };
		enum due_reason reason = reason_at(l, now);
		unsigned age = (unsigned)((now - l->cert->not_before) / DAY);

		assert_int_not_equal(reason, DUE_EXPIRED);
		if (reason == DUE_NOT)
			continue;
		AUTO(fixture_pair_release)
		struct fixture_pair p = fixture_pair("DNS:a.test", "secp256r1", now,
						     now + 90 * DAY);
		const struct lineage_material m = fixture_material(&p);
		struct lineage *renewed = NULL;

		assert_in_range(age, 58, 61);
		longest = age > longest ? age : longest;
		assert_done(lineage_commit(&renewed, *state, "a.test", l, &m));
		lineage_free(l);
		l = renewed;
		renewals++;
	}
	assert_in_range(renewals, 11, 12);
	assert_int_equal(l->version, renewals + 1);
	lineage_free(l);
}

static void intervals(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: refused */
	} cases[] = {
		{ "30 days", 30 * 86400 },
		{ "3 weeks 2 days", 23 * 86400 },
		{ "5", 5 * 86400 },
		{ "1 day, 12 hours", 36 * 3600 },
		{ "1 week and 1 day", 8 * 86400 },
		{ " 10 Days ", 10 * 86400 },
		{ "2d", 2 * 86400 },
		{ "90 mins", 5400 },
		{ "1 month", 30 * 86400 },
		{ "1 year", 365 * 86400 },
		{ "0 days", 0 },
		{ "", -1 },
		{ "days", -1 },
		{ "-5 days", -1 },
		{ "5 parsecs", -1 },
		{ "5 days 3", 8 * 86400 },
		{ "999999999999 days", -1 },
		{ "5 days later", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t seconds = -1;

		err_free(interval_parse(&seconds, cases[i].text));
		if (seconds != cases[i].seconds)
			fail_msg("\"%s\": %lld", cases[i].text, (long long)seconds);
	}
	(void)state;
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(news_are_told_apart),
		WITH_TREE(lifetime_rule),
		WITH_TREE(forced_and_switched_off),
		WITH_TREE(revoked_certificates),
		cmocka_unit_test(rehearsed),
		WITH_TREE(interval_before_expiry),
		WITH_TREE(bad_interval_is_an_error),
		WITH_TREE(window_is_asked_once_and_kept),
		WITH_TREE(moved_window_is_followed),
		WITH_TREE(certbot_key_is_written_as_certbot_does),
		WITH_TREE(failing_question_leaves_the_dates),
		WITH_TREE(old_advice_is_not_trusted_alone),
		WITH_TREE(window_after_the_end_is_no_advice),
		WITH_TREE(advice_dies_with_its_certificate),
		WITH_TREE(clock_that_was_wrong_does_not_mute_for_years),
		WITH_TREE(two_years_of_renewals),
		cmocka_unit_test(intervals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
