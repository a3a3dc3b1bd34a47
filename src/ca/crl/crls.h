/*
 * The CRLs of all issuers, current and in memory: made anew on schedule, and soon after a revocation. They are made in one loop
 * (the main thread's) and read in every.
 *
 * An entry stays for one lifetime of a CRL after its certificate expired, so it stands on one CRL at least that was issued
 * later than that (RFC 5280 §3.3).
 */
#pragma once

#include "base/buf.h"
#include "ca/ca.h"

struct crls;
struct crl_copy; /* one CRL that somebody reads; does not change */

/* Begins at once. base and mailbox are the loop's in which they are made; ca and its parts outlive it. */
struct crls *crls_new(struct ca *ca, struct event_base *base, struct mailbox *mailbox);
/* Issuers of another configuration. In that loop. */
void crls_use(struct crls *c, struct ca *ca);

/* From any thread: something was revoked there. c NULL: nobody makes CRLs. */
void crls_revoked(struct crls *c, const char *issuer, int64_t shard);
/* From any thread. NULL: there is no such CRL, or (*expected) none that holds now, but soon. */
struct crl_copy *crls_read(struct crls *c, const char *issuer, int64_t shard, bool *expected);
const struct buf *crl_copy_der(const struct crl_copy *copy);
/* When the next one is due, at the latest. */
time_t crl_copy_due(const struct crl_copy *copy);
void crl_copy_release(struct crl_copy *copy);

/* In the loop. What it asked for last has to be answered first. */
bool crls_are_idle(const struct crls *c);
/* No more of them. */
void crls_stop(struct crls *c);
void crls_free(struct crls *c);

AUTO_FREE(struct crls, crls_free)
