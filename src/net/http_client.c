#include "net/http_client.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/limits.h"
#include "base/str.h"
#include "net/job.h"

/* --- waiting --- */

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t deadline_of(const struct job *j)
{
	return connection_is_connecting(j->connection)
		     ? earlier(j->deadline_ms, j->connect_deadline_ms)
		     : j->deadline_ms;
}

static struct err *too_late(const struct run *r, const struct job *j)
{
	const struct http_client_options *o = &r->client->options;
	bool connecting = connection_is_connecting(j->connection) &&
			  j->connect_deadline_ms <= j->deadline_ms;
	int limit_ms = connecting ? o->connect_timeout_ms : o->request_timeout_ms;
	AUTO(free) char *doing = connection_doing(j->connection);

	return err_new(ERR_TIMEOUT, "%s: not done within %.3g s", doing, limit_ms / 1000.0);
}

/* Fills r->fds, the stop descriptor first; returns how many. *wake_ms: when to look even if nothing is ready. */
static size_t gather(struct run *r, int64_t *wake_ms)
{
	size_t n = 0;

	r->fds[n++] = (struct pollfd){ .fd = interrupt_fd(r->stop), .events = POLLIN };
	*wake_ms = INT64_MAX;
	for (size_t i = 0; i < r->count; i++) {
		struct job *j = &r->jobs[i];

		if (job_is_too_soon(r, j))
			*wake_ms = earlier(*wake_ms, job_starts_ms(r, j));
		if (j->state == WAITING && job_is_spare(j))
			*wake_ms = earlier(*wake_ms, job_far_at_ms(r, j));
		if (j->state != RUNNING)
			continue;
		j->first_fd = n;
		j->fd_count = connection_poll(j->connection, &r->fds[n]);
		n += j->fd_count;
		*wake_ms = earlier(*wake_ms,
				   earlier(deadline_of(j), connection_wake_ms(j->connection)));
	}
	return n;
}

static bool is_ready(const struct run *r, const struct job *j, int64_t now_ms)
{
	for (size_t i = 0; i < j->fd_count; i++)
		if (r->fds[j->first_fd + i].revents != 0)
			return true;
	return j->fd_count == 0 || now_ms >= connection_wake_ms(j->connection);
}

static void advance(struct run *r, struct job *j, int64_t now_ms)
{
	bool done = false;
	struct err *e = is_ready(r, j, now_ms) ? connection_step(j->connection, now_ms, &done)
					       : NULL;

	if (e != NULL)
		job_fail(r, j, e);
	else if (done)
		job_complete(r, j, now_ms);
	else if (now_ms >= deadline_of(j))
		job_finish(r, j, too_late(r, j));
}

/* A new job has nothing to poll for yet: its first step makes it. */
static void first_steps(struct run *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->jobs[i].state == RUNNING && r->jobs[i].fd_count == 0)
			advance(r, &r->jobs[i], run_now_ms(r->client));
}

static struct err *wait_and_advance(struct run *r)
{
	int64_t wake_ms = 0;
	size_t n = gather(r, &wake_ms);
	int64_t left_ms = wake_ms - run_now_ms(r->client);

	left_ms = left_ms < 0 ? 0 : earlier(left_ms, INT32_MAX);
	if (poll(r->fds, n, (int)left_ms) < 0 && errno != EINTR)
		return err_errno(errno, "waiting for the network");
	if (r->fds[0].revents != 0)
		TRY(interrupt_check(r->stop));
	for (size_t i = 0; i < r->count; i++)
		if (r->jobs[i].state == RUNNING)
			advance(r, &r->jobs[i], run_now_ms(r->client));
	return NULL;
}

/* Nobody waits long for spares alone: they get the time that one is likely to need. */
static void hurry_spares(struct run *r)
{
	int64_t now_ms = run_now_ms(r->client);

	for (size_t i = 0; i < r->count; i++)
		if (r->jobs[i].state != FINISHED && !job_is_spare(&r->jobs[i]))
			return;
	for (size_t i = 0; i < r->count; i++) {
		struct job *j = &r->jobs[i];

		if (j->state == RUNNING && !j->hurried)
			j->deadline_ms = earlier(j->deadline_ms, now_ms + 2 * j->origin->rtt_ms);
		j->hurried = true;
	}
}

/* --- the batch --- */

static struct err *prepare_job(struct http_client *c, struct job *j)
{
	AUTO(url_release) struct url proxy = { 0 };
	bool proxied = false;

	TRY(url_parse(&j->url, j->x->url));
	TRY(proxy_for(&proxy, &proxied, &c->proxies, &j->url));
	j->origin = pool_origin(&c->pool, &j->url, proxied ? &proxy : NULL);
	return NULL;
}

static void prepare(struct run *r, struct http_exchange *x)
{
	for (size_t i = 0; i < r->count; i++) {
		r->jobs[i].x = &x[i];
		http_exchange_release(&x[i]);
		struct err *e = prepare_job(r->client, &r->jobs[i]);

		if (e != NULL)
			job_finish(r, &r->jobs[i], e);
	}
}

static void run_release(struct run *r)
{
	for (size_t i = 0; i < r->count; i++) {
		connection_free(r->jobs[i].connection);
		url_release(&r->jobs[i].url);
	}
	free(r->jobs);
	free(r->fds);
}
AUTO_RELEASE(struct run, run_release)

static struct err *perform(struct transport *t, struct http_exchange *x, size_t n, size_t width,
			   const struct interrupt *stop)
{
	AUTO(run_release)
	struct run r = { .client = (struct http_client *)t, .count = n, .stop = stop };

	r.width = width < 1 ? 1 : width > LIMIT_CONNECTIONS ? LIMIT_CONNECTIONS : width;
	r.jobs = xcalloc(n, sizeof(*r.jobs));
	r.fds = xcalloc(1 + n * CONNECTION_FDS, sizeof(*r.fds));
	TRY(interrupt_check(stop));
	prepare(&r, x);
	r.began_ms = run_now_ms(r.client);
	for (;;) {
		run_start_waiting(&r);
		first_steps(&r);
		hurry_spares(&r);
		if (r.running > 0 || run_has_too_soon(&r))
			TRY(wait_and_advance(&r));
		else if (!run_has_waiting(&r))
			return NULL;
	}
}

static void client_free(struct transport *t)
{
	struct http_client *c = (struct http_client *)t;

	pool_release(&c->pool);
	tls_client_free(c->tls);
	proxies_release(&c->proxies);
	free(c->user_agent);
	free(c->ca_file);
	free(c->ca_dir);
	free(c);
}

static char *copied(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

struct err *http_client_new(struct transport **out, const struct http_client_options *o)
{
	struct http_client *c = xcalloc(1, sizeof(*c));

	c->transport = (struct transport){ .perform = perform, .free = client_free };
	c->options = *o;
	c->trace = (struct trace){ .line = o->trace, .ctx = o->trace_ctx };
	c->user_agent = copied(o->user_agent);
	c->ca_file = copied(o->ca_file);
	c->ca_dir = copied(o->ca_dir);
	if (c->options.resolver == NULL)
		c->options.resolver = &system_resolver;
	if (c->options.clock == NULL)
		c->options.clock = &system_clock;
	if (c->options.connect_timeout_ms <= 0)
		c->options.connect_timeout_ms = LIMIT_CONNECT_MS;
	if (c->options.request_timeout_ms <= 0)
		c->options.request_timeout_ms = LIMIT_REQUEST_MS;
	proxies_from_environment(&c->proxies);
	*out = &c->transport;
	return NULL;
}
