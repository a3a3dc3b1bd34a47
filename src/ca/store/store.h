/*
 * The CA's memory: one set of operations, several backends (SQLite; PostgreSQL). Callers see objects and outcomes, never SQL.
 *
 * Every call returns at once. Its answer comes exactly once through the mailbox that was handed over, in that mailbox's loop,
 * never from within the call. What a call is given is copied. A change has been synced to disk before its answer comes; many
 * changes share one sync. A change is checked and made in one transaction, so of two that exclude each other one loses and is
 * told so by its outcome. What is asked before the other's answer came may be done before it.
 *
 * answer->error: the storage failed (disk full, connection lost): ERR_BUSY with retry_after_s, nothing of the call was kept,
 * later calls are tried anew. Outcomes are not errors.
 */
#pragma once

#include "base/err.h"
#include "base/world.h"
#include "ca/config/config.h"
#include "ca/store/object.h"

struct mailbox;
struct store;
struct store_answer;

enum store_outcome {
	STORE_DONE,
	STORE_EXISTED, /* done before: the answer has what was there */
	STORE_NOT_FOUND,
	STORE_CONFLICT, /* something else is in the way: said with each call */
	STORE_TOO_LATE, /* the object's status does not allow it (any more): the answer has it as it is */
	STORE_OUTCOME_COUNT,
};

/* Who wants the answer, and where. */
struct store_asker {
	struct mailbox *mailbox;
	void (*done)(void *ctx, struct store_answer *answer);
	void *ctx;
};

/*
 * A loan for the time of done(), which may MOVE anything out of it. A call about one account, order, authorization or certificate
 * gives that object as it is after the call, whatever the outcome but NOT_FOUND. What an operation does not mention is NULL.
 */
struct store_answer {
	struct err *error;
	enum store_outcome outcome;
	struct store_account *accounts;
	size_t account_count;
	struct store_order *orders;
	size_t order_count;
	struct store_authz *authzs;
	size_t authz_count;
	struct store_cert *certs;
	size_t cert_count;
	struct store_eab *eabs;
	size_t eab_count;
	int64_t number; /* of store_crl_number, store_purge */
};

/* Opens or makes the database and brings its schema up to date. ERR_CONFIG for a schema newer than this program. */
MUST_CHECK struct err *store_open(struct store **out, const struct ca_config *config,
				  const struct world *world);
/*
 * ERR_CONFIG: certificates that have not ended are of an issuer or a CRL shard that config has not. Over a connection of its own,
 * in the caller's thread.
 */
MUST_CHECK struct err *store_check_issuers(const struct store *s, const struct ca_config *config);
/* Whether both take what is there, if anything is; nothing is changed. */
MUST_CHECK struct err *store_would_serve(const struct ca_config *config, const struct world *world);
/* What was asked is done and answered first. */
void store_close(struct store *s);
/* "sqlite", "postgresql" */
const char *store_backend_name(const struct store *s);

/* --- accounts */

struct store_account_new {
	const char *jwk, *thumbprint, *contacts;
	const char *eab, *eab_kid; /* both NULL: no external binding */
	bool eab_single_use;
	time_t now;
};

/* EXISTED: the key's account (of any status). CONFLICT: the external key was used up, revoked or expired meanwhile. */
void store_account_create(struct store *s, const struct store_asker *who,
			  const struct store_account_new *a);
void store_account_by_id(struct store *s, const struct store_asker *who, int64_t id);
void store_account_by_thumbprint(struct store *s, const struct store_asker *who,
				 const char *thumbprint);
/* TOO_LATE: it is not valid any more. */
void store_account_contacts(struct store *s, const struct store_asker *who, int64_t id,
			    const char *contacts);
/* To deactivated or revoked. TOO_LATE: it was one of them. */
void store_account_end(struct store *s, const struct store_asker *who, int64_t id,
		       enum account_status status);
