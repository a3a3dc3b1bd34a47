/*
 * What is to be judged, and the verdict, as the messages that also travel between perspectives and into `signet-ca judge`.
 *
 * Request: {"identifier":{"type":"dns","value":"example.org"},"wildcard":false,"challenge":"http-01","token":"...",
 * "thumbprint":"...","accountUrl":"https://...","accountAliases":[],"issuerDomains":["ca.example"],"checkCaa":true}
 * Verdict: {"status":"valid","record":{...}} or {"status":"invalid","problem":{...},"record":{...}}
 */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "proto/ident.h"
#include "va/record.h"

struct va_request {
	struct ident ident;             /* without "*." */
	bool wildcard;                  /* the order's name had "*." */
	char *challenge;                /* "http-01" */
	char *token;                    /* NULL for types that have none */
	char *thumbprint;               /* of the account's key; NULL for types that need none */
	char *account_url;              /* NULL: none known */
	struct strlist account_aliases; /* other URLs of the same account, for CAA's accounturi */
	struct strlist issuer_domains; /* who asks, in CAA and dns-persist-01; empty: whom the authority is for */
	bool check_caa;                 /* CAA too, when the challenge is met */
};

MUST_CHECK struct err *va_request_parse(struct va_request *out, const json_t *obj);
json_t *va_request_render(const struct va_request *q);
void va_request_copy(struct va_request *out, const struct va_request *q);
void va_request_release(struct va_request *q);
AUTO_RELEASE(struct va_request, va_request_release)

/* problem NULL: valid. */
json_t *va_verdict_render(const struct err *problem, const struct va_record *record);
/* *problem is the verdict, not a failure of this function. */
MUST_CHECK struct err *va_verdict_parse(struct err **problem, struct va_record **record,
					const json_t *obj);
