/*
 * A certificate's DER, read by us and by OpenSSL: where both accept it they must have read the
 * same.
 */
#include <openssl/err.h>
#include <stdint.h>
#include <string.h>

#include "pki/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_serial(const struct cert *c, X509 *x)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
	char *hex = n != NULL ? BN_bn2hex(n) : NULL;
	const char *start = hex;

	while (start != NULL && start[0] == '0' && start[1] != '\0')
		start++;
	if (start != NULL && start[0] != '-' && !streq_nocase(start, c->serial_hex))
		abort();
	OPENSSL_free(hex);
	BN_free(n);
}

static void same_dates(const struct cert *c, X509 *x)
{
	if (ASN1_TIME_cmp_time_t(X509_get0_notBefore(x), c->not_before) != 0 ||
	    ASN1_TIME_cmp_time_t(X509_get0_notAfter(x), c->not_after) != 0)
		abort();
}

static void same_key(const struct cert *c, X509 *x)
{
	AUTO(evp_pkey_free) EVP_PKEY *ours = NULL;
	AUTO(err_free) struct err *e = cert_key(&ours, c);
	EVP_PKEY *theirs = X509_get0_pubkey(x);

	if (e == NULL && theirs != NULL && EVP_PKEY_eq(ours, theirs) != 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(cert_free) struct cert *c = NULL;
	AUTO(err_free) struct err *e = cert_from_der(&c, data, size);
	const unsigned char *at = data;

	if (e != NULL)
		return 0;
	X509 *x = d2i_X509(NULL, &at, (long)size);

	if (x != NULL) {
		same_serial(c, x);
		same_dates(c, x);
		same_key(c, x);
	}
	X509_free(x);
	ERR_clear_error();
	return 0;
}