/* CONFLICT: another account (in the answer) has this key. TOO_LATE: not valid, or its key is not old_thumbprint any more. */
void store_account_rekey(struct store *s, const struct store_asker *who, int64_t id,
			 const char *old_thumbprint, const char *jwk, const char *thumbprint);
/* Newest first, id below `before` (0: from the newest). */
void store_accounts(struct store *s, const struct store_asker *who, int64_t before, size_t limit);

/* --- orders */

struct store_order_ident {
	struct ident ident;     /* as ordered, "*." too */
	const char *token;      /* of a new authorization */
	struct strlist offered; /* its challenge types */
};

struct store_order_new {
	int64_t account_id;
	const struct store_order_ident *idents; /* sorted */
	size_t ident_count;
	const char *profile;
	time_t now, expires, not_before, not_after;
	time_t authz_expires; /* of new ones */
	bool reuse_order; /* an open order of the account with the same names and profile is given instead */
	time_t reuse_authz_after; /* valid ones of the account and profile that expire later are taken again; 0: none */
	const char *
		never_reuse; /* a challenge type whose authorizations are not taken again; NULL: none */
	const char *replaces;        /* as written */
	const char *replaces_serial; /* NULL: replaces nothing */
};

/* EXISTED: the open order. CONFLICT: an order that is not failed already replaces this certificate. */
void store_order_create(struct store *s, const struct store_asker *who,
			const struct store_order_new *o);
void store_order_by_id(struct store *s, const struct store_asker *who, int64_t id);
/* Of an account (0: of all), newest first, id below `before` (0: from the newest). */
void store_orders(struct store *s, const struct store_asker *who, int64_t account_id,
		  int64_t before, size_t limit);

struct store_finalize {
	int64_t order_id;
	const void *csr;
	size_t csr_len;
	struct store_cert
		cert; /* serial, issuer, profile, shard, idents, spki_sha256 and dates; no der */
	time_t now;
};

/*
 * Reserves the serial: from now on it is this order's and nobody else's. TOO_LATE: the order is not ready (an authorization is
 * not valid now, it expired, failed or was finalized). CONFLICT: the serial was given out before.
 */
void store_order_finalize(struct store *s, const struct store_asker *who,
			  const struct store_finalize *f);
/* The certificate, signed. TOO_LATE: it has one, or failed. CONFLICT: its account is not valid any more, or an authorization. */
void store_order_certify(struct store *s, const struct store_asker *who, int64_t order_id,
			 const void *der, size_t len);
/* problem: JSON. TOO_LATE: it is certified. */
void store_order_fail(struct store *s, const struct store_asker *who, int64_t order_id,
		      const char *problem);
/*
 * What a crash left half done: orders that are finalized and not certified (with their csr), in certs for each of them what was
 * reserved (as it was given to store_order_finalize), authorizations under way.
 */
void store_unfinished(struct store *s, const struct store_asker *who);

/* --- authorizations */

struct store_authz_new {
	int64_t account_id;
	const struct store_order_ident *ident;
	const char *profile;
	time_t now, expires;
	time_t reuse_after;
	const char *never_reuse;
};

/* newAuthz (RFC 8555 §7.4.1). EXISTED: a valid one was there. */
void store_authz_create(struct store *s, const struct store_asker *who,
			const struct store_authz_new *a);
void store_authz_by_id(struct store *s, const struct store_asker *who, int64_t id);
/* The attempt begins. CONFLICT: one is under way. EXISTED: it is valid already. TOO_LATE: it ended otherwise or expired. */
void store_authz_begin(struct store *s, const struct store_asker *who, int64_t id,
		       const char *challenge, time_t now);

struct store_verdict {
	int64_t authz_id;
	const char *attempt; /* begun before, or with its verdict */
	bool valid;
	const char *problem; /* JSON; NULL when valid */
	const char *record;  /* JSON */
	time_t now, expires; /* expires: of a valid one */
};

