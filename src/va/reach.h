/*
 * Reaching one host (ca.md 1.3): names are resolved, the first IPv6 address is tried, then the first IPv4 address, no others.
 * Each attempt is a hop of the job's record.
 */
#pragma once

#include "va/channel.h"
#include "va/job.h"

struct reach_options {
	const char *host; /* name or literal without brackets */
	unsigned port;
	const char *url;         /* being fetched; NULL: none */
	bool tls;
	const char *server_name; /* SNI; NULL: none */
	const char *protocol;    /* ALPN; NULL: none */
	bool stubborn; /* the second address is also for failures after TCP has connected */
	/* In each, the reach may be stopped. */
	void (*opened)(struct va_job *job);
	void (*received)(struct va_job *job, const char *data, size_t len);
	void (*ended)(struct va_job *job);
	/* Takes problem. Of the last address, or of DNS; phase is how far the channel had come. */
	void (*failed)(struct va_job *job, struct err *problem, enum channel_phase phase);
};

/* Part of a probe's state; zero-filled is none. */
struct reach {
	struct va_job *job;
	const struct reach_options *o;
	struct va_lookup *lookup;
	struct strlist resolved;
	struct address candidates[2];
	size_t count, at;
	struct strlist tried;
	struct channel *channel;
	size_t hop; /* index in the record */
};

/* o is lent until reach_stop(). */
void reach_start(struct reach *r, struct va_job *job, const struct reach_options *o);
/* Whatever is under way ends, and r can be started again. */
void reach_stop(struct reach *r);

/* Of the attempt under way; a loan until the next hop. */
struct va_hop *reach_hop(const struct reach *r);
/* "192.0.2.1: Fetching http://example.org/x: ", what problems begin with. */
char *reach_prefix(const struct reach *r);
