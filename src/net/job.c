#include "net/job.h"

#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/limits.h"
#include "base/str.h"
#include "net/lookup.h"

/* An address list is asked for again after this. */
enum { RESOLVED_MAX_MS = 60 * 1000 };

int64_t run_now_ms(const struct http_client *c)
{
	return c->options.clock->monotonic_ms(c->options.clock);
}

bool job_is_spare(const struct job *j)
{
	return j->x->spare_from_ms > 0;
}

void job_finish(struct run *r, struct job *j, struct err *e)
{
	r->running -= j->state == RUNNING;
	j->state = FINISHED;
	connection_free(MOVE(j->connection));
	if (job_is_spare(j)) {
		err_ignore(e);
		return;
	}
	j->x->err = e;
	if (e != NULL)
		trace_error(&r->client->trace, e);
}

static struct err *need_tls(struct http_client *c, const struct job *j)
{
	const struct tls_trust trust = {
		.file = c->ca_file,
		.dir = c->ca_dir,
		.no_verify = c->options.no_verify,
	};

	return c->tls != NULL || !streq(j->url.scheme, "https") ? NULL
								: tls_client_new(&c->tls, &trust);
}

static struct err *need_addresses(const struct run *r, struct origin *o, int64_t now_ms)
{
	const struct http_client_options *opt = &r->client->options;
	const struct url *to = o->proxied ? &o->proxy : &o->url;

	if (o->addresses.count > 0 && now_ms - o->resolved_ms < RESOLVED_MAX_MS)
		return NULL;
	address_list_release(&o->addresses);
	TRY(lookup_within(&o->addresses, opt->resolver, to->host, to->port, opt->connect_timeout_ms,
			  r->stop));
	o->resolved_ms = now_ms;
	return NULL;
}

static struct err *get_connection(struct run *r, struct job *j, int64_t now_ms)
{
	struct http_client *c = r->client;

	j->connection = j->again || job_is_spare(j) ? NULL : pool_take(&c->pool, j->origin, now_ms);
	j->reused = j->connection != NULL;
	if (j->reused)
		return NULL;
	TRY(need_tls(c, j));
	TRY(need_addresses(r, j->origin, now_ms));
	j->connection = connection_new(j->origin, c->tls);
	/* Not from now_ms: to read the trusted certificates and look up a name takes time of its own. */
	j->connect_deadline_ms = run_now_ms(c) + c->options.connect_timeout_ms;
	return NULL;
}

static void started(struct run *r, struct job *j)
{
	j->state = RUNNING;
	j->fd_count = 0;
	r->running++;
}

static struct err *start_spare(struct run *r, struct job *j, int64_t now_ms)
{
	TRY(get_connection(r, j, now_ms));
	j->deadline_ms = j->connect_deadline_ms;
	started(r, j);
	return NULL;
}

static struct err *start_exchange(struct run *r, struct job *j, int64_t now_ms)
{
	struct http_limits limits = http_default_limits;
	AUTO(buf_release) struct buf request = { 0 };

	if (j->x->max_body > 0)
		limits.body = j->x->max_body;
	if (!j->again)
		j->deadline_ms = now_ms + r->client->options.request_timeout_ms;
	TRY(exchange_write(&request, j->x, &j->url, j->origin->proxied ? &j->origin->proxy : NULL,
			   r->client->user_agent));
	TRY(get_connection(r, j, now_ms));
	trace_request(&r->client->trace, j->x);
	connection_begin(j->connection, &request, &limits, streq(j->x->method, "HEAD"));
	started(r, j);
	return NULL;
}

static size_t running_with(const struct run *r, const struct origin *o)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += r->jobs[i].state == RUNNING && r->jobs[i].origin == o;
	return n;
}

bool run_has_waiting(const struct run *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->jobs[i].state == WAITING)
			return true;
	return false;
}

/* The connection being made that will tell how far the peer is; NULL: none. */
static const struct connection *scout(const struct run *r, const struct origin *o)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct job *j = &r->jobs[i];

		if (j->state == RUNNING && j->origin == o &&
		    connection_is_connecting(j->connection))
			return o->rtt_is_known ? NULL : j->connection;
	}
	return NULL;
}

/* When that is known without its being through. */
int64_t job_far_at_ms(const struct run *r, const struct job *spare)
{
	const struct connection *c = scout(r, spare->origin);

	return c != NULL ? connection_far_at_ms(c, spare->x->spare_from_ms) : INT64_MAX;
}

static struct err *start(struct run *r, struct job *j, int64_t now_ms)
{
	if (!job_is_spare(j))
		return start_exchange(r, j, now_ms);
	if (j->origin->rtt_ms >= j->x->spare_from_ms || now_ms >= job_far_at_ms(r, j))
		return start_spare(r, j, now_ms);
	if (scout(r, j->origin) == NULL)
		job_finish(r, j, NULL);
	return NULL;
}

int64_t job_starts_ms(const struct run *r, const struct job *j)
{
	return r->began_ms + j->x->after_ms;
}

bool job_is_too_soon(const struct run *r, const struct job *j)
{
	return j->state == WAITING && r->looked_ms < job_starts_ms(r, j);
}

bool run_has_too_soon(const struct run *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (job_is_too_soon(r, &r->jobs[i]))
			return true;
	return false;
}

void run_start_waiting(struct run *r)
{
	int64_t now_ms = run_now_ms(r->client);

	r->looked_ms = now_ms;
	for (size_t i = 0; i < r->count; i++) {
		struct job *j = &r->jobs[i];

		if (j->state != WAITING || job_is_too_soon(r, j) ||
		    running_with(r, j->origin) >= r->width)
			continue;
		struct err *e = start(r, j, now_ms);

		if (e != NULL)
			job_finish(r, j, e);
	}
}

/* A kept connection that the peer closed meanwhile: once more on a new one, unless the first may have had an effect. */
static bool may_try_again(const struct job *j)
{
	if (!j->reused || j->again || connection_heard_any(j->connection))
		return false;
	return j->x->idempotent || !connection_sent_any(j->connection);
}

void job_fail(struct run *r, struct job *j, struct err *e)
{
	if (err_is(e, ERR_NETWORK) && may_try_again(j)) {
		err_ignore(e);
		trace_text(&r->client->trace, "! the kept connection was closed, trying a new one");
		connection_free(MOVE(j->connection));
		j->again = true;
		j->state = WAITING;
		r->running--;
		return;
	}
	job_finish(r, j, e);
}

void job_complete(struct run *r, struct job *j, int64_t now_ms)
{
	struct http_exchange *x = j->x;

	if (job_is_spare(j)) {
		pool_put(&r->client->pool, MOVE(j->connection), now_ms);
		x->opened = true;
		job_finish(r, j, NULL);
		return;
	}
	x->elapsed_ms = now_ms - connection_first_byte_ms(j->connection);
	connection_take(j->connection, &x->answer);
	trace_answer(&r->client->trace, x);
	struct err *e = exchange_check(x);

	if (e == NULL && connection_can_be_kept(j->connection))
		pool_put(&r->client->pool, MOVE(j->connection), now_ms);
	job_finish(r, j, e);
}