/* TOO_LATE: deactivated meanwhile, judged before, or attempted otherwise. Pending orders with it become what policy/state.h says. */
void store_authz_judge(struct store *s, const struct store_asker *who,
		       const struct store_verdict *v);
/* TOO_LATE: it is neither pending nor valid. */
void store_authz_deactivate(struct store *s, const struct store_asker *who, int64_t id, time_t now);
/* DONE: the account has a valid authorization for each of them (names as in certificates). NOT_FOUND: not for all. */
void store_authz_covers(struct store *s, const struct store_asker *who, int64_t account_id,
			const struct idents *idents, time_t now);

/* --- certificates */

/* One that no order asked for, signed: nobody's, known to whoever lists, revokes and makes CRLs. EXISTED: its serial is there. */
void store_cert_add(struct store *s, const struct store_asker *who, const struct store_cert *c);
/* NOT_FOUND also for a serial that was reserved and never signed. */
void store_cert_by_serial(struct store *s, const struct store_asker *who, const char *serial);
/*
 * EXISTED: revoked before; upgrade lets keyCompromise (1) take the place of another reason, which is DONE.
 */
void store_cert_revoke(struct store *s, const struct store_asker *who, const char *serial,
		       time_t when, int reason, bool upgrade);
/* Unexpired and unrevoked ones with this key, at most limit, serial above `after` (NULL: from the first). */
void store_certs_by_key(struct store *s, const struct store_asker *who,
			const unsigned char spki_sha256[32], const char *after, time_t now,
			size_t limit);

struct store_renewed {
	const struct idents *idents; /* sorted */
	time_t since;                /* issued later than this */
	int64_t before;              /* by an order with a smaller id; 0: by any */
};

/*
 * DONE: among the newest hundred certificates with the first name one is for exactly these names, whoever's (the newest is in the
 * answer, without DER). NOT_FOUND: none.
 */
void store_cert_renewed(struct store *s, const struct store_asker *who,
			const struct store_renewed *r);
/* For a CRL: revoked ones of the issuer's shard that expire after `expired_before`; serial above `after`. DER is left out. */
void store_certs_revoked(struct store *s, const struct store_asker *who, const char *issuer,
			 int64_t shard, time_t expired_before, const char *after, size_t limit);
/* Newest first by order id below `before` (0: from the newest); name NULL: all, else those that bear it. DER is left out. */
void store_certs(struct store *s, const struct store_asker *who, const char *name, int64_t before,
		 size_t limit);
/* answer->number: larger than any given for this issuer and shard before. */
void store_crl_number(struct store *s, const struct store_asker *who, const char *issuer,
		      int64_t shard);

/* --- keys that may not be used, external account keys */

void store_key_block(struct store *s, const struct store_asker *who,
		     const unsigned char spki_sha256[32], time_t now);
/* DONE: blocked. NOT_FOUND: not. */
void store_key_blocked(struct store *s, const struct store_asker *who,
		       const unsigned char spki_sha256[32]);

/* EXISTED: one of this kid is there, and stays. */
void store_eab_add(struct store *s, const struct store_asker *who, const struct store_eab *e);
void store_eab_by_kid(struct store *s, const struct store_asker *who, const char *kid);
void store_eab_revoke(struct store *s, const struct store_asker *who, const char *kid);
/* By kid, above `after` (NULL: from the first). */
void store_eabs(struct store *s, const struct store_asker *who, const char *after, size_t limit);

/* --- upkeep */

/*
 * Drops at most limit objects of a kind that nobody can ask for any more: orders and authorizations expired before `before`,
 * certificates expired before `certs_before`. answer->number: how many; ask again while it is not 0.
 */
void store_purge(struct store *s, const struct store_asker *who, time_t before, time_t certs_before,
		 size_t limit);
/* DONE: the storage answers and can be written to. */
void store_check(struct store *s, const struct store_asker *who);

AUTO_FREE(struct store, store_close)
