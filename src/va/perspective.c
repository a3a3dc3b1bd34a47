#include "va/perspective_check.h"

#include <event2/event.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/rand.h"
#include "proto/problem.h"

/* --- the end --- */

static void be_silent(struct voice *v)
{
	if (v->job != NULL)
		va_cancel(v->job);
	if (v->call != NULL)
		remote_call_cancel(v->call);
	v->job = NULL;
	v->call = NULL;
}

static void check_free(struct perspectives_check *c)
{
	struct perspectives *p = c->p;

	*(c->previous != NULL ? &c->previous->next : &p->first) = c->next;
	if (c->next != NULL)
		c->next->previous = c->previous;
	p->open--;
	if (c->primary != NULL)
		va_cancel(c->primary);
	for (size_t i = 0; c->voices != NULL && i < p->o.remote_count; i++) {
		be_silent(&c->voices[i]);
		err_free(c->voices[i].problem);
		va_record_free(c->voices[i].record);
	}
	free(c->voices);
	event_free(c->timer);
	va_request_release(&c->request);
	va_record_free(c->record);
	free(c);
}

/* Takes problem and summary. */
static void finish(struct perspectives_check *c, struct err *problem, json_t *summary)
{
	perspectives_done *done = c->done;
	void *ctx = c->ctx;
	struct va_record *record = MOVE(c->record);

	check_free(c);
	done(ctx, problem, record, summary);
}

static void decide(struct perspectives_check *c)
{
	struct quorum q = check_quorum(c);

	finish(c, check_problem(c, &q), check_summary(c, &q));
}

/* --- hearing --- */

static void wait_for(const struct perspectives_check *c, int ms)
{
	const struct timeval after = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	(void)event_add(c->timer, &after);
}

/* Takes both. */
static void hear(struct voice *v, struct err *problem, struct va_record *record)
{
	struct perspectives_check *c = v->check;

	v->heard = true;
	v->problem = problem;
	v->record = record;
	if (problem != NULL && c->first_problem == NULL)
		c->first_problem = problem;
	const struct quorum q = check_quorum(c);

	if (q.passed + q.failed == q.count) {
		decide(c);
	} else if (!c->clear && quorum_is_clear(&q)) {
		c->clear = true;
		wait_for(c, c->p->o.slow_ms);
	}
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || (b != NULL && streq(a, b));
}

/* Who answers must be who was asked (BR 3.2.2.9). */
static void hear_record(struct voice *v, struct err *problem, struct va_record *record)
{
	if (!streq(v->o->name, record->perspective) || !same_text(v->o->region, record->region)) {
		err_free(problem);
		problem = problem_new(
			"serverInternal", "perspective %s calls itself %s of region %s", v->o->name,
			record->perspective, record->region != NULL ? record->region : "none");
	}
	hear(v, problem, record);
}

static void on_here(void *ctx, struct err *problem, struct va_record *record)
{
	struct voice *v = ctx;

	v->job = NULL;
	hear_record(v, problem, record);
}

static struct err *not_asked(const struct voice *v, struct err *e)
{
	AUTO(err_free) struct err *cause = e;
	AUTO(free) char *text = err_text(cause);

	return problem_new("serverInternal", "perspective %s could not be asked: %s", v->o->name,
			   text);
}

static void on_elsewhere(void *ctx, struct err *e, json_t *answer)
{
	struct voice *v = ctx;
	AUTO(json_release) json_t *owned = answer;
	struct err *problem = NULL;
	struct va_record *record = NULL;

	v->call = NULL;
	if (e == NULL)
		e = va_verdict_parse(&problem, &record, owned);
	if (e != NULL)
		hear(v, not_asked(v, e), NULL);
	else
		hear_record(v, problem, record);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct perspectives_check *c = ctx;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < c->p->o.remote_count; i++) {
		struct voice *v = &c->voices[i];

		if (v->heard)
			continue;
		be_silent(v);
		v->heard = true;
		v->problem = problem_new("serverInternal", "perspective %s: %s", v->o->name,
					 c->clear ? "canceled, the verdict was clear without it"
						  : "no answer in time");
		c->first_problem = c->first_problem != NULL ? c->first_problem : v->problem;
	}
	decide(c);
}

/* --- asking --- */

static void ask(struct voice *v)
{
	struct perspectives_check *c = v->check;
	const struct va_request *q = &c->request;

	if (v->remote == NULL) {
		v->job = c->caa_only ? va_check_caa(v->o->va, q, on_here, v)
				     : va_check(v->o->va, q, on_here, v);
		return;
	}
	AUTO(json_release) json_t *question = va_request_render(q);

	v->call = remote_ask(v->remote, c->caa_only ? "/caa" : "/check", question,
			     2 * c->p->o.timeout_ms, on_elsewhere, v);
}

/* Fisher-Yates: nobody is always the first to be asked. */
static void shuffle(size_t *order, size_t count, const struct rand_source *random)
{
	for (size_t i = count; i-- > 1;) {
		size_t j = (size_t)rand_below(random, i + 1);
		size_t other = order[i];

		order[i] = order[j];
		order[j] = other;
	}
}

