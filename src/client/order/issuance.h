/* One issuance under way (private to issue): its order is placed, or the one of a killed run taken up. */
#pragma once

#include <openssl/evp.h>

#include "acme/order.h"
#include "base/buf.h"
#include "client/client.h"
#include "client/order/issue.h"
#include "pki/names.h"

struct authenticator;
struct ca;
struct chain;

struct issuance {
	struct client *c;
	struct options *opt;
	const struct issue_request *r;
	struct cert_names names; /* what is still asked for */
	struct ca *ca;
	struct authenticator *authenticator;
	char *profile;  /* NULL: none */
	char *replaces; /* NULL: none */
	struct journal *journal; /* NULL in a dry run, and with --csr */
	struct acme_order *order;
	EVP_PKEY *key;
	struct buf key_pem;
	struct chain *chain;
};

void issuance_release(struct issuance *i);

AUTO_RELEASE(struct issuance, issuance_release)

/* What the CA is asked for besides the names: i->profile and i->replaces. */
MUST_CHECK struct err *issuance_choose(struct issuance *i);

/* Places i->order with the key of i->key, both from the journal where a run was killed; i->journal remembers them. */
MUST_CHECK struct err *issuance_order(struct issuance *i);

/* Trouble on the way, not an answer: the same order may be fine a minute later. */
bool issuance_is_transient(const struct err *e);

/* The journal of an order that is of no further use, and what its run left half written. */
MUST_CHECK struct err *issuance_drop_journal(struct issuance *i);
