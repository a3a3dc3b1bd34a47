#include "va/reach.h"

#include <string.h>

#include "base/limits.h"
#include "proto/problem.h"
#include "va/channel_problem.h"
#include "va/tls_facts.h"

struct va_hop *reach_hop(const struct reach *r)
{
	return &r->job->record->hops[r->hop];
}

char *reach_prefix(const struct reach *r)
{
	AUTO(free) char *address = address_text(&r->candidates[r->at]);

	if (r->o->url == NULL)
		return str_fmt("%s: ", address);
	return str_fmt("%s: Fetching %s: ", address, r->o->url);
}

/* --- one attempt --- */

static void add_hop(struct reach *r)
{
	struct va_hop *h = va_record_add_hop(r->job->record);

	r->hop = r->job->record->hop_count - 1;
	h->url = r->o->url != NULL ? xstrdup(r->o->url) : NULL;
	h->hostname = xstrdup(r->o->host);
	h->port = r->o->port;
	strlist_add_all(&h->addresses_resolved, &r->resolved);
	strlist_add_all(&h->addresses_tried, &r->tried);
	h->address_used = address_text(&r->candidates[r->at]);
	h->at_ms = job_elapsed_ms(r->job);
	if (r->o->tls && r->o->server_name != NULL)
		h->tls.sni = xstrdup(r->o->server_name);
}

static void note_connected(const struct reach *r)
{
	int64_t at = channel_connected_ms(r->channel);

	if (at >= 0)
		reach_hop(r)->connected_ms = at - r->job->begun_ms;
}

static void on_opened(void *ctx)
{
	struct reach *r = ctx;
	struct va_hop *h = reach_hop(r);

	note_connected(r);
	if (r->o->tls) {
		h->handshake_ms = job_elapsed_ms(r->job);
		tls_facts(&h->tls, channel_tls(r->channel));
	}
	r->o->opened(r->job);
}

static void on_received(void *ctx, const char *data, size_t len)
{
	struct reach *r = ctx;

	r->o->received(r->job, data, len);
}

static void on_ended(void *ctx)
{
	struct reach *r = ctx;

	r->o->ended(r->job);
}

static void try_address(struct reach *r);

static bool has_another(const struct reach *r, const struct channel_failure *f)
{
	return r->at + 1 < r->count && f->phase < CHANNEL_OPEN &&
	       (r->o->stubborn || f->phase == CHANNEL_CONNECTING);
}

static void on_failed(void *ctx, const struct channel_failure *f)
{
	struct reach *r = ctx;
	AUTO(free) char *prefix = reach_prefix(r);
	enum channel_phase phase = f->phase;
	bool again = has_another(r, f);
	struct err *problem = channel_problem(f, prefix);

	note_connected(r);
	reach_hop(r)->error = xstrdup(problem->detail + strlen(prefix));
	channel_free(r->channel);
	r->channel = NULL;
	if (!again) {
		r->o->failed(r->job, problem, phase);
		return;
	}
	err_free(problem);
	strlist_take(&r->tried, address_text(&r->candidates[r->at++]));
	try_address(r);
}

static void try_address(struct reach *r)
{
	const struct va_options *o = r->job->options;
	const struct address *to = &r->candidates[r->at];
	const struct channel_options options = {
		.base = o->base,
		.clock = o->clock,
		.gate = va_address_gate(r->job->va),
		.to = to,
		.from = va_source(r->job->va, to),
		.connect_ms = o->connect_ms,
		.left_ms = job_left_ms(r->job),
		.tls = r->o->tls ? va_tls(r->job->va) : NULL,
		.server_name = r->o->server_name,
		.protocol = r->o->protocol,
		.owner = { on_opened, on_received, on_ended, on_failed, r },
	};

	add_hop(r);
	r->channel = channel_new(&options);
}

/* --- addresses --- */

static void note_resolved(struct reach *r, const struct address_list *l)
{
	for (size_t i = 0; i < l->count && r->resolved.count < VA_RECORD_SHOWN; i++)
		strlist_take(&r->resolved, address_text(&l->items[i]));
}

static void add_candidate(struct reach *r, const struct address_list *l)
{
	note_resolved(r, l);
	if (l->count > 0)
		r->candidates[r->count++] = l->items[0];
}

static void on_addresses(void *ctx, struct err *problem, const struct va_addresses *addresses)
{
	struct reach *r = ctx;

	r->lookup = NULL;
	if (problem != NULL) {
		r->o->failed(r->job, problem, CHANNEL_WAITING);
		return;
	}
	add_candidate(r, &addresses->v6);
	add_candidate(r, &addresses->v4);
	try_address(r);
}

static void look_up(struct reach *r)
{
	const struct va_lookup_request q = {
		.resolver = r->job->options->resolver,
		.policy = r->job->options->addresses,
		.host = r->o->host,
		.port = r->o->port,
		.timeout_ms = (unsigned)job_left_ms(r->job),
		.witness = job_witness(r->job),
	};

	r->lookup = va_lookup(&q, on_addresses, r);
}

/* RFC 8738: the identifier is where to go. */
static void use_literal(struct reach *r, const struct address *a)
{
	const char *why = address_refused(r->job->options->addresses, a);
	struct address copy = *a;
	const struct address_list one = { &copy, 1 };

	if (why != NULL)
		r->o->failed(r->job,
			     problem_new("malformed",
					 "%s: IP address is in a reserved address block: %s",
					 r->o->host, why),
			     CHANNEL_WAITING);
	else {
		add_candidate(r, &one);
		try_address(r);
	}
}

/* --- the door --- */

void reach_start(struct reach *r, struct va_job *job, const struct reach_options *o)
{
	struct address literal;

	r->job = job;
	r->o = o;
	if (address_parse(&literal, o->host, o->port))
		use_literal(r, &literal);
	else
		look_up(r);
}

void reach_stop(struct reach *r)
{
	if (r->lookup != NULL)
		va_lookup_cancel(r->lookup);
	channel_free(r->channel);
	strlist_release(&r->resolved);
	strlist_release(&r->tried);
	*r = (struct reach){ 0 };
}
