/* A quorum of perspectives, here and elsewhere (ca.md 4). */
#include "va/scene.h"

#include <signal.h>

#include "base/json.h"
#include "net/server.h"
#include "va/mutual.h"
#include "va/perspective.h"
#include "va/service.h"

enum { REMOTES_MAX = 6 };

static const char *const names[REMOTES_MAX] = { "a", "b", "c", "d", "e", "f" };
static const char *const agents[REMOTES_MAX] = { "remote-a", "remote-b", "remote-c",
						 "remote-d", "remote-e", "remote-f" };
static const char *const sources[REMOTES_MAX] = { "127.0.1.1", "127.0.1.2", "127.0.1.3",
						  "127.0.1.4", "127.0.1.5", "127.0.1.6" };

struct stage {
	struct scene *scene;
	struct va *remotes[REMOTES_MAX];
	struct perspective_options options[REMOTES_MAX];
	struct perspectives_options all;
	struct perspectives *perspectives;

	size_t verdicts;
	struct err *problem;
	struct va_record *record;
	json_t *summary;
};

static int setup(void **state)
{
	struct stage *s = xcalloc(1, sizeof(*s));

	s->scene = scene_new();
	fake_dns_add(s->scene->dns, "a.example.com", DNS_A, "127.0.0.1");
	s->scene->options.user_agent = "the-primary";
	scene_open(s->scene);
	s->all = (struct perspectives_options){ .base = s->scene->base,
						.random = &system_random,
						.primary = s->scene->va,
						.remotes = s->options,
						.failures_allowed = -1 };
	*state = s;
	return 0;
}

static void forget(struct stage *s)
{
	err_free(s->problem);
	va_record_free(s->record);
	json_decref(s->summary);
	s->problem = NULL;
	s->record = NULL;
	s->summary = NULL;
}

static int teardown(void **state)
{
	struct stage *s = *state;

	perspectives_free(s->perspectives);
	for (size_t i = 0; i < REMOTES_MAX; i++)
		va_free(s->remotes[i]);
	scene_free(s->scene);
	forget(s);
	free(s);
	return 0;
}

static void add_here(struct stage *s, const char *region)
{
	size_t i = s->all.remote_count++;
	struct va_options o = s->scene->options;

	o.perspective = names[i];
	o.region = region;
	o.user_agent = agents[i];
	o.source_v4 = sources[i];
	assert_done(va_new(&s->remotes[i], &o));
	s->options[i] = (struct perspective_options){ .name = names[i],
						      .region = region,
						      .va = s->remotes[i] };
}

static void on_verdict(void *ctx, struct err *problem, struct va_record *record, json_t *summary)
{
	struct stage *s = ctx;

	forget(s);
	s->problem = problem;
	s->record = record;
	s->summary = summary;
	s->verdicts++;
	event_base_loopbreak(s->scene->base);
}

static struct perspectives_check *start(struct stage *s, bool caa_only)
{
	char name[] = "a.example.com";
	char challenge[] = "http-01";
	char token[] = SCENE_TOKEN;
	char thumbprint[] = SCENE_THUMBPRINT;
	const struct va_request q = { .ident = { .type = IDENT_DNS, .value = name },
				      .challenge = challenge,
				      .token = token,
				      .thumbprint = thumbprint,
				      .check_caa = true };

	if (s->perspectives == NULL)
		assert_done(perspectives_new(&s->perspectives, &s->all));
	return caa_only ? perspectives_check_caa(s->perspectives, &q, on_verdict, s)
			: perspectives_check(s->perspectives, &q, on_verdict, s);
}

static void judge_this(struct stage *s, bool caa_only)
{
	size_t before = s->verdicts;

	(void)start(s, caa_only);
	assert_int_equal(s->verdicts, before);
	while (s->verdicts == before)
		assert_int_equal(event_base_dispatch(s->scene->base), 0);
	assert_string_equal(s->record->perspective, "primary");
	assert_int_equal(perspectives_open_count(s->perspectives), 0);
}

static void judge(struct stage *s)
{
	judge_this(s, false);
}

