#include "va/va.h"

#include <assert.h>
#include <event2/event.h>
#include <string.h>

#include "base/clock.h"
#include "dns/psl.h"
#include "proto/problem.h"
#include "va/job.h"

/* Probes end by job_left_ms() with a cause of their own; this is for what does not. */
enum { GRACE_MS = 200 };

struct va {
	struct va_options options;
	struct address source_v4, source_v6; /* len 0: none */
	SSL_CTX *tls;
	struct gate *domains, *addresses;
	struct va_job *first;
	size_t open;
};

/* --- time --- */

static int64_t now_ms(const struct va *va)
{
	return va->options.clock->monotonic_ms(va->options.clock);
}

int64_t job_elapsed_ms(const struct va_job *job)
{
	return now_ms(job->va) - job->begun_ms;
}

int64_t job_left_ms(const struct va_job *job)
{
	int64_t left = job->deadline_ms - now_ms(job->va);

	return left > 0 ? left : 0;
}

static void set_deadline(struct va_job *job)
{
	int ms = job->options->timeout_ms;
	int64_t late = (int64_t)ms + GRACE_MS;
	const struct timeval after = { .tv_sec = late / 1000, .tv_usec = late % 1000 * 1000 };

	job->deadline_ms = now_ms(job->va) + ms;
	(void)event_add(job->event, &after);
}

static const struct probe *const probes[] = {
	[MEDIUM_HTTP] = &probe_http,
	[MEDIUM_DNS] = &probe_dns,
	[MEDIUM_TLS] = &probe_tls,
};
static_assert(ARRAY_LEN(probes) == MEDIUM_COUNT, "a probe for each medium");

/* --- a job's life --- */

static const struct probe *first_probe(const struct va_job *job)
{
	return job->caa_only ? &probe_caa : probes[job->proof.medium];
}

static void start_probe(struct va_job *job, const struct probe *probe)
{
	job->probe = probe;
	job->finished = false;
	set_deadline(job);
	probe->start(job);
}

static void stop_probe(struct va_job *job)
{
	const struct probe *probe = job->probe;

	job->probe = NULL;
	if (probe != NULL)
		probe->stop(job);
}

static struct va_record *new_record(const struct va_job *job)
{
	const struct va_request *q = &job->request;
	AUTO(free)
	char *identifier = str_fmt("%s%s", q->wildcard ? "*." : "", q->ident.value);
	struct va_record *r = va_record_new(job->options->perspective,
					    job->caa_only ? "caa" : q->challenge, identifier);

	r->region = job->options->region != NULL ? xstrdup(job->options->region) : NULL;
	r->started_ms = clock_now_ms(job->options->clock);
	return r;
}

static void begin(struct va_job *job)
{
	job->begun = true;
	job->begun_ms = now_ms(job->va);
	job->record = new_record(job);
	struct err *e = job_prepare(job);

	if (e != NULL)
		job_finish(job, e);
	else
		start_probe(job, first_probe(job));
}

void job_finish(struct va_job *job, struct err *problem)
{
	if (job->finished) {
		err_free(problem);
		return;
	}
	job->finished = true;
	job->problem = problem;
	event_active(job->event, EV_READ, 0);
}

static bool wants_caa(const struct va_job *job, const struct probe *last)
{
	return job->problem == NULL && last != &probe_caa && job->request.check_caa &&
	       job->request.ident.type == IDENT_DNS && job->request.issuer_domains.count > 0;
}

static void job_free(struct va_job *job)
{
	struct va *va = job->va;

	stop_probe(job);
	event_free(job->event);
	gate_leave(va->domains, &job->pass);
	*(job->previous != NULL ? &job->previous->next : &va->first) = job->next;
	if (job->next != NULL)
		job->next->previous = job->previous;
	va->open--;
	va_request_release(&job->request);
	proof_release(&job->proof);
	va_record_free(job->record);
	err_free(job->problem);
	free(job);
}

static void hand_over(struct va_job *job)
{
	struct va_record *record = MOVE(job->record);
	struct err *problem = MOVE(job->problem);
	va_done done = job->done;
	void *ctx = job->ctx;

	record->took_ms = job_elapsed_ms(job);
	job_free(job);
	done(ctx, problem, record);
}

static void settle(struct va_job *job)
{
	const struct probe *last = job->probe;

	stop_probe(job);
	if (wants_caa(job, last))
		start_probe(job, &probe_caa);
	else
		hand_over(job);
}

