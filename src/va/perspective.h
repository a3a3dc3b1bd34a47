/*
 * Multi-perspective corroboration (ca.md 4, BR 3.2.2.9): what one place in the network sees can be forged by hijacking routes
 * near it. The primary judges first; when it is content, all others judge side by side, and a quorum decides.
 *
 * A perspective is a struct va of this process (simulated: its own source address, user agent, resolver), or a
 * `signet-ca va` elsewhere that is asked over mutual TLS with the messages of va/request.h.
 */
#pragma once

#include <openssl/ssl.h>

#include "va/va.h"

struct perspectives;
struct perspectives_check;

struct perspective_options {
	const char *name; /* what it must call itself in its record */
	const char *
		region; /* of whose RIR: "ARIN", "RIPE", "APNIC", "LACNIC", "AFRINIC"; NULL: counts for none */
	struct va *va;   /* here; NULL: at url */
	const char *url; /* "https://va2.example.org:8443" */
	SSL_CTX *tls;    /* for url: net/mutual_tls.h */
};

/* All lent for the life of the struct perspectives, texts too. */
struct perspectives_options {
	struct event_base *base;
	const struct clock *clock;        /* NULL: the system's */
	const struct rand_source *random; /* whom to ask first */
	struct resolver *
		resolver; /* of the hosts of urls, asked once by perspectives_new(); NULL: only literals */
	struct va *primary;
	const struct perspective_options *remotes;
	size_t remote_count; /* 0: the primary's word is the verdict */
	/*
	 * Remotes that may disagree. -1: as the BR say (none of one, 1 of 2 to 5, 2 of more), with at least 3 remotes and, if any
	 * has a region, those that agree from two regions.
	 */
	int failures_allowed;
	int timeout_ms; /* 0: LIMIT_VA_MS; of one remote */
	int slow_ms; /* 0: LIMIT_VA_SLOW_MS; how long the others are waited for when the verdict is clear */
};

/* ERR_CONFIG: two of one name, neither va nor url, an unknown region; ERR_NETWORK: a host without address. */
MUST_CHECK struct err *perspectives_new(struct perspectives **out,
					const struct perspectives_options *o);
/* Ends what is under way without calling anybody. */
void perspectives_free(struct perspectives *p);

/*
 * problem, record (the primary's; NULL never) and summary are the callee's. summary is NULL without remotes and when the
 * primary has refused, else
 * {"passedPerspectives":[...],"failedPerspectives":[...],"passedRIRs":[...],"quorumResult":"3/4",
 *  "perspectives":{"NAME": a verdict as in va/request.h, ...}}
 */
typedef void perspectives_done(void *ctx, struct err *problem, struct va_record *record,
			       json_t *summary);

/* q is copied. done is called once, from the loop, never from within. */
struct perspectives_check *perspectives_check(struct perspectives *p, const struct va_request *q,
					      perspectives_done *done, void *ctx);
/* CAA alone, by the same quorum. */
struct perspectives_check *perspectives_check_caa(struct perspectives *p,
						  const struct va_request *q,
						  perspectives_done *done, void *ctx);
/* Before done: it will not come. */
void perspectives_cancel(struct perspectives_check *c);

size_t perspectives_open_count(const struct perspectives *p);

AUTO_FREE(struct perspectives, perspectives_free)
