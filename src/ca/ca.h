/*
 * The CA as one process sees it: what is shared by all loops, and what each loop has of its own.
 *
 * A loop is a libevent base in a thread. Everything below a loop is single-threaded; the store answers in the loop that
 * asked. struct ca does not change while loops run, but for what its parts guard themselves: SIGHUP makes another one, which
 * loops take up for later requests. So read loop->ca when it is needed, or hold it.
 */
#pragma once

#include <stdatomic.h>

#include "base/world.h"

struct account_keys; /* ca/jws/account_keys.h */
struct ca_config;    /* ca/config/config.h */
struct ca_log;       /* ca/log/log.h */
struct crls;         /* ca/crl/crls.h */
struct dcv;          /* ca/dcv/dcv.h */
struct event_base;
struct issuances; /* ca/issue/issuance.h */
struct limiter;   /* ca/policy/limiter.h */
struct mailbox;   /* net/mailbox.h */
struct nonces;    /* ca/jws/nonce.h */
struct policy;    /* ca/policy/policy.h */
struct server;    /* net/server.h */
struct sign;      /* ca/sign/sign.h */
struct store;     /* ca/store/store.h */
struct warnings;  /* ca/setup/warnings.h */

struct ca {
	atomic_uint users;           /* from 1 */
	void (*free)(struct ca *ca); /* after the last; NULL: its maker does */
	const struct world *world;
	const struct ca_config *config;
	struct ca_log *log;
	struct nonces *nonces;
	struct account_keys *account_keys;
	struct limiter *limiter;
	struct policy *policy;
	struct store *store;
	struct sign *sign;
	struct warnings *warnings;
	struct crls *crls; /* NULL: nobody makes CRLs */
};

/* Whoever reads a struct ca later than now holds it, and lets it go: of one that no loop has any more nothing stays. */
struct ca *ca_hold(struct ca *ca);
void ca_let_go(struct ca *ca);

struct ca_loop {
	struct ca *ca;
	unsigned number; /* from 0 */
	struct event_base *base;
	struct mailbox *mailbox;
	struct server *server;
	struct dcv *dcv;
	struct issuances *issuances;
};
