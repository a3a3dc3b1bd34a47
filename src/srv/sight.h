/*
 * One look at what is served: a TLS connection with a name as SNI, offering only the signature algorithms of one family of keys, so
 * that a server with an RSA and an ECDSA certificate shows the one that is asked for. Nothing is verified: what is there is to
 * be seen. On the same machine the process that answered is found by its socket.
 */
#pragma once

#include "base/world.h"
#include "net/process.h"
#include "net/tls.h"
#include "pki/chain.h"
#include "srv/endpoint.h"

enum family_offer { OFFER_ANY, OFFER_RSA, OFFER_ECDSA };

struct sight {
	struct chain *chain;    /* as sent; NULL: no handshake */
	struct err *refused;    /* why there is none */
	bool connected;         /* TCP was */
	struct process process; /* who answered */
};

/* The offer that shows a certificate of this family (cert_key_family()). */
enum family_offer offer_for(const struct cert *c);

/* No answer is a sight too; an error is ours (asked to stop). tls verifies nothing. */
MUST_CHECK struct err *sight_take(struct sight *out, const struct world *w,
				  const struct tls_client *tls, const struct endpoint *at,
				  enum family_offer offer);
void sight_release(struct sight *s);

AUTO_RELEASE(struct sight, sight_release)
