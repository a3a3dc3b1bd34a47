#include "ca/sign/authority.h"

#include <openssl/x509v3.h>

#include "base/limits.h"
#include "ca/sign/tbs.h"
#include "jose/openssl.h"
#include "pki/sigalg.h"
#include "pki/spki.h"
#include "pki/x509.h"

#define SERIAL_BYTES 16

/* What the certificate takes from who signs it. */
struct signer {
	struct buf subject, key_id;
	EVP_PKEY *key;
};

static void signer_release(struct signer *s)
{
	buf_release(&s->subject);
	buf_release(&s->key_id);
}
AUTO_RELEASE(struct signer, signer_release)

static struct err *read_signer(struct signer *out, const struct authority_ask *a)
{
	AUTO(x509_free) X509 *x = x509_of(a->by);
	const ASN1_OCTET_STRING *id = x != NULL ? X509_get0_subject_key_id(x) : NULL;
	const unsigned char *name = NULL;
	size_t len = 0;

	if (id == NULL || X509_NAME_get0_der(X509_get_subject_name(x), &name, &len) != 1)
		return openssl_err("the issuer has no subjectKeyIdentifier");
	buf_add(&out->subject, name, len);
	buf_add(&out->key_id, ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id));
	out->key = a->by_key;
	return NULL;
}

static struct der der_of(const struct buf *b)
{
	return DER_OF(buf_str(b), b->len);
}

static struct err *write(struct buf *der, const struct authority_ask *a, const struct signer *s,
			 const unsigned char serial[SERIAL_BYTES])
{
	AUTO(buf_release) struct buf subject = BUF_INIT(LIMIT_NAME);
	AUTO(buf_release) struct buf spki = BUF_INIT(SPKI_BYTES_MAX);
	AUTO(signing_free) struct signing *signing = NULL;
	const struct key_type *type = NULL;
	unsigned char key_id[KEY_ID_BYTES];
	size_t from = der->len;
	bool root = a->by == NULL;

	TRY(key_type_of(&type, s->key));
	TRY(signing_new(&signing, s->key));
	TRY(spki_of_key(&spki, a->key));
	(void)key_id_of(key_id, der_of(&spki));
	name_add(&subject, a->name);
	const struct tbs t = {
		.serial = DER_OF(serial, SERIAL_BYTES),
		.algorithm = sigalg_of(type),
		.issuer = root ? der_of(&subject) : der_of(&s->subject),
		.subject = der_of(&subject),
		.not_before = a->not_before,
		.not_after = a->not_after,
		.spki = der_of(&spki),
		.key_usage = KEY_USAGE_DIGITAL_SIGNATURE | KEY_USAGE_CERT_SIGN | KEY_USAGE_CRL_SIGN,
		.server_auth = !root,
		.ca = true,
		.path_zero = !root,
		.subject_key_id = DER_OF(key_id, sizeof(key_id)),
		.authority_key_id = root ? (struct der){ 0 } : der_of(&s->key_id),
	};

	TRY(tbs_add(der, &t));
	return tbs_sign(der, from, t.algorithm, signing);
}

struct err *authority_make(struct buf *der, const struct authority_ask *a,
			   const struct rand_source *random)
{
	AUTO(signer_release)
	struct signer s = { .subject = BUF_INIT(LIMIT_NAME), .key_id = BUF_INIT(LIMIT_NAME) };
	unsigned char serial[SERIAL_BYTES];

	s.key = a->key;
	if (a->by != NULL)
		TRY(read_signer(&s, a));
	random->bytes(random, serial, sizeof(serial));
	serial[0] = (unsigned char)((serial[0] & 0x3f) | 0x40); /* positive, of full length */
	return write(der, a, &s, serial);
}
