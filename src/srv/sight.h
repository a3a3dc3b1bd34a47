/*
 * One look at what is served: a TLS connection with a name as SNI, offering only the signature algorithms of one family of keys, so
 * that a server with an RSA and an ECDSA certificate shows the one that is asked for. Nothing is verified: what is there is to
 * be seen.
 */
#pragma once

#include "base/world.h"
#include "net/process.h"
#include "net/stream.h"
#include "net/tls.h"
#include "pki/chain.h"
#include "srv/endpoint.h"

enum family_offer { OFFER_ANY, OFFER_RSA, OFFER_ECDSA };

struct sight {
	struct chain *chain;    /* as sent; NULL: no handshake */
	struct err *refused;    /* why there is none */
	bool connected;         /* TCP was */
	struct process process; /* who answered, when it was looked for */
	struct stream stream;   /* stays open: its other end is somebody's open socket */
};

#define SIGHT_INIT ((struct sight){ .stream = { .fd = -1 } })

/* The offer that shows a certificate of this family of keys ("RSA"), or of that of this certificate. */
enum family_offer offer_of(const char *family);
enum family_offer offer_for(const struct cert *c);

/* No answer is a sight too; an error is ours (asked to stop). tls verifies nothing. */
MUST_CHECK struct err *sight_take(struct sight *out, const struct world *w,
				  const struct tls_client *tls, const struct endpoint *at,
				  enum family_offer offer);
/* Where one is connected, but shown nothing of this offer: what is shown to who takes any, in its place. */
MUST_CHECK struct err *sight_take_instead(struct sight *s, const struct world *w,
					  const struct tls_client *tls, const struct endpoint *at);
/* On the same machine the process is found by its socket. That takes a look at the open files of all processes there are. */
void sight_find_process(struct sight *s);
void sight_release(struct sight *s);

AUTO_RELEASE(struct sight, sight_release)
