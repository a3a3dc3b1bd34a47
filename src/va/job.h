/*
 * One validation under way, as its probe sees it. Inside of va/ only.
 *
 * A probe is a medium: start() sets out and returns; whenever it knows, it calls job_finish(). stop() is called exactly once
 * afterwards (also after a deadline or va_cancel()), and drops whatever is still awaited together with job->state.
 */
#pragma once

#include <openssl/ssl.h>

#include "base/err.h"
#include "proto/challenge.h"
#include "va/address.h"
#include "va/gate.h"
#include "va/lookup.h"
#include "va/record.h"
#include "va/va.h"

struct event;
struct va_job;

struct probe {
	void (*start)(struct va_job *job);
	void (*stop)(struct va_job *job);
};

extern const struct probe probe_http, probe_dns, probe_tls;
extern const struct probe probe_caa; /* after a challenge that was met, and alone */

struct va_job {
	struct va *va;
	const struct va_options *options; /* of va, defaults filled in */
	struct va_request request;
	const struct challenge_type *type;
	struct proof proof; /* what is expected, and where */
	struct va_record *record;
	void *state; /* the probe's own */

	/* va.c's own */
	const struct probe *probe; /* NULL: none is under way */
	struct err *problem;
	struct event *event;   /* its start, its end, and the deadline in between */
	struct gate_pass pass; /* one of its registered domain or address */
	int64_t begun_ms;      /* monotonic; what times in the record count from */
	int64_t deadline_ms;   /* monotonic; of this probe */
	va_done done;
	void *ctx;
	bool caa_only, begun, finished;
	struct va_job *next, *previous;
};

/* Fills in type and proof. A problem document: the request cannot be judged. */
MUST_CHECK struct err *job_prepare(struct va_job *job);
bool va_is_name(const char *name);
/* What is not set. */
void va_options_default(struct va_options *o);

/* NULL: proved. Takes problem. Later calls for the same job are dropped. */
void job_finish(struct va_job *job, struct err *problem);
/* Milliseconds since the job began, and until its deadline (0: over). */
int64_t job_elapsed_ms(const struct va_job *job);
int64_t job_left_ms(const struct va_job *job);

/* Writes every answer into the job's record. */
struct dns_witness job_witness(struct va_job *job);

/* What the probes share. */
struct gate *va_address_gate(const struct va *va);
SSL_CTX *va_tls(const struct va *va);
/* To connect to `to` from; NULL: the system's choice. */
const struct address *va_source(const struct va *va, const struct address *to);