static void answer(struct stage *s, const char *agent, const char *text, enum web_deed deed)
{
	fake_web_add(s->scene->web,
		     (struct web_row){ .user_agent = agent, .text = text, .deed = deed });
}

static void expect(const struct stage *s, const char *type, const char *part, const char *quorum)
{
	if (type == NULL && s->problem != NULL)
		fail_msg("%s", s->problem->detail);
	if (type != NULL && (s->problem == NULL || !err_has_type(s->problem, type) ||
			     strstr(s->problem->detail, part) == NULL))
		fail_msg("\"%s\", expected %s \"%s\"",
			 s->problem != NULL ? s->problem->detail : "valid", type, part);
	if (quorum == NULL)
		assert_null(s->summary);
	else
		assert_string_equal(json_string_value(json_object_get(s->summary, "quorumResult")),
				    quorum);
}

static const char wrong[] = "HTTP/1.1 200 OK\r\n\r\nsomething else";

static void the_primary_alone_decides_without_others(void **state)
{
	struct stage *s = *state;

	answer(s, "the-primary", SCENE_OK, WEB_ONCE);
	answer(s, "the-primary", wrong, WEB_ANSWERS);
	judge(s);
	expect(s, NULL, NULL, NULL);
	judge(s);
	expect(s, "unauthorized", "something else", NULL);
}

static void all_that_agree_pass(void **state)
{
	struct stage *s = *state;

	add_here(s, "ARIN");
	add_here(s, "RIPE");
	add_here(s, "APNIC");
	answer(s, NULL, SCENE_OK, WEB_ANSWERS);
	judge(s);
	expect(s, NULL, NULL, "3/3");
	assert_int_equal(fake_web_requests(s->scene->web)->count, 4);
	for (size_t i = 0; i < 3; i++) {
		AUTO(free) char *all = strlist_join(fake_web_requests(s->scene->web), "");

		assert_non_null(strstr(all, agents[i]));
		assert_non_null(
			json_object_get(json_object_get(s->summary, "perspectives"), names[i]));
	}
	AUTO(free) char *regions = json_compact(json_object_get(s->summary, "passedRIRs"));

	assert_string_equal(regions, "[\"ARIN\",\"RIPE\",\"APNIC\"]");
}

static void who_the_primary_refuses_nobody_else_is_asked_about(void **state)
{
	struct stage *s = *state;

	add_here(s, NULL);
	add_here(s, NULL);
	add_here(s, NULL);
	answer(s, "the-primary", wrong, WEB_ANSWERS);
	judge(s);
	expect(s, "unauthorized", "127.0.0.1: The key", NULL);
	assert_int_equal(fake_web_requests(s->scene->web)->count, 1);
}

/* n remotes of which `wrongs` see something else. */
static const struct {
	size_t n, wrongs;
	const char *type, *part, *quorum;
} table[] = {
	{ 2, 0, "serverInternal", "Insufficient remote perspectives: need at least 3", NULL },
	{ 3, 1, NULL, NULL, "2/3" },
	{ 3, 2, "unauthorized", "During secondary validation: 127.0.0.1: The key", "1/3" },
	{ 6, 2, NULL, NULL, "4/6" },
	{ 6, 3, "unauthorized", "During secondary validation: ", "3/6" },
};

static void a_quorum_decides(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		void *own = NULL;

		(void)setup(&own);
		struct stage *s = own;

		for (size_t k = 0; k < table[i].n; k++)
			add_here(s, k % 2 == 0 ? "ARIN" : "RIPE");
		for (size_t k = 0; k < table[i].wrongs; k++)
			answer(s, agents[k], wrong, WEB_ANSWERS);
		answer(s, NULL, SCENE_OK, WEB_ANSWERS);
		judge(s);
		expect(s, table[i].type, table[i].part, table[i].quorum);
		(void)teardown(&own);
	}
}

