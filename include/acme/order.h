/*
 * Orders, authorizations, challenges (RFC 8555 §7.4, §7.5, §8), in the order of their life:
 *
 *	acme_order_new()              names -> an order with an authorization for each
 *	acme_order_authorizations()   what the CA wants to see
 *	acme_challenge_http(), _dns(), _tls() what to publish, and where
 *	acme_challenges_ready()       "it is there"
 *	acme_order_wait_ready()       until the CA has looked
 *	acme_order_finalize()         the certificate request, until the certificate is made
 *	acme_order_certificate()      the chain
 *
 * An order's URL (acme_order_url()) is all that is needed to go on with it later:
 * acme_order_open(). Functions that find work done already do nothing, so a program that starts
 * again calls the same sequence.
 */
#pragma once

#include <time.h>

#include "acme/ca.h"

#ifdef __cplusplus
extern "C" {
#endif

struct acme_order;
struct acme_authz;
struct acme_challenge;

struct acme_order_request {
	const char *const *dns; /* A-labels; may start with "*." */
	size_t dns_count;
	const char *const *ip; /* text form, IPv4 or IPv6 (RFC 8738) */
	size_t ip_count;
	const char *profile; /* one of the directory's; NULL: the CA chooses */
	/* acme_cert_id() of the certificate to be replaced (RFC 9773 §5); NULL: none */
	const char *replaces;
};

/*
 * Orders a certificate.
 *
 * out   the caller's, for acme_order_free()
 *
 * Errors: ERR_USAGE (no names, or what is no name), ERR_LIMIT (more than 1000 names), ERR_PROTOCOL
 * (the CA's order is for other names), and ca.h's. Of type "rejectedIdentifier", "rateLimited",
 * "invalidProfile", "alreadyReplaced" (or "malformed" about replaces: whether to ask again without
 * it is the caller's decision), with a subproblem for each name where the CA tells. RFC 8555 §7.4
 */
ACME_API struct err *acme_order_new(struct acme_session *s, const struct acme_order_request *r,
				    struct acme_order **out);

/*
 * An order made earlier, by its URL.
 *
 * Errors: ERR_USAGE (no account), ERR_PROTOCOL (a URL that is not safe), and ca.h's; "malformed"
 * or HTTP status 404: the CA has forgotten it. RFC 8555 §7.1.3
 */
ACME_API struct err *acme_order_open(struct acme_session *s, const char *url,
				     struct acme_order **out);

/*
 * An order whose URL was lost: the account's newest unfinished one for exactly r's names that is not
 * for another profile than r's, through the account's list of orders, of which at most the last 100
 * are looked at.
 *
 * out   *out NULL: there is none, or the CA keeps no list (Let's Encrypt does not)
 *
 * Errors: ERR_USAGE (no account, no names), and ca.h's. RFC 8555 §7.1.2.1
 */
ACME_API struct err *acme_order_find(struct acme_session *s, const struct acme_order_request *r,
				     struct acme_order **out);

/* Frees the order with its authorizations and challenges. NULL is allowed. */
ACME_API void acme_order_free(struct acme_order *o);

/*
 * As last heard; loans and values, nothing is asked. Status: "pending", "ready", "processing",
 * "valid", "invalid".
 */
ACME_API const char *acme_order_url(const struct acme_order *o);
ACME_API const char *acme_order_status(const struct acme_order *o);
/* The profile the CA took the order for; NULL: it did not say. draft-ietf-acme-profiles §4 */
ACME_API const char *acme_order_profile(const struct acme_order *o);
/* Seconds since the epoch; 0: the CA did not say. */
ACME_API time_t acme_order_expires(const struct acme_order *o);

/*
 * All authorizations: fetched by the first call, side by side where round trips are long.
 *
 * count   out; for acme_order_authz()
 *
 * Errors: ERR_PROTOCOL (one is for a name that was not ordered), and ca.h's. RFC 8555 §7.5
 */
ACME_API struct err *acme_order_authorizations(struct acme_session *s, struct acme_order *o,
					       size_t *count);

/* Number i of them, a loan of the order; NULL: not that many, or not fetched. */
ACME_API struct acme_authz *acme_order_authz(struct acme_order *o, size_t i);

/* The name, without "*."; a loan. */
ACME_API const char *acme_authz_identifier(const struct acme_authz *a);
ACME_API bool acme_authz_is_wildcard(const struct acme_authz *a);
/* As last heard: "pending", "valid", "invalid", "deactivated", "expired", "revoked". */
ACME_API const char *acme_authz_status(const struct acme_authz *a);

/*
 * The challenges the CA offers, as they were when fetched first; loans of the order, NULL when i
 * is too large.
 */
ACME_API size_t acme_authz_challenge_count(const struct acme_authz *a);
ACME_API struct acme_challenge *acme_authz_challenge(struct acme_authz *a, size_t i);

/*
 * Gives an authorization up, also one that is valid: the next order has to prove the name again.
 * The order fails by it.
 *
 * Errors: ca.h's. RFC 8555 §7.5.2
 */
ACME_API struct err *acme_authz_deactivate(struct acme_session *s, struct acme_authz *a);

/* "http-01", "dns-01"; types that libacme does not know are listed too. A loan. RFC 8555 §8 */
ACME_API const char *acme_challenge_type(const struct acme_challenge *c);
/* At most 256 characters of base64url; NULL when the type has none. A loan. */
ACME_API const char *acme_challenge_token(const struct acme_challenge *c);

/*
 * What to publish by HTTP on port 80.
 *
 * path   "/.well-known/acme-challenge/...", safe as a file name below a folder; the caller frees
 *        it with free(3)
 * body   exactly these bytes, no newline; the caller frees it with free(3)
 *
 * Errors: ERR_USAGE (no key; a challenge of another medium, or of a type that libacme does not
 * know). RFC 8555 §8.3
 */
ACME_API struct err *acme_challenge_http(struct acme_session *s, const struct acme_challenge *c,
					 char **path, char **body);

/*
 * What to publish in the DNS.
 *
 * owner   "_acme-challenge.example.org", without a trailing dot; the caller frees it with free(3)
 * txt     the value of a TXT record; the caller frees it with free(3). A name and its wildcard
 *         need two records of one owner
 *
 * Errors: as acme_challenge_http(). RFC 8555 §8.4
 */
ACME_API struct err *acme_challenge_dns(struct acme_session *s, const struct acme_challenge *c,
					char **owner, char **txt);

struct acme_tls_proof {
	char *server_name;     /* in the handshake (SNI) */
	char *protocol;        /* ALPN: "acme-tls/1"; NULL: whatever is asked for */
	char *certificate_pem; /* self-signed, for the challenge alone */
};

/*
 * What to show on port 443 by TLS: this certificate to whoever asks for this server name and this
 * protocol, and to nobody else.
 *
 * key   signs the certificate and answers the handshake; not the account's, one for all challenges
 *       will do. ERR_USAGE when its private part lives elsewhere
 * out   filled on success; acme_tls_proof_release() frees what it holds
 *
 * Errors: as acme_challenge_http(). RFC 8737 §3, RFC 8738 §6
 */
ACME_API struct err *acme_challenge_tls(struct acme_session *s, const struct acme_challenge *c,
					const struct acme_key *key, struct acme_tls_proof *out);
ACME_API void acme_tls_proof_release(struct acme_tls_proof *p);

/*
 * Tells the CA that these proofs are published: at most one challenge of each authorization. Those
 * decided already are left alone.
 *
 * A challenge that the CA refuses to look at fails its name only; acme_order_wait_ready() reports
 * it. Errors: ca.h's, but for answers about one challenge. RFC 8555 §7.5.1
 */
ACME_API struct err *acme_challenges_ready(struct acme_session *s, struct acme_challenge *const *c,
					   size_t count);

/*
 * Waits until the CA has validated everything: until the order is ready (or further).
 *
 * timeout_s   seconds; the CA's Retry-After is obeyed, but not past this
 *
 * Errors: ERR_CHALLENGE (names could not be proved: a subproblem for each, with its identifier;
 * the others are valid, see acme_authz_status()), ERR_TIMEOUT, ERR_PROTOCOL (the order went
 * backwards), and ca.h's. RFC 8555 §7.1.6, §7.5.1
 */
ACME_API struct err *acme_order_wait_ready(struct acme_session *s, struct acme_order *o,
					   unsigned timeout_s);

/*
 * Sends the certificate request when the order is ready, and waits until the certificate is made.
 * An order that has been finalized is only waited for.
 *
 * csr, csr_len   PKCS#10 in DER, for exactly the order's names (acme_csr())
 * timeout_s      seconds
 *
 * Errors: ERR_TIMEOUT, ERR_PROTOCOL, and ca.h's; an order that the CA refuses is ERR_PROBLEM with
 * the order's error: "caa", "badCSR", "unauthorized", with a subproblem for each name where the CA
 * tells. RFC 8555 §7.4
 */
ACME_API struct err *acme_order_finalize(struct acme_session *s, struct acme_order *o,
					 const void *csr, size_t csr_len, unsigned timeout_s);

/*
 * Downloads the chain of an order that is valid.
 *
 * preferred_issuer   common name of the issuer of the topmost certificate: the first chain offered
 *                    that has it is taken; when none has, the default chain. NULL: the default
 *                    chain
 * pem                the leaf first, then its issuers, checked to be certificates and nothing
 *                    else; the caller frees it with free(3)
 * preferred_found    out, may be NULL
 *
 * Whether the certificate is for the right key and names is not checked. Errors: ERR_USAGE (the
 * order is not valid), ERR_PROTOCOL (not a chain), and ca.h's. RFC 8555 §7.4.2, §9.1
 */
ACME_API struct err *acme_order_certificate(struct acme_session *s, struct acme_order *o,
					    const char *preferred_issuer, char **pem,
					    bool *preferred_found);

#ifdef __cplusplus
}
#endif