static void on_event(evutil_socket_t fd, short what, void *ctx)
{
	struct va_job *job = ctx;

	(void)fd;
	(void)what;
	if (!job->begun) {
		begin(job);
		return;
	}
	if (!job->finished) {
		job->finished = true;
		job->problem = problem_new(
			"connection",
			"Timeout after connect (your server may be slow or overloaded)");
	}
	settle(job);
}

/* --- the door --- */

static void on_turn(void *ctx)
{
	begin(ctx);
}

/* Whom its ceiling is for: the registered domain, or the address itself. */
static const char *limited_by(const struct ident *i)
{
	return i->type == IDENT_DNS && va_is_name(i->value) ? psl_registered_domain(i->value)
							    : i->value;
}

static struct va_job *admit(struct va *va, const struct va_request *q, va_done done, void *ctx)
{
	struct va_job *job = xcalloc(1, sizeof(*job));

	job->va = va;
	job->options = &va->options;
	va_request_copy(&job->request, q);
	if (q->issuer_domains.count == 0 && va->options.issuer_domains != NULL)
		strlist_add_all(&job->request.issuer_domains, va->options.issuer_domains);
	job->done = done;
	job->ctx = ctx;
	job->event = event_new(va->options.base, -1, 0, on_event, job);
	if (job->event == NULL)
		abort();
	job->next = va->first;
	if (va->first != NULL)
		va->first->previous = job;
	va->first = job;
	va->open++;
	job->pass = (struct gate_pass){ .enter = on_turn, .ctx = job };
	return job;
}

static struct va_job *queue(struct va_job *job)
{
	const char *key = limited_by(&job->request.ident);

	if (gate_ask(job->va->domains, &job->pass, key, strlen(key)))
		event_active(job->event, EV_READ, 0);
	return job;
}

struct va_job *va_check(struct va *va, const struct va_request *q, va_done done, void *ctx)
{
	return queue(admit(va, q, done, ctx));
}

struct va_job *va_check_caa(struct va *va, const struct va_request *q, va_done done, void *ctx)
{
	struct va_job *job = admit(va, q, done, ctx);

	job->caa_only = true;
	return queue(job);
}

void va_cancel(struct va_job *job)
{
	job_free(job);
}

const struct strlist *va_issuer_domains(const struct va *va)
{
	return va->options.issuer_domains;
}

size_t va_open_count(const struct va *va)
{
	return va->open;
}

/* --- the authority --- */

struct gate *va_address_gate(const struct va *va)
{
	return va->addresses;
}

SSL_CTX *va_tls(const struct va *va)
{
	return va->tls;
}

const struct address *va_source(const struct va *va, const struct address *to)
{
	const struct address *from = to->addr.ss_family == AF_INET ? &va->source_v4
								   : &va->source_v6;

	return from->len > 0 ? from : NULL;
}

static struct err *set_source(struct address *out, const char *text, int family)
{
	if (text == NULL)
		return NULL;
	if (!address_parse(out, text, 0) || out->addr.ss_family != family)
		return err_new(ERR_CONFIG, "the source address \"%s\" is no IPv%d address", text,
			       family == AF_INET ? 4 : 6);
	return NULL;
}

/*
 * RFC 8737 §3 and ca.md 1.1: nothing about a certificate is judged here, also not its key or signature, which is what level 0
 * is for. Versions before 1.2 stay out.
 */
static SSL_CTX *new_tls(void)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	if (tls == NULL || !SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) ||
	    !SSL_CTX_set_cipher_list(tls, "DEFAULT:@SECLEVEL=0"))
		abort();
	SSL_CTX_set_verify(tls, SSL_VERIFY_NONE, NULL);
	(void)SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
	return tls;
}

struct err *va_new(struct va **out, const struct va_options *o)
{
	AUTO(va_free) struct va *va = xcalloc(1, sizeof(*va));

	va->options = *o;
	va_options_default(&va->options);
	TRY(set_source(&va->source_v4, o->source_v4, AF_INET));
	TRY(set_source(&va->source_v6, o->source_v6, AF_INET6));
	va->tls = new_tls();
	va->domains = gate_new(o->base, va->options.max_open, va->options.max_per_domain);
	va->addresses = gate_new(o->base, SIZE_MAX, va->options.max_per_address);
	*out = MOVE(va);
	return NULL;
}

void va_free(struct va *va)
{
	if (va == NULL)
		return;
	while (va->first != NULL)
		job_free(va->first); /* unlinks it; NOLINT(clang-analyzer-unix.Malloc) */
	gate_free(va->domains);
	gate_free(va->addresses);
	SSL_CTX_free(va->tls);
	free(va);
}
