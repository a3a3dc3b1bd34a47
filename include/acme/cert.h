/* Certificates after issuance: revocation (RFC 8555 §7.6) and renewal information (RFC 9773). */
#pragma once

#include <time.h>

#include "acme/ca.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Revokes a certificate.
 *
 * cert_pem, len   the first certificate of this text is meant
 * cert_key        the certificate's own key signs (no account is needed then); NULL: the session's
 *                 account does
 * reason          RFC 5280 §5.3.1 code, 0..10; -1: none is given
 *
 * Errors: ERR_PARSE (no certificate), ERR_USAGE (no account), and ca.h's. Of type
 * "alreadyRevoked", "badRevocationReason", "unauthorized". RFC 8555 §7.6
 */
ACME_API struct err *acme_revoke(struct acme_session *s, const char *cert_pem, size_t len,
				 const struct acme_key *cert_key, int reason);

struct acme_window {
	/* seconds since the epoch, start < end; both 0: the CA offers no renewal information */
	time_t start, end;
	/* why, an http or https URL; NULL: none. The caller frees it with free(3) */
	char *explanation_url;
	/* seconds until it makes sense to ask again, 60..86400 */
	unsigned retry_after_s;
};

/*
 * Asks the CA when to renew a certificate. One GET, not signed: no account is needed.
 *
 * cert_pem, len   the first certificate of this text is meant
 * out             written on success only; renew at a random moment between start and end
 *
 * Errors: ERR_PARSE (no certificate), ERR_CRYPTO (it has no authority key identifier), and ca.h's;
 * ERR_PROTOCOL also for a window that ends before it starts. None of them should keep a
 * certificate from being renewed when its time has come. RFC 9773 §4.2, §4.3
 */
ACME_API struct err *acme_renewal_info(struct acme_session *s, const char *cert_pem, size_t len,
				       struct acme_window *out);

/* One of several questions. */
struct acme_renewal_question {
	const char *cert_pem; /* asked: the first certificate of this text is meant */
	size_t len;
	struct acme_window window; /* answered: as that of acme_renewal_info */
	struct err *err;           /* or why not; the caller frees it with acme_err_free() */
};

/*
 * The same for many certificates, side by side where the CA is far away.
 *
 * q, n   each question has its own answer or error in the end
 *
 * Errors: what keeps all of them from being asked, such as a directory that cannot be fetched; no
 * question has an answer then.
 */
ACME_API struct err *acme_renewal_infos(struct acme_session *s, struct acme_renewal_question *q,
					size_t n);

/*
 * The certificate's name for the CA, for acme_order_request.replaces; the caller frees it with
 * free(3).
 *
 * Errors: ERR_PARSE (no certificate), ERR_CRYPTO (it has no authority key identifier). RFC 9773
 * §4.1
 */
ACME_API struct err *acme_cert_id(const char *cert_pem, size_t len, char **out);

#ifdef __cplusplus
}
#endif
