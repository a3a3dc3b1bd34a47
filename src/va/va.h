/*
 * The validation authority: judges one challenge from one place in the network by Let's Encrypt's rules (ca.md 1 to 3), and
 * tells what it saw. Knows of no CA and no client. Everything runs on the event base that was handed in, single-threaded:
 * thousands of validations side by side, each with its deadline.
 *
 * Several perspectives are several struct va, with va/perspective above them.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "va/record.h"
#include "va/request.h"

struct address_policy; /* va/address.h */
struct clock;
struct dns_resolver; /* dns/resolve.h */
struct event_base;
struct rand_source;
struct va;
struct va_job;

/* All lent for the life of the struct va, texts too. Zero is each one's default. */
struct va_options {
	struct event_base *base;
	const struct clock *clock; /* NULL: the system's */
	struct dns_resolver *resolver;
	const struct address_policy *addresses; /* NULL: nothing that the registries call special */
	const char *perspective;                /* its name in records; NULL: "primary" */
	const char *region;                     /* the RIR it belongs to, in records; NULL: none */
	const char *user_agent;                 /* NULL: VA_USER_AGENT */
	const char *source_v4,
		*source_v6;     /* addresses to connect from; NULL: the system's choice */
	unsigned http_port;     /* 0: 80; of http-01 and of redirects to http */
	unsigned https_port;    /* 0: 443; of redirects to https */
	unsigned tls_port;      /* 0: 443; of TLS challenges */
	int connect_ms;         /* 0: LIMIT_VA_CONNECT_MS; one connection, and one TLS handshake */
	int timeout_ms;         /* 0: LIMIT_VA_MS; a whole validation */
	bool no_redirect_to_ip; /* as Let's Encrypt did before 2026-02 */
	bool any_redirect_name; /* also names outside of the Public Suffix List: for private networks */
	bool verbose;    /* quote what a server answered even after a redirect to another host */
	bool tls_sni;    /* judge tls-sni-01, which proves nothing on shared hosts: labs only */
	size_t max_open; /* 0: LIMIT_VA_OPEN; more wait their turn */
	size_t max_per_address; /* 0: LIMIT_VA_PER_ADDRESS connections at a time */
	size_t max_per_domain; /* 0: LIMIT_VA_PER_DOMAIN validations of one registered domain at a time */
	const struct strlist *
		issuer_domains; /* who we are in CAA and dns-persist-01, unless the request says; NULL: CAA is not checked */
};

#define VA_USER_AGENT "Mozilla/5.0 (compatible; Signet validation server)"

/* ERR_CONFIG: a source that is no address of its family. */
MUST_CHECK struct err *va_new(struct va **out, const struct va_options *o);
/* Ends what is under way without calling anybody. */
void va_free(struct va *va);

/*
 * The verdict: problem NULL is valid, else an error with the URN and the detail that clients are shown; both are the callee's.
 * Called once, from the loop, never from within va_check().
 */
typedef void (*va_done)(void *ctx, struct err *problem, struct va_record *record);

/*
 * Judges a challenge; q is copied. What the request itself gets wrong (unknown type, a wildcard for http-01) is a verdict
 * too. The job may be cancelled until done was called.
 */
struct va_job *va_check(struct va *va, const struct va_request *q, va_done done, void *ctx);
/* CAA alone (ca.md 2.5): for authorizations that are older than 7 hours. q->challenge is the method that proved them. */
struct va_job *va_check_caa(struct va *va, const struct va_request *q, va_done done, void *ctx);
/* done will not be called. */
void va_cancel(struct va_job *job);

const struct strlist *va_issuer_domains(const struct va *va); /* as in the options */
size_t va_open_count(const struct va *va); /* under way or waiting */

AUTO_FREE(struct va, va_free)
