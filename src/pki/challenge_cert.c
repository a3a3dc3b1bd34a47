#include "pki/challenge_cert.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/limits.h"
#include "jose/openssl.h"
#include "jose/signature.h"
#include "pki/ext.h"
#include "pki/key.h"
#include "pki/sigalg.h"
#include "pki/spki.h"
#include "pki/x509.h"

static const struct der oid_san = OID_SUBJECT_ALT_NAME;
/* RFC 8737 §3: id-pe-acmeIdentifier */
static const struct der oid_acme = DER_LITERAL("\x2b\x06\x01\x05\x05\x07\x01\x1f");
/* Name { CN = "ACME challenge" }: nobody reads it, but RFC 5280 §4.1.2.4 wants an issuer. */
static const struct der subject = DER_LITERAL("\x30\x19\x31\x17\x30\x15\x06\x03\x55\x04\x03\x0c\x0e"
					      "ACME challenge");

#define DAY_S (24 * 60 * 60)
#define SERIAL_BYTES 16

/* --- making --- */

static void add_validity(struct buf *b, time_t now)
{
	size_t from = b->len;

	der_add_time(b, now - DAY_S);
	der_add_time(b, now + 7 * DAY_S);
	der_wrap(b, from, DER_SEQUENCE);
}

/* Another key is another serial number. */
static struct err *add_serial(struct buf *b, const EVP_PKEY *key, time_t now)
{
	AUTO(buf_release) struct buf seed = BUF_INIT(SPKI_BYTES_MAX + sizeof(now));
	unsigned char digest[SHA256_DIGEST_LENGTH];

	TRY(spki_of_key(&seed, key));
	buf_add(&seed, &now, sizeof(now));
	SHA256((const unsigned char *)buf_str(&seed), seed.len, digest);
	digest[0] = (unsigned char)(digest[0] & 0x7f) | 0x40;
	der_add_unsigned(b, digest, SERIAL_BYTES);
	return NULL;
}

/* RFC 8737 §3: critical, the OCTET STRING of the digest. */
static void add_digest(struct buf *b, const unsigned char *digest)
{
	static const unsigned char yes = 0xff;
	size_t from = b->len;

	der_add(b, DER_OID, oid_acme.at, oid_acme.len);
	der_add(b, DER_BOOLEAN, &yes, 1);
	size_t value = b->len;

	der_add(b, DER_OCTET_STRING, digest, ACME_DIGEST_BYTES);
	der_wrap(b, value, DER_OCTET_STRING);
	der_wrap(b, from, DER_SEQUENCE);
}

static struct err *add_extensions(struct buf *b, const struct cert_names *names,
				  const unsigned char *digest)
{
	size_t all = b->len;

	TRY(cert_names_add_extension(b, names));
	if (digest != NULL)
		add_digest(b, digest);
	der_wrap(b, all, DER_SEQUENCE);
	der_wrap(b, all, DER_CONSTRUCTED(3));
	return NULL;
}

struct recipe {
	const EVP_PKEY *key;
	struct der algorithm;
	const struct cert_names *names;
	const unsigned char *digest;
	time_t now;
};

/* TBSCertificate (RFC 5280 §4.1) */
static struct err *add_tbs(struct buf *b, const struct recipe *r)
{
	static const unsigned char v3 = 2;
	size_t from = b->len;

	der_add(b, DER_INTEGER, &v3, 1);
	der_wrap(b, from, DER_CONSTRUCTED(0));
	TRY(add_serial(b, r->key, r->now));
	buf_add(b, r->algorithm.at, r->algorithm.len);
	buf_add(b, subject.at, subject.len);
	add_validity(b, r->now);
	buf_add(b, subject.at, subject.len);
	TRY(spki_of_key(b, r->key));
	TRY(add_extensions(b, r->names, r->digest));
	der_wrap(b, from, DER_SEQUENCE);
	return buf_check(b, "the challenge certificate");
}

