#include "net/http_client.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/limits.h"
#include "base/str.h"
#include "net/exchange.h"
#include "net/lookup.h"
#include "net/pool.h"
#include "net/proxy.h"

/* An address list is asked for again after this. */
enum { RESOLVED_MAX_MS = 60 * 1000 };

struct http_client {
	struct transport transport; /* first: the two are one */
	struct http_client_options options;
	char *user_agent, *ca_file, *ca_dir;
	struct trace trace;
	struct proxies proxies;
	struct tls_client *tls; /* from the first https exchange on */
	struct pool pool;
};

enum job_state { WAITING, RUNNING, FINISHED };

/* One exchange on its way. */
struct job {
	struct http_exchange *x;
	enum job_state state;
	struct url url;
	struct origin *origin;
	struct connection *connection; /* while running */
	bool reused;                   /* the connection was kept from an earlier exchange */
	bool again;                    /* this is the second try, on a new connection */
	bool hurried;                  /* a spare whose deadline was drawn in */
	int64_t deadline_ms, connect_deadline_ms;
	size_t first_fd, fd_count; /* its part of run.fds */
};

struct run {
	struct http_client *client;
	struct job *jobs;
	size_t count, running, width;
	struct pollfd *fds;
	int64_t began_ms, looked_ms; /* looked: for jobs that can be started */
	const struct interrupt *stop;
};

static int64_t now_of(const struct http_client *c)
{
	return c->options.clock->monotonic_ms(c->options.clock);
}

/* --- starting, ending, trying again --- */

static bool is_spare(const struct job *j)
{
	return j->x->spare_from_ms > 0;
}

static void finish(struct run *r, struct job *j, struct err *e)
{
	r->running -= j->state == RUNNING;
	j->state = FINISHED;
	connection_free(MOVE(j->connection));
	if (is_spare(j)) {
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

	j->connection = j->again || is_spare(j) ? NULL : pool_take(&c->pool, j->origin, now_ms);
	j->reused = j->connection != NULL;
	if (j->reused)
		return NULL;
	TRY(need_tls(c, j));
	TRY(need_addresses(r, j->origin, now_ms));
	j->connection = connection_new(j->origin, c->tls);
	/* Not from now_ms: to read the trusted certificates and look up a name takes time of its own. */
	j->connect_deadline_ms = now_of(c) + c->options.connect_timeout_ms;
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

static bool any_waiting(const struct run *r)
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
static int64_t far_at_ms(const struct run *r, const struct job *spare)
{
	const struct connection *c = scout(r, spare->origin);

	return c != NULL ? connection_far_at_ms(c, spare->x->spare_from_ms) : INT64_MAX;
}

static struct err *start(struct run *r, struct job *j, int64_t now_ms)
{
	if (!is_spare(j))
		return start_exchange(r, j, now_ms);
	if (j->origin->rtt_ms >= j->x->spare_from_ms || now_ms >= far_at_ms(r, j))
		return start_spare(r, j, now_ms);
	if (scout(r, j->origin) == NULL)
		finish(r, j, NULL);
	return NULL;
}

static int64_t starts_ms(const struct run *r, const struct job *j)
{
	return r->began_ms + j->x->after_ms;
}

static bool is_too_soon(const struct run *r, const struct job *j)
{
	return j->state == WAITING && r->looked_ms < starts_ms(r, j);
}

static bool any_too_soon(const struct run *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (is_too_soon(r, &r->jobs[i]))
			return true;
	return false;
}

static void start_waiting(struct run *r)
{
	int64_t now_ms = now_of(r->client);

	r->looked_ms = now_ms;
	for (size_t i = 0; i < r->count; i++) {
		struct job *j = &r->jobs[i];

		if (j->state != WAITING || is_too_soon(r, j) ||
		    running_with(r, j->origin) >= r->width)
			continue;
		struct err *e = start(r, j, now_ms);

		if (e != NULL)
			finish(r, j, e);
	}
}

/* A kept connection that the peer closed meanwhile: once more on a new one, unless the first may have had an effect. */
static bool may_try_again(const struct job *j)
{
	if (!j->reused || j->again || connection_heard_any(j->connection))
		return false;
	return j->x->idempotent || !connection_sent_any(j->connection);
}

static void fail(struct run *r, struct job *j, struct err *e)
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
	finish(r, j, e);
}

static void complete(struct run *r, struct job *j, int64_t now_ms)
{
	struct http_exchange *x = j->x;

	if (is_spare(j)) {
		pool_put(&r->client->pool, MOVE(j->connection), now_ms);
		x->opened = true;
		finish(r, j, NULL);
		return;
	}
	x->elapsed_ms = now_ms - connection_first_byte_ms(j->connection);
	connection_take(j->connection, &x->answer);
	trace_answer(&r->client->trace, x);
	struct err *e = exchange_check(x);

	if (e == NULL && connection_can_be_kept(j->connection))
		pool_put(&r->client->pool, MOVE(j->connection), now_ms);
	finish(r, j, e);
}

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

		if (is_too_soon(r, j))
			*wake_ms = earlier(*wake_ms, starts_ms(r, j));
		if (j->state == WAITING && is_spare(j))
			*wake_ms = earlier(*wake_ms, far_at_ms(r, j));
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
		fail(r, j, e);
	else if (done)
		complete(r, j, now_ms);
	else if (now_ms >= deadline_of(j))
		finish(r, j, too_late(r, j));
}

/* A new job has nothing to poll for yet: its first step makes it. */
static void first_steps(struct run *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->jobs[i].state == RUNNING && r->jobs[i].fd_count == 0)
			advance(r, &r->jobs[i], now_of(r->client));
}

static struct err *wait_and_advance(struct run *r)
{
	int64_t wake_ms = 0;
	size_t n = gather(r, &wake_ms);
	int64_t left_ms = wake_ms - now_of(r->client);

	left_ms = left_ms < 0 ? 0 : earlier(left_ms, INT32_MAX);
	if (poll(r->fds, n, (int)left_ms) < 0 && errno != EINTR)
		return err_errno(errno, "waiting for the network");
	if (r->fds[0].revents != 0)
		TRY(interrupt_check(r->stop));
	for (size_t i = 0; i < r->count; i++)
		if (r->jobs[i].state == RUNNING)
			advance(r, &r->jobs[i], now_of(r->client));
	return NULL;
}

/* Nobody waits long for spares alone: they get the time that one is likely to need. */
static void hurry_spares(struct run *r)
{
	int64_t now_ms = now_of(r->client);

	for (size_t i = 0; i < r->count; i++)
		if (r->jobs[i].state != FINISHED && !is_spare(&r->jobs[i]))
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
			finish(r, &r->jobs[i], e);
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
	r.began_ms = now_of(r.client);
	for (;;) {
		start_waiting(&r);
		first_steps(&r);
		hurry_spares(&r);
		if (r.running > 0 || any_too_soon(&r))
			TRY(wait_and_advance(&r));
		else if (!any_waiting(&r))
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
