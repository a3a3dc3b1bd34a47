#include "ca/sign/tbs.h"

#include <openssl/objects.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/limits.h"
#include "ca/sign/oids.h"
#include "jose/keytype.h"

#define TAG_URI DER_CONTEXT(6)

void name_add(struct buf *b, const char *common_name)
{
	static const struct der oid = OID_COMMON_NAME;
	size_t from = b->len;

	if (common_name != NULL) {
		der_add(b, DER_OID, oid.at, oid.len);
		der_add(b, DER_UTF8_STRING, common_name, strlen(common_name));
		der_wrap(b, from, DER_SEQUENCE);
		der_wrap(b, from, DER_SET);
	}
	der_wrap(b, from, DER_SEQUENCE);
}

bool key_id_of(unsigned char out[KEY_ID_BYTES], struct der spki)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct der body, algorithm, bits;

	if (!der_take(&spki, DER_SEQUENCE, &body) || !der_take(&body, DER_SEQUENCE, &algorithm) ||
	    !der_bits(&body, &bits))
		return false;
	SHA256(bits.at, bits.len, digest);
	memcpy(out, digest, KEY_ID_BYTES);
	return true;
}

static void add_true(struct buf *b)
{
	der_add(b, DER_BOOLEAN, "\xff", 1);
}

void extension_add(struct buf *b, struct der oid, bool critical, const struct buf *value)
{
	size_t from = b->len;

	der_add(b, DER_OID, oid.at, oid.len);
	if (critical)
		add_true(b);
	der_add(b, DER_OCTET_STRING, value->data, value->len);
	der_wrap(b, from, DER_SEQUENCE);
}

void authority_key_id_add(struct buf *b, struct der key_id)
{
	size_t from = b->len;

	der_add(b, DER_CONTEXT(0), key_id.at, key_id.len);
	der_wrap(b, from, DER_SEQUENCE);
}

void distribution_point_add(struct buf *b, const char *url)
{
	size_t from = b->len;

	der_add(b, TAG_URI, url, strlen(url));
	der_wrap(b, from, DER_CONSTRUCTED(0));
	der_wrap(b, from, DER_CONSTRUCTED(0));
}

/* --- each extension: its value, or nothing */

/* A BIT STRING of named bits ends with its last one (X.690 §11.2.2). */
static struct err *add_key_usage(struct buf *b, const struct tbs *t)
{
	unsigned char bits[2] = { 0, (unsigned char)t->key_usage };

	if (t->key_usage == 0)
		return NULL;
	while ((t->key_usage >> bits[0] & 1) == 0)
		bits[0]++;
	der_add(b, DER_BIT_STRING, bits, sizeof(bits));
	return NULL;
}

static struct err *add_extended_key_usage(struct buf *b, const struct tbs *t)
{
	static const struct der oid = OID_SERVER_AUTH;
	size_t from = b->len;

	if (!t->server_auth)
		return NULL;
	der_add(b, DER_OID, oid.at, oid.len);
	der_wrap(b, from, DER_SEQUENCE);
	return NULL;
}

/* cA FALSE is its default, so the sequence is empty (X.690 §11.5). */
static struct err *add_basic_constraints(struct buf *b, const struct tbs *t)
{
	size_t from = b->len;

	if (t->ca)
		add_true(b);
	if (t->ca && t->path_zero)
		der_add(b, DER_INTEGER, "\0", 1);
	der_wrap(b, from, DER_SEQUENCE);
	return NULL;
}

static struct err *add_subject_key_id(struct buf *b, const struct tbs *t)
{
	if (t->subject_key_id.len > 0)
		der_add(b, DER_OCTET_STRING, t->subject_key_id.at, t->subject_key_id.len);
	return NULL;
}

static struct err *add_authority_key_id(struct buf *b, const struct tbs *t)
{
	if (t->authority_key_id.len > 0)
		authority_key_id_add(b, t->authority_key_id);
	return NULL;
}

static struct err *add_authority_info_access(struct buf *b, const struct tbs *t)
{
	static const struct der oid = OID_CA_ISSUERS;
	size_t from = b->len;

	if (t->caissuers_url == NULL)
		return NULL;
	der_add(b, DER_OID, oid.at, oid.len);
	der_add(b, TAG_URI, t->caissuers_url, strlen(t->caissuers_url));
	der_wrap(b, from, DER_SEQUENCE);
	der_wrap(b, from, DER_SEQUENCE);
	return NULL;
}

static struct err *add_subject_alt_name(struct buf *b, const struct tbs *t)
{
	return t->names != NULL ? cert_names_add(b, t->names) : NULL;
}

