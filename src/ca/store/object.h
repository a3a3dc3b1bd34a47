/* What the store remembers. Times are seconds since 1970; texts are NULL when there is nothing to say. */
#pragma once

#include <time.h>

#include "base/buf.h"
#include "base/str.h"
#include "proto/ident.h"
#include "proto/status.h"

/* Hexadecimal, lower case, as many digits as the serial's DER contents have. */
#define SERIAL_TEXT_MAX 40
/* Of those contents. */
char *store_serial(const struct buf *contents);

struct store_account {
	int64_t id;
	enum account_status status;
	char *jwk;        /* public, JSON */
	char *thumbprint; /* RFC 7638 of it; of one account only */
	char *contacts;   /* JSON array of URLs */
	char *eab;        /* the externalAccountBinding that was verified, JSON */
	time_t created;
};

/*
 * An authorization with its one token. Whichever of the offered challenges the client calls ready is the attempt, and there is
 * one attempt (ca.md 5.7): the others stay pending until it ends and are gone then.
 */
struct store_authz {
	int64_t id, account_id;
	struct ident ident; /* without "*." */
	bool wildcard;
	enum authz_status status; /* as stored: that it has expired shows by policy/state.h */
	time_t expires;
	char *profile;
	char *token;
	struct strlist offered; /* challenge types */
	char *attempt;          /* challenge type; NULL: none called ready yet */
	time_t validated;       /* when the attempt was judged; 0: not yet */
	char *error;            /* problem document, JSON */
	char *record;           /* validationRecord as clients are shown it, JSON array */
};

struct store_order {
	int64_t id, account_id;
	struct idents idents; /* sorted */
	char *profile;
	time_t created, expires;
	time_t not_before, not_after; /* 0: not asked for */
	char *replaces;               /* as the client wrote it (RFC 9773 §5) */
	char *error;                  /* problem document, JSON: the order failed */
	char *serial;                 /* reserved by finalize; NULL: not finalized */
	bool certified;               /* the certificate of this serial is stored */
	void *csr;                    /* DER, of a finalized order that is not certified yet */
	size_t csr_len;
	struct store_authz *
		authzs; /* in the order of idents; each without token, offered, error and record when the order was read as a whole */
	size_t authz_count;
};

struct store_cert {
	char *serial;
	int64_t order_id, account_id;
	char *issuer, *profile;
	int64_t shard; /* of the issuer's CRL */
	struct idents idents;
	unsigned char spki_sha256[32];
	time_t not_before, not_after;
	void *der; /* NULL: reserved, not signed yet */
	size_t der_len;
	time_t revoked; /* 0: not */
	int reason;     /* CRLReason */
};

/* An external account key (RFC 8555 §7.3.4). */
struct store_eab {
	char *kid;
	char *mac_key;           /* base64url */
	char *note;              /* for people */
	time_t created, expires; /* expires 0: never */
	int64_t account_id;      /* bound to; 0: not used yet */
	bool revoked;
};

/* By policy/state.h. */
enum authz_status store_authz_status(const struct store_authz *a, time_t now);
enum order_status store_order_status(const struct store_order *o, time_t now);

void store_account_release(struct store_account *a);
void store_authz_release(struct store_authz *a);
void store_order_release(struct store_order *o);
void store_cert_release(struct store_cert *c);
void store_eab_release(struct store_eab *e);

AUTO_RELEASE(struct store_account, store_account_release)
AUTO_RELEASE(struct store_authz, store_authz_release)
AUTO_RELEASE(struct store_order, store_order_release)
AUTO_RELEASE(struct store_cert, store_cert_release)
AUTO_RELEASE(struct store_eab, store_eab_release)
