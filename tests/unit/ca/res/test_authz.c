/* Authorizations and challenges: shown, given up, called ready (ca.md 5.7). */
#include "ca/res/desk.h"

#include "ca/res/registry.h"
#include "proto/challenge.h"

static struct store_authz with_status(enum authz_status status)
{
	struct store_authz a = desk_authz();

	a.status = status;
	if (status != AUTHZ_VALID && status != AUTHZ_INVALID)
		return a;
	a.attempt = xstrdup("http-01");
	a.validated = DESK_NOW - 60;
	a.record = xstrdup("[{\"hostname\":\"example.org\"}]");
	if (status == AUTHZ_INVALID)
		a.error = xstrdup(
			"{\"type\":\"urn:ietf:params:acme:error:dns\",\"detail\":\"no\"}");
	return a;
}

static const json_t *challenge_of(const struct desk *d, size_t n)
{
	return json_array_get(json_object_get(d->body, "challenges"), n);
}

static const char *text_of(const json_t *obj, const char *key)
{
	return json_string_value(json_object_get(obj, key));
}

static void a_pending_one_shows_all_of_its_challenges(void **state)
{
	struct desk d;
	const struct store_authz a = desk_authz();

	(void)state;
	desk_open(&d, NULL);
	desk_says_authz(&d, STORE_DONE, &a);
	desk_post(&d, &resource_authz, "7/5", NULL);
	desk_expect(&d, 200, NULL);
	desk_expect_text(&d, "status", "pending");
	assert_int_equal(json_array_size(json_object_get(d.body, "challenges")), 2);
	for (size_t i = 0; i < 2; i++) {
		AUTO(free)
		char *url = str_fmt("https://ca.test/acme/chall/7/5/%s",
				    text_of(challenge_of(&d, i), "type"));

		assert_string_equal(text_of(challenge_of(&d, i), "url"), url);
		assert_string_equal(text_of(challenge_of(&d, i), "status"), "pending");
		assert_int_equal(strlen(text_of(challenge_of(&d, i), "token")), 43);
	}
	desk_close(&d);
}

