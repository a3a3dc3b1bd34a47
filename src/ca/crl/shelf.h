/* Where the CRLs are: one place for each shard of each issuer, read by every thread. */
#pragma once

#include "ca/config/config.h"
#include "ca/crl/crls.h"

struct crl_shelf;

struct crl_place {
	char *issuer;
	int64_t shard;
};

struct crl_times {
	time_t made, due; /* and to be made anew */
	time_t ends;      /* nextUpdate */
};

struct crl_shelf *crl_shelf_new(void);
void crl_shelf_free(struct crl_shelf *s);

/* Places as this configuration has them; what stands on those that stay is kept. */
void crl_shelf_arrange(struct crl_shelf *s, const struct ca_config *config);
/* The CRL has to be made anew by `when`; false: there is no such place, or it is as early already. */
bool crl_shelf_want(struct crl_shelf *s, const char *issuer, int64_t shard, time_t when);
/* What is due first, and when. Nothing while it is taken. false: there are none. */
bool crl_shelf_first(struct crl_shelf *s, struct crl_place *out, time_t *when);
/* Somebody begins: what is revoked from now on makes it due again. */
void crl_shelf_take(struct crl_shelf *s, const struct crl_place *p, time_t next);
/* Takes der. */
void crl_shelf_put(struct crl_shelf *s, const struct crl_place *p, struct buf *der,
		   const struct crl_times *times);
struct crl_copy *crl_shelf_read(struct crl_shelf *s, const char *issuer, int64_t shard,
				bool *expected);
/* Made by then, and not to be made anew yet; one that holds has not ended, at least. */
bool crl_copy_is_of(const struct crl_copy *copy, time_t now);
bool crl_copy_holds(const struct crl_copy *copy, time_t now);

void crl_place_release(struct crl_place *p);
AUTO_RELEASE(struct crl_place, crl_place_release)