static void ask_all(struct perspectives_check *c)
{
	const struct perspectives_options *o = &c->p->o;
	size_t order[LIMIT_VA_PERSPECTIVES];

	c->voices = xcalloc(o->remote_count, sizeof(*c->voices));
	for (size_t i = 0; i < o->remote_count; i++) {
		order[i] = i;
		c->voices[i] = (struct voice){ .check = c,
					       .o = &o->remotes[i],
					       .remote = c->p->elsewhere[i] };
	}
	if (o->random != NULL)
		shuffle(order, o->remote_count, o->random);
	/* CAA has a time of its own behind the challenge's */
	wait_for(c, c->request.check_caa && !c->caa_only ? 2 * o->timeout_ms : o->timeout_ms);
	for (size_t i = 0; i < o->remote_count; i++)
		ask(&c->voices[order[i]]);
}

static void on_primary(void *ctx, struct err *problem, struct va_record *record)
{
	struct perspectives_check *c = ctx;
	const struct perspectives_options *o = &c->p->o;

	c->primary = NULL;
	c->record = record;
	if (problem != NULL || o->remote_count == 0)
		finish(c, problem, NULL);
	else if (!quorum_is_possible(o->remote_count, o->failures_allowed))
		finish(c,
		       problem_new("serverInternal",
				   "Insufficient remote perspectives: need at least %d",
				   QUORUM_REMOTES_MIN),
		       NULL);
	else
		ask_all(c);
}

/* --- the door --- */

static struct perspectives_check *admit(struct perspectives *p, const struct va_request *q,
					perspectives_done *done, void *ctx)
{
	struct perspectives_check *c = xcalloc(1, sizeof(*c));

	c->p = p;
	va_request_copy(&c->request, q);
	/* a perspective elsewhere does not know for whom it judges */
	if (q->issuer_domains.count == 0 && va_issuer_domains(p->o.primary) != NULL)
		strlist_add_all(&c->request.issuer_domains, va_issuer_domains(p->o.primary));
	c->done = done;
	c->ctx = ctx;
	c->timer = event_new(p->o.base, -1, 0, on_timer, c);
	if (c->timer == NULL)
		abort();
	c->next = p->first;
	if (p->first != NULL)
		p->first->previous = c;
	p->first = c;
	p->open++;
	return c;
}

struct perspectives_check *perspectives_check(struct perspectives *p, const struct va_request *q,
					      perspectives_done *done, void *ctx)
{
	struct perspectives_check *c = admit(p, q, done, ctx);

	c->primary = va_check(p->o.primary, q, on_primary, c);
	return c;
}

struct perspectives_check *perspectives_check_caa(struct perspectives *p,
						  const struct va_request *q,
						  perspectives_done *done, void *ctx)
{
	struct perspectives_check *c = admit(p, q, done, ctx);

	c->caa_only = true;
	c->primary = va_check_caa(p->o.primary, q, on_primary, c);
	return c;
}

void perspectives_cancel(struct perspectives_check *c)
{
	check_free(c);
}

size_t perspectives_open_count(const struct perspectives *p)
{
	return p->open;
}

/* --- life --- */

static struct err *check_name(const struct perspectives_options *o, size_t i)
{
	const char *name = o->remotes[i].name;

	for (size_t k = 0; k < i; k++)
		if (streq(o->remotes[k].name, name))
			return err_new(ERR_CONFIG, "there are two perspectives called %s", name);
	return NULL;
}

static struct err *add(struct perspectives *p, size_t i)
{
	const struct perspective_options *r = &p->o.remotes[i];
	const struct remote_options o = { .base = p->o.base,
					  .clock = p->o.clock,
					  .resolver = p->o.resolver,
					  .url = r->url,
					  .tls = r->tls,
					  .connect_ms = LIMIT_VA_CONNECT_MS };

	TRY(check_name(&p->o, i));
	if (r->region != NULL && !quorum_knows_region(r->region))
		return err_new(ERR_CONFIG,
			       "perspective %s: \"%s\" is no region (ARIN, RIPE, APNIC, LACNIC, "
			       "AFRINIC)",
			       r->name, r->region);
	if ((r->va == NULL) == (r->url == NULL) || (r->url != NULL && r->tls == NULL))
		return err_new(ERR_CONFIG,
			       "perspective %s is neither here nor at a URL with mutual TLS",
			       r->name);
	return r->url == NULL
		     ? NULL
		     : err_wrap(remote_new(&p->elsewhere[i], &o), "perspective %s", r->name);
}

struct err *perspectives_new(struct perspectives **out, const struct perspectives_options *o)
{
	AUTO(perspectives_free) struct perspectives *p = xcalloc(1, sizeof(*p));

	p->o = *o;
	p->o.clock = o->clock != NULL ? o->clock : &system_clock;
	p->o.timeout_ms = o->timeout_ms > 0 ? o->timeout_ms : LIMIT_VA_MS;
	p->o.slow_ms = o->slow_ms > 0 ? o->slow_ms : LIMIT_VA_SLOW_MS;
	if (o->remote_count > LIMIT_VA_PERSPECTIVES)
		return err_new(ERR_LIMIT, "more than %d perspectives", LIMIT_VA_PERSPECTIVES);
	p->elsewhere = xcalloc(o->remote_count + 1, sizeof(struct remote *));
	for (size_t i = 0; i < o->remote_count; i++)
		TRY(add(p, i));
	*out = MOVE(p);
	return NULL;
}

void perspectives_free(struct perspectives *p)
{
	if (p == NULL)
		return;
	while (p->first != NULL)
		check_free(p->first); /* unlinks it; NOLINT(clang-analyzer-unix.Malloc) */
	for (size_t i = 0; p->elsewhere != NULL && i < p->o.remote_count; i++)
		remote_free(p->elsewhere[i]);
	free(p->elsewhere);
	free(p);
}