/* ca.md 5.15: Let's Encrypt shows one that is judged as pending, the RFC says processing (RFC 8555 §7.1.6). */
static void one_under_way_is_shown_by_quirk(void **state)
{
	static const struct {
		const char *extra, *status;
	} rows[] = { { NULL, "pending" }, { "[policy]\nquirks = rfc\n", "processing" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct desk d;
		struct store_authz a = desk_authz();

		a.attempt = xstrdup("dns-01");
		desk_open(&d, NULL);
		d.config->policy.quirks = i == 0 ? QUIRKS_LETSENCRYPT : QUIRKS_RFC;
		desk_says_authz(&d, STORE_DONE, &a);
		desk_post(&d, &resource_challenge, "7/5/dns-01", NULL);
		desk_expect_text(&d, "status", rows[i].status);
		desk_close(&d);
	}
}

static void a_judged_one_shows_the_attempt_only(void **state)
{
	struct desk d;
	const struct store_authz a = with_status(AUTHZ_INVALID);

	(void)state;
	desk_open(&d, NULL);
	desk_says_authz(&d, STORE_DONE, &a);
	desk_get(&d, &resource_authz, "7/5");
	desk_expect_text(&d, "status", "invalid");
	assert_int_equal(json_array_size(json_object_get(d.body, "challenges")), 1);
	const json_t *c = challenge_of(&d, 0);

	assert_string_equal(text_of(c, "type"), "http-01");
	assert_string_equal(text_of(c, "status"), "invalid");
	assert_string_equal(text_of(c, "validated"), "2027-01-15T07:59:00Z");
	assert_string_equal(text_of(json_object_get(c, "error"), "detail"), "no");
	assert_int_equal(json_array_size(json_object_get(c, "validationRecord")), 1);
	desk_close(&d);
}

static void a_persistent_record_needs_no_token(void **state)
{
	struct desk d;
	struct store_authz a = desk_authz();

	(void)state;
	strlist_add(&a.offered, "dns-persist-01");
	desk_open(&d, NULL);
	desk_says_authz(&d, STORE_DONE, &a);
	desk_post(&d, &resource_challenge, "7/5/dns-persist-01", NULL);
	desk_expect(&d, 200, NULL);
	assert_null(json_object_get(d.body, "token"));
	desk_expect_text(&d, "accounturi", "https://ca.test/acme/acct/7");
	const json_t *names = json_object_get(d.body, "issuer-domain-names");

	assert_string_equal(json_string_value(json_array_get(names, 0)), "ca.test");
	desk_close(&d);
}

/* --- who may look, and when */

static const struct {
	const struct resource *resource;
	const char *ids;
	int64_t owner;
	int expires_in;
	int status;
	const char *type;
} looks[] = {
	{ &resource_authz, "7/5", 7, 1, 200, NULL },
	{ &resource_authz, "7/5", 8, 1, 404, "malformed" },
	{ &resource_authz, "8/5", 8, 1, 403, "unauthorized" },
	{ &resource_authz, "7/5", 7, 0, 404, "malformed" },
	{ &resource_challenge, "7/5/http-01", 7, 1, 200, NULL },
	{ &resource_challenge, "7/5/tls-alpn-01", 7, 1, 404, "malformed" },
	{ &resource_challenge, "8/5/http-01", 7, 1, 404, "malformed" },
	{ &resource_challenge, "8/5/http-01", 8, 1, 403, "unauthorized" },
	{ &resource_challenge, "7/5/http-01", 7, -1, 404, "malformed" },
};

static void it_is_shown_to_its_account_while_it_stands(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		struct desk d;
		struct store_authz a = desk_authz();

		a.account_id = looks[i].owner;
		a.expires = DESK_NOW + looks[i].expires_in;
		desk_open(&d, NULL);
		desk_says_authz(&d, STORE_DONE, &a);
		desk_post(&d, looks[i].resource, looks[i].ids, NULL);
		desk_expect(&d, looks[i].status, looks[i].type);
		desk_close(&d);
	}
}

/* --- given up (RFC 8555 §7.5.2) */

static void to_give_up_a_pending_one_counts_as_a_failure(void **state)
{
	struct desk d;
	const struct store_authz pending = desk_authz();
	const struct store_authz ended = with_status(AUTHZ_DEACTIVATED);

	(void)state;
	desk_open(&d, NULL);
	desk_says_authz(&d, STORE_DONE, &pending);
	desk_says_authz(&d, STORE_DONE, &ended);
	desk_post(&d, &resource_authz, "7/5", "{\"status\":\"deactivated\"}");
	desk_expect(&d, 200, NULL);
	desk_expect_text(&d, "status", "deactivated");
	desk_expect_asked(&d, "judged example.org invalid");
	desk_close(&d);
}

static const struct {
	enum authz_status status;
	const char *payload;
	enum store_outcome outcome; /* STORE_NOT_FOUND: it does not come so far */
} kept[] = {
	{ AUTHZ_PENDING, "{\"status\":\"valid\"}", STORE_NOT_FOUND },
	{ AUTHZ_PENDING, "{}", STORE_NOT_FOUND },
	{ AUTHZ_PENDING, "[]", STORE_NOT_FOUND },
	{ AUTHZ_INVALID, "{\"status\":\"deactivated\"}", STORE_NOT_FOUND },
	{ AUTHZ_DEACTIVATED, "{\"status\":\"deactivated\"}", STORE_NOT_FOUND },
	{ AUTHZ_VALID, "{\"status\":\"deactivated\"}", STORE_TOO_LATE },
};

static void nothing_else_ends_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		struct desk d;
		const struct store_authz a = with_status(kept[i].status);

		desk_open(&d, NULL);
		desk_says_authz(&d, STORE_DONE, &a);
		if (kept[i].outcome != STORE_NOT_FOUND)
			desk_says(&d, kept[i].outcome);
		desk_post(&d, &resource_authz, "7/5", kept[i].payload);
		desk_expect(&d, 400, "malformed");
		desk_close(&d);
	}
}

