#include "ca/sign/proof.h"

#include <openssl/x509v3.h>

#include "jose/openssl.h"
#include "pki/der.h"
#include "pki/sigalg.h"

static bool decodes(const ASN1_ITEM *item, struct der element)
{
	const unsigned char *at = element.at;
	ASN1_VALUE *value = ASN1_item_d2i(NULL, &at, (long)element.len, item);

	ASN1_item_free(value, item);
	return value != NULL && at == element.at + element.len;
}

static bool extension_decodes(X509_EXTENSION *ext)
{
	const X509V3_EXT_METHOD *method = X509V3_EXT_get(ext);
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(ext);

	return method != NULL && method->it != NULL &&
	       decodes(ASN1_ITEM_ptr(method->it),
		       DER_OF(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)));
}

static void extensions_free(X509_EXTENSIONS *list)
{
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

static bool extensions_decode(struct der element)
{
	const unsigned char *at = element.at;
	X509_EXTENSIONS *list = d2i_X509_EXTENSIONS(NULL, &at, (long)element.len);
	bool good = list != NULL && at == element.at + element.len;

	for (int i = 0; good && i < sk_X509_EXTENSION_num(list); i++)
		good = extension_decodes(sk_X509_EXTENSION_value(list, i));
	extensions_free(list);
	return good;
}

static bool take(struct der *in, const ASN1_ITEM *item)
{
	struct der element = *in;
	struct der contents;
	unsigned tag;

	if (!der_any(in, &tag, &contents))
		return false;
	element.len = (size_t)(in->at - element.at);
	return item == NULL || decodes(item, element);
}

/* TBSCertificate behind its version (RFC 5280 §4.1). */
static bool tbs_decodes(struct der tbs)
{
	const ASN1_ITEM *const parts[] = {
		ASN1_ITEM_rptr(ASN1_INTEGER), ASN1_ITEM_rptr(X509_ALGOR),
		ASN1_ITEM_rptr(X509_NAME),    ASN1_ITEM_rptr(X509_VAL),
		ASN1_ITEM_rptr(X509_NAME),    NULL, /* the subject's key */
	};
	struct der version, extensions;

	if (!der_take(&tbs, DER_CONSTRUCTED(0), &version) ||
	    !decodes(ASN1_ITEM_rptr(ASN1_INTEGER), version))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (!take(&tbs, parts[i]))
			return false;
	return der_take(&tbs, DER_CONSTRUCTED(3), &extensions) && tbs.len == 0 &&
	       extensions_decode(extensions);
}

static bool is_signed_by(const struct issuer *i, struct der tbs, struct der rest)
{
	struct der algorithm, signature;

	return der_whole(&rest, DER_SEQUENCE, &algorithm) && der_bits(&rest, &signature) &&
	       rest.len == 0 && der_same(algorithm, sigalg_of(i->type)) &&
	       verifying_verify_der(i->verifying, signature.at, signature.len, tbs.at, tbs.len);
}

struct err *proof_certificate(const struct issuer *i, const void *der, size_t len)
{
	struct der in = DER_OF(der, len);
	struct der cert, tbs, body;

	if (!der_take(&in, DER_SEQUENCE, &cert) || in.len > 0 ||
	    !der_whole(&cert, DER_SEQUENCE, &tbs))
		return err_new(ERR_INTERNAL, "no certificate was written");
	in = tbs;
	if (!der_take(&in, DER_SEQUENCE, &body) || !tbs_decodes(body))
		return openssl_err("OpenSSL does not read the certificate");
	if (!is_signed_by(i, tbs, cert))
		return err_new(ERR_CRYPTO, "the signature is not the issuer's");
	return NULL;
}

struct err *proof_crl(const struct issuer *i, const void *der, size_t len)
{
	const unsigned char *at = der;
	X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)len);
	bool read = crl != NULL && at == (const unsigned char *)der + len;
	bool good = read && X509_CRL_verify(crl, i->key) == 1;

	X509_CRL_free(crl);
	if (!read)
		return openssl_err("OpenSSL does not read the CRL");
	return good ? NULL : openssl_err("the signature is not the issuer's");
}
