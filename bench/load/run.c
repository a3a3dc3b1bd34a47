#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "load.h"
#include "pki/key.h"

#define FAILURES_MAX 100

double load_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void load_give_up(struct load *l, const char *why)
{
	fprintf(stderr, "load: %s\n", why);
	event_base_loopbreak(l->base);
	l->failed++;
	l->stalled = true;
}

bool load_next(struct load *l, int64_t *unit)
{
	bool over = l->units_begun >= l->options->units ||
		    load_now() - l->begun_at > (double)l->options->seconds;

	if (!over)
		*unit = l->units_begun++;
	return !over;
}

static void next_unit(struct client *c)
{
	if (load_next(c->load, &c->unit)) {
		step_unit(c);
		return;
	}
	wire_drop(c);
	if (++c->load->ready < (size_t)c->load->options->clients)
		return;
	c->load->ended_at = load_now();
	event_base_loopbreak(c->load->base);
}

/* So that a unit that ends does not begin the next one on its own stack. */
static void next_due(evutil_socket_t fd, short what, void *ctx)
{
	struct client *c = ctx;

	(void)fd;
	(void)what;
	if (c->step == NULL)
		next_unit(c);
	else
		step_again(c);
}

static void start_units(struct load *l)
{
	struct timeval now = { 0 };

	l->ready = 0;
	for (int64_t i = 0; i < l->options->clients; i++) {
		l->clients[i].step = NULL;
		event_add(l->clients[i].timer, &now);
	}
}

void load_ready(struct load *l)
{
	if (++l->ready == (size_t)l->options->clients)
		event_base_loopbreak(l->base);
}

static void end_unit(struct client *c)
{
	struct timeval now = { 0 };

	c->step = NULL;
	event_add(c->timer, &now);
}

void load_unit_done(struct client *c)
{
	latencies_add(&c->load->unit_ms, (load_now() - c->unit_at) * 1000);
	c->load->done++;
	end_unit(c);
}

void load_unit_failed(struct client *c, const char *why)
{
	struct load *l = c->load;

	free(l->last_failure);
	l->last_failure = xstrdup(why);
	if (++l->failed > FAILURES_MAX && l->failed > l->done)
		load_give_up(l, why);
	else
		end_unit(c);
}

/* On loopback: a server that says nothing for this long hangs. What it did until then counts. */
static void watch(evutil_socket_t fd, short what, void *ctx)
{
	struct load *l = ctx;

	(void)fd;
	(void)what;
	if (load_now() - l->last_answer_at < LOAD_STALL_S)
		return;
	fprintf(stderr, "load: no answer for %d s after %lld units\n", LOAD_STALL_S,
		(long long)l->done);
	l->stalled = true;
	l->ended_at = l->last_answer_at;
	event_base_loopbreak(l->base);
}

static struct err *make_client(struct client *c, struct load *l, size_t number)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct err *e;

	*c = (struct client){ .load = l, .number = number, .request = BUF_INIT(LIMIT_KIB(256)) };
	c->timer = event_new(l->base, -1, 0, next_due, c);
	e = signer_from_pkey(&c->key, key);
	EVP_PKEY_free(key);
	return e;
}

static struct err *make_clients(struct load *l)
{
	l->clients = xcalloc((size_t)l->options->clients, sizeof(*l->clients));
	for (size_t i = 0; i < (size_t)l->options->clients; i++)
		TRY(make_client(&l->clients[i], l, i));
	return NULL;
}

static void loop(struct load *l)
{
	struct timeval second = { .tv_sec = 1 };
	struct event *watchdog = event_new(l->base, -1, EV_PERSIST, watch, l);

	l->last_answer_at = load_now();
	event_add(watchdog, &second);
	event_base_dispatch(l->base);
	event_free(watchdog);
}

static void measure(struct load *l)
{
	const struct options *o = l->options;
	struct usage before = usage_of(o->pids, o->pid_count);

	l->requests = l->connections = l->bad_nonces = 0;
	l->started = true;
	l->begun_at = l->ended_at = load_now();
	start_units(l);
	loop(l);
	report(l, before, usage_of(o->pids, o->pid_count));
}

struct err *load_run(struct load *l)
{
	TRY(make_clients(l));
	if (l->options->http_port != 0)
		TRY(responder_start(l));
	for (int64_t i = 0; i < l->options->clients; i++)
		step_begin(&l->clients[i]);
	loop(l);
	if (l->stalled)
		return err_new(ERR_PROTOCOL, "not every client got an account");
	measure(l);
	return NULL;
}