static void one_region_is_not_enough(void **state)
{
	struct stage *s = *state;

	add_here(s, "RIPE");
	add_here(s, "RIPE");
	add_here(s, "RIPE");
	answer(s, NULL, SCENE_OK, WEB_ANSWERS);
	judge(s);
	expect(s, "serverInternal", "in one region", "3/3");
}

/* MPIC-022 */
static void a_responder_that_serves_once_fails(void **state)
{
	struct stage *s = *state;

	for (size_t i = 0; i < 3; i++)
		add_here(s, NULL);
	answer(s, NULL, SCENE_OK, WEB_ONCE);
	judge(s);
	expect(s, "unauthorized", "During secondary validation: 127.0.0.1: Invalid response",
	       "0/3");
}

static void slow_ones_are_not_waited_for(void **state)
{
	struct stage *s = *state;

	for (size_t i = 0; i < 3; i++)
		add_here(s, NULL);
	s->all.slow_ms = 1;
	answer(s, "remote-b", "", WEB_STAYS);
	answer(s, NULL, SCENE_OK, WEB_ANSWERS);
	judge(s);
	expect(s, NULL, NULL, "2/3");
	AUTO(free) char *failed = json_compact(json_object_get(s->summary, "failedPerspectives"));

	assert_string_equal(failed, "[\"b\"]");
}

static void silence_is_a_failure(void **state)
{
	struct stage *s = *state;

	for (size_t i = 0; i < 3; i++)
		add_here(s, NULL);
	s->all.timeout_ms = SCENE_SHORT_MS;
	answer(s, "remote-", "", WEB_STAYS);
	answer(s, NULL, SCENE_OK, WEB_ANSWERS);
	judge(s);
	expect(s, "serverInternal", "Secondary validation RPC failed", "0/3");
}

static void names_must_be_true(void **state)
{
	struct stage *s = *state;

	for (size_t i = 0; i < 3; i++)
		add_here(s, NULL);
	s->options[0].name = "x";
	s->options[1].region = "RIPE";
	answer(s, NULL, SCENE_OK, WEB_ANSWERS);
	judge(s);
	expect(s, "serverInternal", "During secondary validation", "1/3");
}

/* After each number of steps of the loop, until one more would have been the verdict. */
static void cancel_everywhere(struct stage *s, const char *quorum)
{
	for (int steps = 0; s->verdicts == 0; steps++) {
		struct perspectives_check *c = start(s, false);

		assert_true(steps < 1000);
		for (int i = 0; i < steps && s->verdicts == 0; i++)
			(void)event_base_loop(s->scene->base, EVLOOP_ONCE);
		if (s->verdicts == 0)
			perspectives_cancel(c);
	}
	expect(s, NULL, NULL, quorum);
	assert_int_equal(perspectives_open_count(s->perspectives), 0);
}

static void a_check_can_be_cancelled_at_any_time(void **state)
{
	struct stage *s = *state;

	for (size_t i = 0; i < 3; i++)
		add_here(s, NULL);
	answer(s, NULL, SCENE_OK, WEB_ANSWERS);
	cancel_everywhere(s, "3/3");
	(void)start(s, false);
	(void)event_base_loop(s->scene->base, EVLOOP_ONCE);
}

static void configurations_that_cannot_be_are_refused(void **state)
{
	struct stage *s = *state;
	struct perspectives *p = NULL;

	add_here(s, NULL);
	add_here(s, NULL);
	s->options[1].name = "a";
	assert_refused(perspectives_new(&p, &s->all), ERR_CONFIG, "two perspectives called a");
	s->options[1].name = "b";
	s->options[1].region = "Mars";
	assert_refused(perspectives_new(&p, &s->all), ERR_CONFIG, "\"Mars\" is no region");
	s->options[1].region = NULL;
	s->options[1].va = NULL;
	assert_refused(perspectives_new(&p, &s->all), ERR_CONFIG, "neither here nor");
}

/* --- elsewhere --- */

struct far {
	struct mutual mutual;
	SSL_CTX *client, *server_tls;
	struct server *server;
	struct service *service;
	struct va *va;
	char *url;
};

