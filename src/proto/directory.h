/* The directory and its meta (RFC 8555 §7.1.1; renewalInfo RFC 9773; profiles draft-ietf-acme-profiles). */
#pragma once

#include "base/json.h"
#include "base/str.h"

struct directory {
	char *new_nonce, *new_account, *new_order, *revoke_cert, *key_change; /* key_change may be NULL */
	char *new_authz;    /* NULL if not offered */
	char *renewal_info; /* NULL if not offered */
	char *terms;        /* meta.termsOfService; NULL */
	char *website;
	struct strlist caa_identities;
	struct strlist profiles; /* names */
	bool eab_required;
};

/* base_url: the directory's own; an http URL in an https directory is ERR_PROTOCOL, unknown fields are skipped. */
MUST_CHECK struct err *directory_parse(struct directory **out, const char *base_url, const json_t *obj);
void directory_free(struct directory *d);

AUTO_FREE(struct directory, directory_free)
