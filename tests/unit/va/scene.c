#include "va/scene.h"

#include "va/job.h"

static const struct world world = { .clock = &system_clock, .random = &system_random };

struct scene *scene_new(void)
{
	struct scene *s = xcalloc(1, sizeof(*s));
	AUTO(strlist_release) struct strlist allow = { 0 };
	struct address_list servers = { .count = 1 };
	struct address server;

	s->base = event_base_new();
	s->dns = fake_dns_new(s->base);
	server = *fake_dns_address(s->dns);
	servers.items = &server;
	assert_done(
		dns_resolver_new(&s->resolver, s->base,
				 &(struct dns_options){ .world = &world, .servers = &servers }));
	strlist_add(&allow, "127.0.0.0/8");
	strlist_add(&allow, "::1");
	assert_done(address_policy_new(&s->policy, &allow));
	s->web = fake_web_new(s->base, "127.0.0.1", 0, NULL);
	s->options = (struct va_options){ .base = s->base,
					  .resolver = s->resolver,
					  .addresses = s->policy,
					  .http_port = fake_web_port(s->web) };
	return s;
}

static void forget_verdict(struct scene *s)
{
	err_free(s->problem);
	va_record_free(s->record);
	s->problem = NULL;
	s->record = NULL;
}

void scene_free(struct scene *s)
{
	if (s == NULL)
		return;
	va_free(s->va);
	fake_web_free(s->web);
	dns_resolver_free(s->resolver);
	fake_dns_free(s->dns);
	address_policy_free(s->policy);
	event_base_free(s->base);
	forget_verdict(s);
	free(s);
}

void scene_open(struct scene *s)
{
	assert_done(va_new(&s->va, &s->options));
}

static void on_verdict(void *ctx, struct err *problem, struct va_record *record)
{
	struct scene *s = ctx;

	forget_verdict(s);
	s->problem = problem;
	s->record = record;
	s->verdicts++;
	event_base_loopbreak(s->base);
}

struct va_job *scene_start(struct scene *s, const char *challenge, const char *name)
{
	struct address a;
	struct va_request q = {
		.ident = { .type = address_parse(&a, name, 0) ? IDENT_IP : IDENT_DNS,
			   .value = (char *)(uintptr_t)name },
		.challenge = (char *)(uintptr_t)challenge,
		.token = (char *)(uintptr_t)SCENE_TOKEN,
		.thumbprint = (char *)(uintptr_t)SCENE_THUMBPRINT,
		.account_url = (char *)(uintptr_t) "https://ca.example/acct/1",
		.check_caa = true,
	};

	if (s->va == NULL)
		scene_open(s);
	return va_check(s->va, &q, on_verdict, s);
}

void scene_wait(struct scene *s, size_t verdicts)
{
	while (s->verdicts < verdicts)
		assert_int_equal(event_base_dispatch(s->base), 0);
}

void scene_judge(struct scene *s, const char *challenge, const char *name)
{
	size_t before = s->verdicts;

	(void)scene_start(s, challenge, name);
	assert_int_equal(s->verdicts, before);
	scene_wait(s, before + 1);
	assert_int_equal(s->verdicts, before + 1);
}

void scene_expect_valid(const struct scene *s)
{
	if (s->problem != NULL)
		fail_msg("invalid: %s", err_text(s->problem));
	assert_true(s->record->took_ms >= 0);
}

static bool is(const struct scene *s, const char *type, const char *part)
{
	return s->problem != NULL && err_has_type(s->problem, type) &&
	       strstr(s->problem->detail, part) != NULL;
}

bool scene_needs_longer(const struct scene *s, int *ms, const char *type, const char *part)
{
	if (*ms == 0 || *ms >= SCENE_LONG_MS || is(s, type, part))
		return false;
	*ms *= 2;
	return true;
}

void scene_expect(const struct scene *s, const char *type, const char *part)
{
	if (s->problem == NULL)
		fail_msg("valid, but %s \"%s\" was expected", type, part);
	if (!is(s, type, part))
		fail_msg("\"%s\", but %s \"%s\" was expected", err_text(s->problem), type, part);
}