static struct err *add_policy(struct buf *b, const char *text)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(text, 1);
	size_t from = b->len;

	if (oid == NULL)
		return err_new(ERR_CONFIG, "%s is no object identifier", text);
	der_add(b, DER_OID, OBJ_get0_data(oid), OBJ_length(oid));
	ASN1_OBJECT_free(oid);
	der_wrap(b, from, DER_SEQUENCE);
	return NULL;
}

static struct err *add_policies(struct buf *b, const struct tbs *t)
{
	size_t from = b->len;

	if (t->policies == NULL || t->policies->count == 0)
		return NULL;
	for (size_t i = 0; i < t->policies->count; i++)
		TRY(add_policy(b, t->policies->items[i]));
	der_wrap(b, from, DER_SEQUENCE);
	return NULL;
}

static struct err *add_crl_distribution_points(struct buf *b, const struct tbs *t)
{
	size_t from = b->len;

	if (t->crl_url == NULL)
		return NULL;
	distribution_point_add(b, t->crl_url);
	der_wrap(b, from, DER_SEQUENCE);
	der_wrap(b, from, DER_SEQUENCE);
	return NULL;
}

static bool always(const struct tbs *t)
{
	(void)t;
	return true;
}

static bool never(const struct tbs *t)
{
	(void)t;
	return false;
}

/* RFC 5280 §4.2.1.6: whoever reads a certificate without subject has to understand its names. */
static bool without_subject(const struct tbs *t)
{
	struct der name = t->subject;
	struct der parts;

	return der_take(&name, DER_SEQUENCE, &parts) && parts.len == 0;
}

static const struct {
	struct der oid;
	bool (*critical)(const struct tbs *t);
	struct err *(*add)(struct buf *b, const struct tbs *t);
} extensions[] = {
	{ OID_KEY_USAGE, always, add_key_usage },
	{ OID_EXTENDED_KEY_USAGE, never, add_extended_key_usage },
	{ OID_BASIC_CONSTRAINTS, always, add_basic_constraints },
	{ OID_SUBJECT_KEY_ID, never, add_subject_key_id },
	{ OID_AUTHORITY_KEY_ID, never, add_authority_key_id },
	{ OID_AUTHORITY_INFO_ACCESS, never, add_authority_info_access },
	{ OID_SUBJECT_ALT_NAME, without_subject, add_subject_alt_name },
	{ OID_CERTIFICATE_POLICIES, never, add_policies },
	{ OID_CRL_DISTRIBUTION_POINTS, never, add_crl_distribution_points },
};

static struct err *add_extensions(struct buf *b, const struct tbs *t)
{
	AUTO(buf_release) struct buf value = BUF_INIT(LIMIT_CERTIFICATE);
	size_t from = b->len;

	for (size_t i = 0; i < ARRAY_LEN(extensions); i++) {
		buf_reset(&value);
		TRY(extensions[i].add(&value, t));
		TRY(buf_check(&value, "an extension"));
		if (value.len > 0)
			extension_add(b, extensions[i].oid, extensions[i].critical(t), &value);
	}
	der_wrap(b, from, DER_SEQUENCE);
	der_wrap(b, from, DER_CONSTRUCTED(3));
	return NULL;
}

static void add_der(struct buf *b, struct der element)
{
	buf_add(b, element.at, element.len);
}

static void add_validity(struct buf *b, const struct tbs *t)
{
	size_t from = b->len;

	der_add_time(b, t->not_before);
	der_add_time(b, t->not_after);
	der_wrap(b, from, DER_SEQUENCE);
}

struct err *tbs_add(struct buf *b, const struct tbs *t)
{
	size_t from = b->len;

	der_add(b, DER_INTEGER, "\2", 1); /* v3 */
	der_wrap(b, from, DER_CONSTRUCTED(0));
	der_add_unsigned(b, t->serial.at, t->serial.len);
	add_der(b, t->algorithm);
	add_der(b, t->issuer);
	add_validity(b, t);
	add_der(b, t->subject);
	add_der(b, t->spki);
	TRY(add_extensions(b, t));
	der_wrap(b, from, DER_SEQUENCE);
	return buf_check(b, "the certificate");
}

struct err *tbs_sign(struct buf *b, size_t from, struct der algorithm,
		     const struct signing *signing)
{
	AUTO(buf_release) struct buf signature = BUF_INIT(RSA_BITS_MAX / 8);

	TRY(buf_check(b, "what is to be signed"));
	TRY(signing_sign_der(signing, b->data + from, b->len - from, &signature));
	add_der(b, algorithm);
	der_add_bits(b, signature.data, signature.len);
	der_wrap(b, from, DER_SEQUENCE);
	return buf_check(b, "what was signed");
}
