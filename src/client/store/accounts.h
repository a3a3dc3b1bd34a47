/* accounts/<netloc><path>/<id>/{private_key,regr,meta}.json (certbot.md 9). */
#pragma once

#include <openssl/evp.h>

#include "base/world.h"
#include "client/store/tree.h"
#include "jose/signer.h"

struct stored_account {
	char *id;
	char *url; /* regr.json "uri" */
	EVP_PKEY *key;
	struct signer *signer;
	char *created; /* meta.json creation_dt, "2026-11-21T23:09:46Z" */
	char *host;    /* meta.json creation_host */
};

/* Ids of the accounts that load; a server without accounts lists none. Follows and makes the v1 links of 9.2. */
MUST_CHECK struct err *accounts_list(struct strlist *ids, const struct tree *t, const char *server);
/* ERR_CONFIG names account and server when it is not there or does not load. */
MUST_CHECK struct err *account_load(struct stored_account **out, const struct tree *t,
				    const char *server, const char *id);
/*
 * A key is on the disk before it is shown to the CA: account_prepare writes private_key.json and meta.json (not listed
 * yet), account_confirm adds regr.json. A prepared one left by a killed run is found again by account_prepared.
 */
MUST_CHECK struct err *account_prepare(struct stored_account **out, const struct tree *t,
				       const char *server, EVP_PKEY *key, const struct world *w);
MUST_CHECK struct err *account_prepared(struct stored_account **out, const struct tree *t,
					const char *server); /* *out NULL: none */
MUST_CHECK struct err *account_confirm(struct stored_account *a, const struct tree *t,
				       const char *server, const char *url);
MUST_CHECK struct err *account_remove(const struct tree *t, const char *server, const char *id);
/* Goes on where a killed account_remove stopped. */
MUST_CHECK struct err *accounts_settle(const struct tree *t, const char *server);
/* MD5 (hex) of the public key's PEM. */
MUST_CHECK struct err *account_id(char **out, const EVP_PKEY *key);
char *account_label(const struct stored_account *a); /* "host@2026-11-21T23:09:46Z (3689)" */
void stored_account_free(struct stored_account *a);

AUTO_FREE(struct stored_account, stored_account_free)