struct err *challenge_cert_make(struct buf *der, EVP_PKEY *key, const struct cert_names *names,
				const unsigned char *digest, time_t now)
{
	AUTO(signing_free) struct signing *signing = NULL;
	AUTO(buf_release) struct buf signature = BUF_INIT(RSA_BITS_MAX / 8);
	const struct key_type *type = NULL;
	size_t from = der->len;

	TRY(key_type_of(&type, key));
	TRY(signing_new(&signing, key));
	const struct recipe r = { key, sigalg_of(type), names, digest, now };

	TRY(add_tbs(der, &r));
	TRY(signing_sign_der(signing, der->data + from, der->len - from, &signature));
	buf_add(der, r.algorithm.at, r.algorithm.len);
	der_add_bits(der, signature.data, signature.len);
	der_wrap(der, from, DER_SEQUENCE);
	return buf_check(der, "the challenge certificate");
}

/* --- reading --- */

static struct err *decode(X509 **out, const void *der, size_t len)
{
	const unsigned char *at = der;
	AUTO(x509_free) X509 *x = len <= LIMIT_CHAIN_BYTES ? d2i_X509(NULL, &at, (long)len) : NULL;

	if (x == NULL || at != (const unsigned char *)der + len)
		return err_wrap_as(ERR_PARSE, openssl_err("OpenSSL"), "not a certificate");
	*out = MOVE(x);
	return NULL;
}

static bool same_name(X509_NAME *a, X509_NAME *b)
{
	const unsigned char *a_der = NULL;
	const unsigned char *b_der = NULL;
	size_t a_len = 0;
	size_t b_len = 0;

	return X509_NAME_get0_der(a, &a_der, &a_len) == 1 &&
	       X509_NAME_get0_der(b, &b_der, &b_len) == 1 && a_len == b_len &&
	       memcmp(a_der, b_der, a_len) == 0;
}

static bool is_self_signed(X509 *x)
{
	EVP_PKEY *key = X509_get0_pubkey(x);

	return same_name(X509_get_issuer_name(x), X509_get_subject_name(x)) && key != NULL &&
	       X509_verify(x, key) == 1;
}

static bool is_oid(const ASN1_OBJECT *o, struct der oid)
{
	return OBJ_length(o) == oid.len && memcmp(OBJ_get0_data(o), oid.at, oid.len) == 0;
}

static struct err *read_extension(struct challenge_cert *c, X509_EXTENSION *ext)
{
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(ext);
	const ASN1_OBJECT *oid = X509_EXTENSION_get_object(ext);
	const unsigned char *data = ASN1_STRING_get0_data(value);
	size_t len = (size_t)ASN1_STRING_length(value);

	if (is_oid(oid, oid_san)) {
		c->has_san = true;
		buf_add(&c->san, data, len);
		if (!cert_names_parse(&c->names, &c->has_others, DER_OF(data, len)))
			return err_new(ERR_PARSE, "a malformed subjectAltName");
	} else if (is_oid(oid, oid_acme)) {
		c->has_digest = true;
		c->digest_is_critical = X509_EXTENSION_get_critical(ext) == 1;
		buf_add(&c->digest, data, len);
	}
	return NULL;
}

/* RFC 5280 §4.2 */
static struct err *refuse_twins(const X509 *x, int i)
{
	const ASN1_OBJECT *oid = X509_EXTENSION_get_object(X509_get_ext(x, i));

	if (X509_get_ext_by_OBJ(x, oid, i) >= 0)
		return err_new(ERR_PARSE, "an extension twice");
	return NULL;
}

static struct err *read_extensions(struct challenge_cert *c, const X509 *x)
{
	for (int i = 0; i < X509_get_ext_count(x); i++) {
		TRY(refuse_twins(x, i));
		TRY(read_extension(c, X509_get_ext(x, i)));
	}
	TRY(buf_check(&c->san, "subjectAltName"));
	return buf_check(&c->digest, "acmeIdentifier");
}

struct err *challenge_cert_read(struct challenge_cert *out, const void *der, size_t len)
{
	AUTO(challenge_cert_release)
	struct challenge_cert c = { .san = BUF_INIT(LIMIT_CHAIN_BYTES),
				    .digest = BUF_INIT(LIMIT_CHAIN_BYTES) };
	AUTO(x509_free) X509 *x = NULL;