/* --- called ready (RFC 8555 §7.5.1) */

static void the_attempt_begins(void **state)
{
	struct desk d;
	const struct store_authz a = desk_authz();
	struct store_authz begun = desk_authz();

	(void)state;
	begun.attempt = xstrdup("http-01");
	desk_open(&d, NULL);
	desk_says_authz(&d, STORE_DONE, &a);
	desk_says_authz(&d, STORE_DONE, &begun);
	desk_post(&d, &resource_challenge, "7/5/http-01", "{\"keyAuthorization\":\"old\"}");
	desk_expect(&d, 200, NULL);
	desk_expect_header(&d, "Link", "up https://ca.test/acme/authz/7/5");
	desk_expect_header(&d, "Location", "https://ca.test/acme/chall/7/5/http-01");
	desk_expect_asked(&d, "judge 5 http-01 print https://ca.test/acme/acct/7");
	desk_close(&d);
}

/* The answer waits a little for the verdict; without one the client is told when to ask. */
static void a_verdict_at_once_is_the_answer(void **state)
{
	(void)state;
	for (int at_once = 0; at_once < 2; at_once++) {
		struct desk d;
		const struct store_authz a = desk_authz();
		struct store_authz begun = with_status(at_once ? AUTHZ_VALID : AUTHZ_PENDING);

		desk_open(&d, NULL);
		desk_says_authz(&d, STORE_DONE, &a);
		desk_says_authz(&d, STORE_DONE, &begun);
		desk_post(&d, &resource_challenge, "7/5/http-01", "{}");
		desk_expect(&d, 200, NULL);
		desk_expect_text(&d, "status", at_once ? "valid" : "pending");
		if (!at_once)
			desk_expect_header(&d, "Retry-After", "1");
		desk_close(&d);
	}
}

static const struct {
	enum authz_status status;
	const char *type, *payload;
	enum store_outcome
		outcome; /* of the attempt; STORE_OUTCOME_COUNT: it does not come so far */
	enum quirks quirks;
	bool strict;
	int answer;
	const char *problem;
} ready[] = {
	{ AUTHZ_PENDING, "http-01", "{}", STORE_CONFLICT, QUIRKS_LETSENCRYPT, false, 409,
	  "conflict" },
	{ AUTHZ_PENDING, "http-01", "{}", STORE_CONFLICT, QUIRKS_RFC, false, 200, NULL },
	{ AUTHZ_PENDING, "dns-01", "{}", STORE_CONFLICT, QUIRKS_RFC, false, 409, "conflict" },
	{ AUTHZ_PENDING, "http-01", "{}", STORE_EXISTED, QUIRKS_RFC, false, 200, NULL },
	{ AUTHZ_PENDING, "http-01", "{}", STORE_TOO_LATE, QUIRKS_RFC, false, 400, "malformed" },
	{ AUTHZ_PENDING, "http-01", "[]", STORE_OUTCOME_COUNT, QUIRKS_RFC, false, 400,
	  "malformed" },
	{ AUTHZ_PENDING, "http-01", "{\"a\":1}", STORE_OUTCOME_COUNT, QUIRKS_RFC, true, 400,
	  "malformed" },
	{ AUTHZ_PENDING, "tls-sni-01", "{}", STORE_OUTCOME_COUNT, QUIRKS_RFC, false, 400,
	  "malformed" }, /* switched off */
	{ AUTHZ_VALID, "http-01", "{}", STORE_OUTCOME_COUNT, QUIRKS_RFC, false, 200, NULL },
	{ AUTHZ_INVALID, "http-01", "{}", STORE_OUTCOME_COUNT, QUIRKS_RFC, false, 400,
	  "malformed" },
	{ AUTHZ_DEACTIVATED, "http-01", "{}", STORE_OUTCOME_COUNT, QUIRKS_RFC, false, 400,
	  "malformed" },
};

