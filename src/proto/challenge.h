/*
 * A challenge, and the one idea of proto/challenge/: each type is one file that turns (token,
 * account thumbprint, identifier, account URL) into WHERE the proof is and WHAT it is. Clients
 * publish it, the CA looks for it.
 */
#pragma once

#include <time.h>

#include "base/err.h"
#include "base/json.h"
#include "proto/ident.h"
#include "proto/status.h"

enum medium { MEDIUM_HTTP, MEDIUM_DNS, MEDIUM_TLS, MEDIUM_COUNT };

/* A proof by its medium; what does not belong to the medium is NULL. */
struct proof {
	enum medium medium;
	char *http_path; /* "/.well-known/acme-challenge/<token>" */
	char *http_body; /* the key authorization, no newline */
	char *dns_owner; /* "_acme-challenge.example.org", no trailing dot */
	char *dns_txt;
	char *tls_server_name;       /* SNI to ask for, and to answer to */
	char *tls_protocol;          /* ALPN; NULL: none */
	struct cert_names tls_names; /* what the certificate is for */
	bool tls_has_digest;         /* the certificate carries it (RFC 8737 §3) */
	unsigned char tls_digest[32];
	char *key_authorization;
};

void proof_release(struct proof *p);
AUTO_RELEASE(struct proof, proof_release)

struct challenge_input {
	const struct ident *ident; /* without "*." */
	const char *token;
	const char *thumbprint; /* of the account key */
	const char *account_url;
};

/* What a type is matched by whose proof is no value that could be computed beforehand. */
struct match_input {
	const struct strlist *texts; /* what stands in the TXT records at proof.dns_owner; at least one */
	bool wildcard;               /* the name has "*." in front */
	const struct strlist *account_urls;   /* every form of the account's URL that counts */
	const struct strlist *issuer_domains; /* ours */
	time_t now;
};

struct challenge_type {
	const char *name;  /* "http-01" */
	const char *alias; /* "http": accepted by --preferred-challenges */
	enum medium medium;
	bool wildcard;   /* may prove "*." names */
	bool ip;         /* may prove IP identifiers (RFC 8738) */
	bool historical; /* proves nothing where hosts are shared: for labs, never offered unasked */
	bool per_account; /* where the proof is depends on the account too */
	struct err *(*prove)(struct proof *out, const struct challenge_input *in);
	/*
	 * NULL: prove() says all. Else it says only where, there is no token, clients have nothing to publish, and the CA asks
	 * here: NULL is met, else a problem.
	 */
	struct err *(*match)(const struct match_input *in);
};

/* The generated registry of proto/challenge/. */
extern const struct challenge_type *const challenge_types[];
extern const size_t challenge_type_count;
/* Also by alias; NULL when unknown. */
const struct challenge_type *challenge_type_by_name(const char *name);

/* As a CA shows it. Unknown types are kept (type set, known NULL); whoever chooses skips them. */
struct challenge {
	char *type;
	const struct challenge_type *known;
	char *url;
	char *token; /* checked: base64url, at most LIMIT_TOKEN; NULL when the type has none */
	char *account_uri; /* of types that are matched: whom a record must name; NULL */
	struct strlist issuer_domains; /* and by which names the CA goes there */
	enum challenge_status status;
	struct err *error; /* of an invalid one; NULL */
	time_t validated;
	json_t *validation_record; /* what the CA saw; rendered only; NULL */
};

MUST_CHECK struct err *challenge_parse(struct challenge *out, const json_t *obj);
/* As a CA shows it; the caller's. */
json_t *challenge_render(const struct challenge *c);
void challenge_release(struct challenge *c);
