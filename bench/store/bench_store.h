/*
 * What an issuance costs in the store. An issuance is newOrder, a read of the authorization, begin, judge, a read of the order,
 * finalize, certify and a read of the certificate: five changes, each synced, and three reads.
 */
#pragma once

#include "ca/store/store.h"

struct event_base;
struct mailbox;

/* One database, the store over it, and the loop that asks. */
struct target {
	struct ca_config config;
	char *where; /* a path or a connection string */
	int64_t stored;
	struct store *store;
	struct event_base *base;
	struct mailbox *mailbox;
	int64_t account;
};

extern const struct world world;

MUST_CHECK struct err *target_open(struct target *t);
void target_close(struct target *t);

struct cost {
	double wall_s;
	double own_cpu_s, server_cpu_s; /* of this process; of PostgreSQL ($STORE_SERVER_PID) */
	double p99_ms, longest_ms;      /* of a step */
};

/* So many issuances by so many askers, each doing one after the other. */
MUST_CHECK struct err *issue(struct cost *out, struct target *t, size_t askers, size_t count);

/*
 * So many certificates with all that belongs to them, straight into the tables, which were empty; they and their orders and
 * authorizations expire at `expires`.
 */
MUST_CHECK struct err *fill(const struct target *t, int64_t count, time_t expires);

/* Issuances alone, and while so many certificates that have expired are purged with what belongs to them. */
MUST_CHECK struct err *purge_beside(struct target *t, int64_t count);
