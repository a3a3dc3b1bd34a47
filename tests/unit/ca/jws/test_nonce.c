/* Anti-replay nonces: RFC 8555 §6.5, §6.5.1. */
#include "check.h"

#include "ca/jws/nonce.h"
#include "jose/base64url.h"

enum { WINDOW = 16 };

static time_t now_s = 1000000;

static time_t virtual_now(const struct clock *c)
{
	(void)c;
	return now_s;
}

static const struct clock virtual_clock = { .now = virtual_now };
static const struct world world = { .clock = &virtual_clock, .random = &system_random };

static char *issued(struct nonces *n)
{
	char *text = NULL;

	assert_done(nonces_issue(&text, n));
	return text;
}

static void assert_bad(struct nonces *n, const char *text, const char *part)
{
	AUTO(err_free) struct err *e = nonces_redeem(n, text);

	if (e == NULL)
		fail_msg("%s was redeemed", text != NULL ? text : "nothing");
	assert_true(err_has_type(e, "badNonce"));
	assert_non_null(strstr(e->detail, part));
}

static void test_once(void **state)
{
	AUTO(nonces_free) struct nonces *n = NULL;

	(void)state;
	assert_done(nonces_new(&n, &world, WINDOW));
	AUTO(free) char *a = issued(n);
	AUTO(free) char *b = issued(n);

	assert_int_equal(strlen(a), 59);
	assert_true(base64url_is(a));
	assert_string_not_equal(a, b);
	assert_done(nonces_redeem(n, b));
	assert_done(nonces_redeem(n, a));
	assert_bad(n, a, "invalid");
	assert_bad(n, b, "invalid");
}

static void test_malformed(void **state)
{
	static const char *const texts[] = { "", "A", "not base64url!", "AAAA",
					     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
					     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" };
	AUTO(nonces_free) struct nonces *n = NULL;

	(void)state;
	assert_done(nonces_new(&n, &world, WINDOW));
	assert_bad(n, NULL, "no anti-replay nonce");
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_bad(n, texts[i], "malformed");
	assert_bad(n, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		   "invalid");
}

/* One changed character anywhere is another nonce, which nobody issued. */
static void test_forged(void **state)
{
	AUTO(nonces_free) struct nonces *n = NULL;

	(void)state;
	assert_done(nonces_new(&n, &world, WINDOW));
	AUTO(free) char *good = issued(n);

	for (size_t i = 0; i + 1 < strlen(good); i++) {
		AUTO(free) char *forged = xstrdup(good);

		forged[i] = forged[i] == 'x' ? 'y' : 'x';
		assert_bad(n, forged, "invalid");
	}
	assert_done(nonces_redeem(n, good));
}

static void test_window(void **state)
{
	AUTO(nonces_free) struct nonces *n = NULL;
	char *kept[WINDOW + 1] = { NULL };

	(void)state;
	assert_done(nonces_new(&n, &world, WINDOW));
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i <= WINDOW; i++)
			kept[i] = issued(n);
		assert_bad(n, kept[0], "invalid"); /* one too many came after it */
		for (size_t i = 1; i <= WINDOW; i++)
			assert_done(nonces_redeem(n, kept[i]));
		for (size_t i = 0; i <= WINDOW; i++) {
			assert_bad(n, kept[i], "invalid");
			free(kept[i]);
		}
	}
}

static void test_age(void **state)
{
	AUTO(nonces_free) struct nonces *n = NULL;

	(void)state;
	assert_done(nonces_new(&n, &world, WINDOW));
	AUTO(free) char *young = issued(n);
	AUTO(free) char *old = issued(n);

	now_s += NONCE_SECONDS;
	assert_done(nonces_redeem(n, young));
	now_s += 1;
	assert_bad(n, old, "invalid");
}

static void test_other_process(void **state)
{
	AUTO(nonces_free) struct nonces *gone = NULL;
	AUTO(nonces_free) struct nonces *n = NULL;

	(void)state;
	assert_done(nonces_new(&gone, &world, WINDOW));
	assert_done(nonces_new(&n, &world, WINDOW));
	AUTO(free) char *text = issued(gone);
	AUTO(free) char *ours = issued(n);

	assert_bad(n, text, "invalid");
	assert_done(nonces_redeem(n, ours));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once),  cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_forged), cmocka_unit_test(test_window),
		cmocka_unit_test(test_age),   cmocka_unit_test(test_other_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
