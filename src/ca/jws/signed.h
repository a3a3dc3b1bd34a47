/* A request whose signature, nonce and url were found right (ca.md 5.2): whose it is and what it says. */
#pragma once

#include <openssl/evp.h>

#include "base/json.h"
#include "jose/jws.h"

struct signed_request {
	int64_t account_id; /* 0: signed by the key of a jwk header */
	EVP_PKEY *key;      /* the account's, or the jwk's */
	char *thumbprint;   /* of that key */
	json_t *payload;    /* NULL: POST-as-GET (the empty payload) */
	struct jws *jws;    /* header, url, raw payload */
};

void signed_request_free(struct signed_request *s);
AUTO_FREE(struct signed_request, signed_request_free)