/* A service that is one of the perspectives, on the same base. */
static void far_open(struct far *f, struct stage *s)
{
	/* net/server writes TLS as its program has it: without SIGPIPE */
	(void)sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	struct va_options o = s->scene->options; /* but for whom it judges */
	struct server_options so = { .base = s->scene->base, .handle = service_handle };
	size_t i = s->all.remote_count++;

	mutual_make(&f->mutual);
	assert_done(mutual_tls_client(&f->client, &f->mutual.files));
	assert_done(mutual_tls_server(&f->server_tls, &f->mutual.files));
	o.perspective = names[i];
	o.region = "LACNIC";
	o.user_agent = agents[i];
	assert_done(va_new(&f->va, &o));
	f->service = service_new(f->va);
	so.ctx = f->service;
	assert_done(server_new(&f->server, &so));
	assert_done(server_listen_tls(f->server, "127.0.0.1", 0, f->server_tls));
	f->url = str_fmt("https://127.0.0.1:%u", server_port(f->server));
	s->options[i] = (struct perspective_options){
		.name = names[i], .region = "LACNIC", .url = f->url, .tls = f->client
	};
}

static void far_close(struct far *f)
{
	server_free(f->server);
	service_free(f->service);
	va_free(f->va);
	SSL_CTX_free(f->client);
	SSL_CTX_free(f->server_tls);
	mutual_release(&f->mutual);
	free(f->url);
}

static void a_service_is_a_perspective(void **state)
{
	struct stage *s = *state;
	struct far f = { 0 };

	add_here(s, "ARIN");
	far_open(&f, s);
	s->all.failures_allowed = 0;
	answer(s, "remote-b", SCENE_OK, WEB_ONCE);
	answer(s, "remote-b", SCENE_OK, WEB_ONCE);
	answer(s, "remote-b", wrong, WEB_ANSWERS);
	answer(s, NULL, SCENE_OK, WEB_ANSWERS);
	for (int i = 0; i < 2; i++) {
		judge(s);
		expect(s, NULL, NULL, "2/2");
		assert_int_equal(server_connections(f.server), 1); /* kept */
	}
	judge(s);
	expect(s, "unauthorized", "During secondary validation: 127.0.0.1: The key", "1/2");
	const json_t *far = json_object_get(json_object_get(s->summary, "perspectives"), "b");
	const json_t *record = json_object_get(far, "record");

	assert_string_equal(json_string_value(json_object_get(record, "region")), "LACNIC");
	assert_int_equal(json_array_size(json_object_get(record, "hops")), 1);
	far_close(&f);
}

/* CAA is checked everywhere by the domains of the CA that asks. */
static void a_service_checks_caa_for_who_asks(void **state)
{
	static const struct {
		const char *issuer;
		const char *type, *part, *quorum;
	} rows[] = {
		{ "ca.example", NULL, NULL, "1/1" },
		{ "other.example", "caa", "prevents issuance", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows) * 2; i++) {
		AUTO(strlist_release) struct strlist issuers = { 0 };
		struct far f = { 0 };
		void *own = NULL;

		(void)setup(&own);
		struct stage *s = own;

		fake_dns_add(s->scene->dns, "example.com", DNS_CAA, "0 issue \"ca.example\"");
		far_open(&f, s);
		strlist_add(&issuers, rows[i / 2].issuer);
		s->scene->options.issuer_domains = &issuers;
		va_free(s->scene->va);
		scene_open(s->scene);
		s->all.primary = s->scene->va;
		s->all.failures_allowed = 0;
		answer(s, NULL, SCENE_OK, WEB_ANSWERS);
		judge_this(s, i % 2 == 1);
		expect(s, rows[i / 2].type, rows[i / 2].part, rows[i / 2].quorum);
		AUTO(free) char *far = json_compact(s->summary != NULL ? s->summary : json_null());

		assert_int_equal(strstr(far, "the CAA records of example.com decide") != NULL,
				 rows[i / 2].type == NULL);
		far_close(&f);
		(void)teardown(&own);
	}
}

