/*
 * Looking at what is served: a TLS connection with a name as SNI, offering only the signature algorithms of one family of
 * keys, so that a server with an RSA and an ECDSA certificate shows the one that is asked for. On the same machine the process
 * that answered is found by its socket: whoever still holds an old certificate has a name, a PID and a start time.
 */
#pragma once

#include "base/err.h"
#include "base/world.h"
#include "pki/chain.h"
#include "srv/endpoint.h"

struct process {
	pid_t pid;    /* 0: not found, or on another machine */
	char *name;   /* "nginx"; printable */
	time_t since; /* its start */
};

/* What one connection showed. */
struct sight {
	struct chain *chain;    /* as sent; NULL: no handshake */
	struct err *refused;    /* why there is none */
	bool other_family;      /* the server has no certificate for the keys that were offered */
	struct process process; /* who answered */
};

enum key_family_offer { OFFER_ANY, OFFER_RSA, OFFER_ECDSA };

/* One connection. An endpoint that does not answer is a sight; an error is ours (stopped, out of sockets). */
MUST_CHECK struct err *sight_take(struct sight *out, const struct world *w,
				  const struct endpoint *at, enum key_family_offer offer);
void sight_release(struct sight *s);

/*
 * Does each endpoint show its certificate with a complete chain, for good? Looks again until several looks in a row agree
 * or patience is over. The error says of the first that does not what is shown instead, and by whom: "a.test at
 * 127.0.0.1:443 is still served with the certificate 03ab... by nginx (PID 812, running since 2026-11-28 ...)". Programs
 * (NULL-ended; may be NULL) are the server's own: another one on the port is told as such.
 */
MUST_CHECK struct err *prove_served(const struct world *w, const struct endpoints *at,
				    const char *const *programs, int patience_ms);

AUTO_RELEASE(struct sight, sight_release)
