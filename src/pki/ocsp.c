#include "pki/ocsp.h"

#include <openssl/ocsp.h>

#include "jose/openssl.h"
#include "pki/x509.h"

enum { SKEW_S = 5 * 60 };

/* A certificate and who is to answer for it, as OpenSSL wants them. */
struct subject {
	X509 *cert, *issuer;
	OCSP_CERTID *id;
};

static void subject_release(struct subject *s)
{
	X509_free(s->cert);
	X509_free(s->issuer);
	OCSP_CERTID_free(s->id);
}
AUTO_RELEASE(struct subject, subject_release)

static struct err *subject_init(struct subject *s, const struct cert *c, const struct cert *issuer)
{
	s->cert = x509_of(c);
	s->issuer = x509_of(issuer);
	s->id = s->cert != NULL && s->issuer != NULL ? OCSP_cert_to_id(EVP_sha1(), s->cert, s->issuer) : NULL;
	return s->id != NULL ? NULL : openssl_err("the certificate or its issuer");
}

static void request_free(OCSP_REQUEST *r)
{
	OCSP_REQUEST_free(r);
}
AUTO_FREE(OCSP_REQUEST, request_free)

struct err *ocsp_question(struct buf *der, const struct cert *c, const struct cert *issuer)
{
	AUTO(subject_release) struct subject s = { 0 };
	AUTO(request_free) OCSP_REQUEST *request = OCSP_REQUEST_new();
	unsigned char *bytes = NULL;

	TRY(subject_init(&s, c, issuer));
	if (request == NULL || OCSP_request_add0_id(request, s.id) == NULL)
		return openssl_err("an OCSP request");
	s.id = NULL; /* the request's now */
	int len = i2d_OCSP_REQUEST(request, &bytes);

	if (len < 0)
		return openssl_err("an OCSP request");
	buf_add(der, bytes, (size_t)len);
	OPENSSL_free(bytes);
	return buf_check(der, "an OCSP request");
}

static void response_free(OCSP_RESPONSE *r)
{
	OCSP_RESPONSE_free(r);
}
AUTO_FREE(OCSP_RESPONSE, response_free)

static void basic_free(OCSP_BASICRESP *b)
{
	OCSP_BASICRESP_free(b);
}
AUTO_FREE(OCSP_BASICRESP, basic_free)

static struct err *decode(OCSP_BASICRESP **out, const void *der, size_t len)
{
	const unsigned char *at = der;
	AUTO(response_free) OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &at, (long)len);

	if (r == NULL)
		return openssl_err("not an OCSP response");
	int status = OCSP_response_status(r);

	if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		return err_new(ERR_CRYPTO, "the OCSP responder says %s", OCSP_response_status_str(status));
	*out = OCSP_response_get1_basic(r);
	return *out != NULL ? NULL : openssl_err("no basic OCSP response");
}

static void store_free(X509_STORE *s)
{
	X509_STORE_free(s);
}
AUTO_FREE(X509_STORE, store_free)

static void certs_free(STACK_OF(X509) *l)
{
	sk_X509_free(l);
}
typedef STACK_OF(X509) x509_list;
AUTO_FREE(x509_list, certs_free)

/* The issuer itself is trusted, whoever has signed it; what else may answer has its certificate in the response. */
static struct err *check_signature(OCSP_BASICRESP *b, X509 *issuer, time_t now)
{
	AUTO(store_free) X509_STORE *store = X509_STORE_new();
	AUTO(certs_free) x509_list *known = sk_X509_new_null();

	if (store == NULL || known == NULL || X509_STORE_add_cert(store, issuer) != 1 || sk_X509_push(known, issuer) == 0)
		return openssl_err("the issuer");
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), now);
	(void)X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	return OCSP_basic_verify(b, known, store, OCSP_TRUSTOTHER) == 1
		     ? NULL
		     : openssl_err("the OCSP response is not signed by the certificate's issuer, nor for it");
}

static bool is_of_these_days(const ASN1_GENERALIZEDTIME *from, const ASN1_GENERALIZEDTIME *to, time_t now)
{
	return from != NULL && ASN1_TIME_cmp_time_t(from, now + SKEW_S) <= 0 &&
	       (to == NULL || ASN1_TIME_cmp_time_t(to, now - SKEW_S) >= 0);
}

struct err *ocsp_answer(bool *revoked, const void *der, size_t len, const struct cert *c, const struct cert *issuer,
			time_t now)
{
	AUTO(subject_release) struct subject s = { 0 };
	AUTO(basic_free) OCSP_BASICRESP *b = NULL;
	ASN1_GENERALIZEDTIME *from = NULL, *to = NULL;
	int status = V_OCSP_CERTSTATUS_UNKNOWN;

	TRY(subject_init(&s, c, issuer));
	TRY(decode(&b, der, len));
	TRY(check_signature(b, s.issuer, now));
	if (OCSP_resp_find_status(b, s.id, &status, NULL, NULL, &from, &to) != 1)
		return err_new(ERR_CRYPTO, "the OCSP response is about another certificate");
	if (!is_of_these_days(from, to, now))
		return err_new(ERR_CRYPTO, "the OCSP response is not of these days");
	*revoked = status == V_OCSP_CERTSTATUS_REVOKED;
	return NULL;
}