/* The kept connection has gone by the time that it is used again. */
static void a_service_that_was_started_anew_is_asked_again(void **state)
{
	struct stage *s = *state;
	struct far f = { 0 };

	far_open(&f, s);
	s->all.failures_allowed = 0;
	answer(s, NULL, SCENE_OK, WEB_ANSWERS);
	judge(s);
	expect(s, NULL, NULL, "1/1");
	unsigned port = server_port(f.server);

	server_free(f.server);
	assert_done(server_new(&f.server, &(struct server_options){ .base = s->scene->base,
								    .handle = service_handle,
								    .ctx = f.service }));
	assert_done(server_listen_tls(f.server, "127.0.0.1", port, f.server_tls));
	judge(s);
	expect(s, NULL, NULL, "1/1");
	far_close(&f);
}

static void a_service_that_is_away_is_a_failure(void **state)
{
	struct stage *s = *state;
	struct far f = { 0 };

	far_open(&f, s);
	s->all.failures_allowed = 0;
	answer(s, NULL, SCENE_OK, WEB_ANSWERS);
	server_free(f.server);
	f.server = NULL;
	judge(s);
	expect(s, "serverInternal", "Secondary validation RPC failed", "0/1");
	assert_null(strstr(s->problem->detail, "refused"));
	AUTO(free) char *text = json_compact(s->summary);

	assert_non_null(strstr(text, "Connection refused"));
	far_close(&f);
}

static void strangers_are_not_served(void **state)
{
	struct stage *s = *state;
	struct far f = { 0 };
	struct far other = { 0 };

	far_open(&f, s);
	s->all.remote_count = 0;
	far_open(&other, s); /* another CA, the same port */
	s->options[0].url = f.url;
	s->all.failures_allowed = 0;
	answer(s, NULL, SCENE_OK, WEB_ANSWERS);
	judge(s);
	expect(s, "serverInternal", "Secondary validation RPC failed", "0/1");
	assert_int_equal(fake_web_requests(s->scene->web)->count, 1);
	far_close(&other);
	far_close(&f);
}

static void a_check_elsewhere_can_be_cancelled_too(void **state)
{
	struct stage *s = *state;
	struct far f = { 0 };

	far_open(&f, s);
	s->all.failures_allowed = 0;
	answer(s, NULL, SCENE_OK, WEB_ANSWERS);
	cancel_everywhere(s, "1/1");
	far_close(&f);
}

static void calls_under_way_end_with_their_owner(void **state)
{
	struct stage *s = *state;
	struct far f = { 0 };

	far_open(&f, s);
	s->all.failures_allowed = 0;
	answer(s, "the-primary", SCENE_OK, WEB_ANSWERS);
	answer(s, NULL, "", WEB_STAYS);
	struct perspectives_check *first = start(s, false);

	(void)start(s, false);
	while (fake_web_requests(s->scene->web)->count < 4)
		(void)event_base_loop(s->scene->base, EVLOOP_ONCE);
	perspectives_cancel(first);
	perspectives_free(s->perspectives);
	s->perspectives = NULL;
	assert_int_equal(s->verdicts, 0);
	far_close(&f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_primary_alone_decides_without_others),
		TEST(all_that_agree_pass),
		TEST(who_the_primary_refuses_nobody_else_is_asked_about),
		cmocka_unit_test(a_quorum_decides),
		TEST(one_region_is_not_enough),
		TEST(a_responder_that_serves_once_fails),
		TEST(slow_ones_are_not_waited_for),
		TEST(silence_is_a_failure),
		TEST(names_must_be_true),
		TEST(a_check_can_be_cancelled_at_any_time),
		TEST(configurations_that_cannot_be_are_refused),
		TEST(a_service_is_a_perspective),
		cmocka_unit_test(a_service_checks_caa_for_who_asks),
		TEST(a_service_that_was_started_anew_is_asked_again),
		TEST(a_service_that_is_away_is_a_failure),
		TEST(strangers_are_not_served),
		TEST(a_check_elsewhere_can_be_cancelled_too),
		TEST(calls_under_way_end_with_their_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