	TRY(decode(&x, der, len));
	TRY(read_extensions(&c, x));
	c.self_signed = is_self_signed(x);
	*out = c;
	c = (struct challenge_cert){ 0 };
	return NULL;
}

void challenge_cert_release(struct challenge_cert *c)
{
	cert_names_release(&c->names);
	buf_release(&c->san);
	buf_release(&c->digest);
}

/* --- judging --- */

static struct err *check_names(const struct challenge_cert *c, const char *dns, const char *ip)
{
	const char *name = dns != NULL ? dns : ip;
	const struct strlist *own = dns != NULL ? &c->names.dns : &c->names.ip;
	const struct strlist *other = dns != NULL ? &c->names.ip : &c->names.dns;

	if (own->count != 1 || other->count != 0)
		return err_new(
			ERR_CHALLENGE,
			"the certificate has a wrong number of identifiers: %zu DNS names and %zu IP "
			"addresses, where there may only be %s",
			c->names.dns.count, c->names.ip.count, name);
	if (!streq_nocase(own->items[0], name))
		return err_new(
			ERR_CHALLENGE,
			"the certificate's identifier does not match expected identifier: it is for "
			"%s, not for %s",
			own->items[0], name);
	return NULL;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool same_but_case(const struct buf *a, const struct buf *b)
{
	if (a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++)
		if (lower(a->data[i]) != lower(b->data[i]))
			return false;
	return true;
}

/* The extension is what we would write, but for the case of letters: nothing hides behind the one name. */
static struct err *check_san_is_plain(const struct challenge_cert *c)
{
	AUTO(buf_release) struct buf plain = BUF_INIT(LIMIT_KIB(1));

	TRY(cert_names_add(&plain, &c->names));
	if (c->has_others || !same_but_case(&plain, &c->san))
		return err_new(ERR_CHALLENGE,
			       "the certificate has unexpected identifiers besides its name");
	return NULL;
}

static void hex(char out[2 * ACME_DIGEST_BYTES + 1], const unsigned char *digest)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < ACME_DIGEST_BYTES; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[2 * ACME_DIGEST_BYTES] = '\0';
}

static struct err *check_digest(const struct challenge_cert *c, const unsigned char *wanted)
{
	struct der value = DER_OF(buf_str(&c->digest), c->digest.len);
	char expected[2 * ACME_DIGEST_BYTES + 1];
	char got[2 * ACME_DIGEST_BYTES + 1];
	struct der digest;

	if (!der_take(&value, DER_OCTET_STRING, &digest) || value.len > 0 ||
	    digest.len != ACME_DIGEST_BYTES)
		return err_new(
			ERR_CHALLENGE,
			"the certificate has a malformed acmeIdentifier extension value: not an OCTET "
			"STRING of 32 bytes");
	if (memcmp(digest.at, wanted, ACME_DIGEST_BYTES) == 0)
		return NULL;
	hex(expected, wanted);
	hex(got, digest.at);
	return err_new(
		ERR_CHALLENGE,
		"the certificate's acmeIdentifier extension does not match this challenge: expected %s "
		"but got %s",
		expected, got);
}

/* RFC 8737 §3, RFC 8738 §6 */
struct err *challenge_cert_check(const struct challenge_cert *c, const char *dns, const char *ip,
				 const unsigned char digest[ACME_DIGEST_BYTES])
{
	if (!c->self_signed)
		return err_new(ERR_CHALLENGE, "the certificate is not self-signed");
	if (!c->has_san)
		return err_new(
			ERR_CHALLENGE,
			"the certificate's required extension subjectAltName is not present");
	if (!c->has_digest)
		return err_new(ERR_CHALLENGE,
			       "the certificate's required extension acmeIdentifier (OID "
			       "1.3.6.1.5.5.7.1.31) is not present");
	TRY(check_names(c, dns, ip));
	TRY(check_san_is_plain(c));
	if (!c->digest_is_critical)
		return err_new(ERR_CHALLENGE,
			       "the certificate's acmeIdentifier extension is not critical");
	return check_digest(c, digest);
}