static void there_is_one_attempt(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ready); i++) {
		struct desk d;
		struct store_authz a = with_status(ready[i].status);
		struct store_authz now = desk_authz();
		AUTO(free) char *ids = str_fmt("7/5/%s", ready[i].type);

		strlist_add(&a.offered, "tls-sni-01");
		now.attempt = xstrdup("http-01");
		desk_open(&d, NULL);
		d.config->policy.quirks = (int)ready[i].quirks;
		d.config->test.strict = ready[i].strict;
		desk_says_authz(&d, STORE_DONE, &a);
		if (ready[i].outcome != STORE_OUTCOME_COUNT)
			desk_says_authz(&d, ready[i].outcome, &now);
		else
			store_authz_release(&now);
		desk_post(&d, &resource_challenge, ids, ready[i].payload);
		desk_expect(&d, ready[i].answer, ready[i].problem);
		desk_close(&d);
	}
}

/* What is under way already needs no other to be judged. */
static void a_second_attempt_is_refused_at_once(void **state)
{
	struct desk d;
	struct store_authz a = desk_authz();

	(void)state;
	a.attempt = xstrdup("dns-01");
	desk_open(&d, NULL);
	desk_says_authz(&d, STORE_DONE, &a);
	desk_post(&d, &resource_challenge, "7/5/http-01", "{}");
	desk_expect(&d, 409, "conflict");
	desk_close(&d);
}

/* Of two attempts in different loops the first that is judged counts, for both. */
static void anothers_verdict_is_shown(void **state)
{
	struct desk d;
	const struct store_authz a = desk_authz();
	struct store_authz judged = with_status(AUTHZ_VALID);

	(void)state;
	desk_open(&d, NULL);
	desk_says_authz(&d, STORE_DONE, &a);
	desk_says_authz(&d, STORE_TOO_LATE, &judged);
	desk_post(&d, &resource_challenge, "7/5/http-01", "{}");
	desk_expect(&d, 200, NULL);
	desk_expect_text(&d, "status", "valid");
	desk_close(&d);
}

/* --- in advance (RFC 8555 §7.4.1) */

static void an_authorization_is_made_in_advance(void **state)
{
	struct desk d;
	const struct store_authz a = desk_authz();

	(void)state;
	desk_open(&d, NULL);
	desk_says_authz(&d, STORE_DONE, &a);
	desk_post(&d, &resource_new_authz, "",
		  "{\"identifier\":{\"type\":\"dns\",\"value\":\"Example.ORG\"}}");
	desk_expect(&d, 201, NULL);
	desk_expect_header(&d, "Location", "https://ca.test/acme/authz/7/5");
	desk_expect_asked(&d, "create authz example.org");
	desk_post(&d, &resource_new_authz, "",
		  "{\"identifier\":{\"type\":\"dns\",\"value\":\"*.example.org\"}}");
	desk_expect(&d, 400, "malformed");
	desk_post(&d, &resource_new_authz, "", "{}");
	desk_expect(&d, 400, "malformed");
	desk_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pending_one_shows_all_of_its_challenges),
		cmocka_unit_test(one_under_way_is_shown_by_quirk),
		cmocka_unit_test(a_judged_one_shows_the_attempt_only),
		cmocka_unit_test(a_persistent_record_needs_no_token),
		cmocka_unit_test(it_is_shown_to_its_account_while_it_stands),
		cmocka_unit_test(to_give_up_a_pending_one_counts_as_a_failure),
		cmocka_unit_test(nothing_else_ends_it),
		cmocka_unit_test(the_attempt_begins),
		cmocka_unit_test(a_verdict_at_once_is_the_answer),
		cmocka_unit_test(there_is_one_attempt),
		cmocka_unit_test(a_second_attempt_is_refused_at_once),
		cmocka_unit_test(anothers_verdict_is_shown),
		cmocka_unit_test(an_authorization_is_made_in_advance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
