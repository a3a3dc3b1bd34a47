/*
 * Asking the DNS: one door, two ways behind it. The stub asks configured resolvers and believes them; libunbound resolves in
 * this process and validates DNSSEC itself.
 *
 * Everything lives on one event_base and is called from its thread. `done` comes exactly once, later, from the loop.
 */
#pragma once

#include <event2/event.h>

#include "base/world.h"
#include "dns/message.h"
#include "net/resolver.h"

enum dns_failure {
	DNS_ANSWERED,    /* a whole answer came: see rcode */
	DNS_TIMED_OUT,   /* no server answered in any try */
	DNS_CANCELED,    /* the time given to this query was over first */
	DNS_UNREACHABLE, /* the network said no */
	DNS_TRUNCATED,   /* the answer never came whole */
	DNS_BAD_ANSWER,  /* no DNS message, or one that contradicts itself (a CNAME loop) */
	DNS_BOGUS,       /* DNSSEC says that the answer is forged */
	DNS_FAILURE_COUNT,
};

struct dns_answer {
	char *name; /* asked, lower case */
	uint16_t type;
	enum dns_failure failure;
	unsigned rcode;
	struct dns_records records; /* of the type asked, at the end of the chain of CNAMEs */
	struct dns_records chain;   /* the CNAMEs on the way */
	bool authenticated; /* validated here, or AD from a server that the operator trusts with it */
	int ede_code;       /* DNS_NO_EDE when none */
	char *ede_text;     /* NULL; why bogus, when it is */
	char *server;       /* "192.0.2.53:53", "libunbound" */
	unsigned tries;
	int64_t duration_ms;
};

struct dns_options {
	const struct world *world;
	/* Whom to ask, in order; NULL: the system's (resolv.conf). With `validate` they are forwarders; empty: recursion. */
	const struct address_list *servers;
	const struct address *source; /* from where; NULL: any */
	unsigned
		try_ms; /* one try, 0: 1000; libunbound has its own, and twice all tries for the whole */
	unsigned tries;  /* 0: 3 */
	bool mixed_case; /* draft-vixie-dnsext-dns0x20 */
	bool trust_ad;   /* believe the AD bit of these servers */
	bool validate;   /* libunbound */
	const struct strlist *
		trust_anchors; /* DS or DNSKEY lines; NULL: the root's, from Debian's dns-root-data */
};

struct dns_resolver;
struct dns_query;

typedef void dns_done_fn(void *ctx,
			 const struct dns_answer *answer); /* a loan for the time of the call */

MUST_CHECK struct err *dns_resolver_new(struct dns_resolver **out, struct event_base *base,
					const struct dns_options *options);
/* Queries under way are dropped: their `done` does not come. */
void dns_resolver_free(struct dns_resolver *r);
AUTO_FREE(struct dns_resolver, dns_resolver_free)

/* timeout_ms: for all tries together, 0: no other end than the tries. The query lives until done. */
struct dns_query *dns_query(struct dns_resolver *r, const char *name, uint16_t type,
			    unsigned timeout_ms, dns_done_fn *done, void *ctx);
/* Before done: it will not come. */
void dns_query_cancel(struct dns_query *q);

void dns_answer_copy(struct dns_answer *out, const struct dns_answer *a);
void dns_answer_release(struct dns_answer *a);
AUTO_RELEASE(struct dns_answer, dns_answer_release)
