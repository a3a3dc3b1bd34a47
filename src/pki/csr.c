#include "pki/csr.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/limits.h"
#include "jose/signature.h"
#include "pki/ext.h"
#include "pki/pem.h"
#include "pki/sigalg.h"
#include "pki/spki.h"

static const struct der oid_tls_feature = OID_TLS_FEATURE;
static const struct der oid_extension_request = DER_LITERAL("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e");
static const struct der status_request = DER_LITERAL("\x30\x03\x02\x01\x05"); /* RFC 7633 §6 */

static struct err *add_extensions(struct buf *b, const struct cert_names *names, bool must_staple)
{
	TRY(cert_names_add_extension(b, names));
	if (!must_staple)
		return NULL;
	size_t from = b->len;

	der_add(b, DER_OID, oid_tls_feature.at, oid_tls_feature.len);
	der_add(b, DER_OCTET_STRING, status_request.at, status_request.len);
	der_wrap(b, from, DER_SEQUENCE);
	return NULL;
}

/* [0] { SET OF Attribute } with the one attribute extensionRequest (RFC 2985 §5.4.2). */
static struct err *add_attributes(struct buf *b, const struct cert_names *names, bool must_staple)
{
	size_t from = b->len;

	der_add(b, DER_OID, oid_extension_request.at, oid_extension_request.len);
	size_t values = b->len;

	TRY(add_extensions(b, names, must_staple));
	der_wrap(b, values, DER_SEQUENCE);
	der_wrap(b, values, DER_SET);
	der_wrap(b, from, DER_SEQUENCE);
	der_wrap(b, from, DER_CONSTRUCTED(0));
	return NULL;
}

/* CertificationRequestInfo (RFC 2986 §4.1) */
static struct err *add_info(struct buf *b, const EVP_PKEY *key, const struct cert_names *names,
			    bool must_staple)
{
	size_t from = b->len;

	der_add_unsigned(b, "", 1);        /* version v1 (0) */
	der_add(b, DER_SEQUENCE, NULL, 0); /* subject */
	TRY(spki_of_key(b, key));
	TRY(add_attributes(b, names, must_staple));
	der_wrap(b, from, DER_SEQUENCE);
	return buf_check(b, "the certificate request");
}

struct err *csr_build(struct buf *der, EVP_PKEY *key, const struct cert_names *names,
		      bool must_staple)
{
	AUTO(signing_free) struct signing *signing = NULL;
	AUTO(buf_release) struct buf signature = BUF_INIT(RSA_BITS_MAX / 8);
	const struct key_type *type = NULL;
	size_t from = der->len;

	TRY(key_type_of(&type, key));
	TRY(signing_new(&signing, key));
	TRY(add_info(der, key, names, must_staple));
	TRY(signing_sign_der(signing, der->data + from, der->len - from, &signature));
	struct der algorithm = sigalg_of(type);

	buf_add(der, algorithm.at, algorithm.len);
	der_add_bits(der, signature.data, signature.len);
	der_wrap(der, from, DER_SEQUENCE);
	return buf_check(der, "the certificate request");
}

static bool read_san(void *into, struct der value)
{
	struct csr *c = into;

	return cert_names_parse(&c->names, &c->has_other_names, value);
}

static bool read_tls_feature(void *into, struct der value)
{
	struct csr *c = into;
	struct der list, feature;

	if (!der_take(&value, DER_SEQUENCE, &list) || value.len > 0)
		return false;
	while (list.len > 0) {
		if (!der_unsigned(&list, &feature))
			return false;
		if (feature.len == 1 && feature.at[0] == 5)
			c->must_staple = true;
	}
	return true;
}

static const struct extension_row extension_rows[] = {
	{ OID_SUBJECT_ALT_NAME, read_san, "subjectAltName" },
	{ OID_TLS_FEATURE, read_tls_feature, "TLS feature" },
};

static struct err *read_attributes(struct csr *c, struct der attributes)
{
	struct der attribute, oid, values, extensions;
	bool seen = false;

	while (attributes.len > 0) {
		if (!der_take(&attributes, DER_SEQUENCE, &attribute) ||
		    !der_take(&attribute, DER_OID, &oid) ||
		    !der_take(&attribute, DER_SET, &values) || attribute.len > 0)
			return err_new(ERR_PARSE, "a malformed attribute");
		if (!der_same(oid, oid_extension_request))
			continue;
		if (seen || !der_whole(&values, DER_SEQUENCE, &extensions) || values.len > 0)
			return err_new(ERR_PARSE, "malformed requested extensions");
		seen = true;
		TRY(extensions_read(extensions, extension_rows, ARRAY_LEN(extension_rows), c));
	}
	return NULL;
}

static void add_common(struct strlist *out, const struct csr *c, const char *common)
{
	AUTO(free) char *lower = xstrdup(common);

	str_lower(lower);
	if (*lower != '\0' && !strlist_has(&c->names.dns, lower) &&
	    !strlist_has(&c->names.ip, lower))
		(void)strlist_add_unique(out, lower);
}

/* A request is for each of its common names too: what is not ordered must not be passed over. */
static void names_first(struct csr *c, const struct strlist *commons)
{
	struct strlist dns = { 0 };

	for (size_t i = 0; i < commons->count; i++)
		add_common(&dns, c, commons->items[i]);
	strlist_add_all(&dns, &c->names.dns);
	strlist_release(&c->names.dns);
	c->names.dns = dns;
}

static struct err *read_info(struct csr *c, struct der info, const EVP_PKEY *like)
{
	AUTO(strlist_release) struct strlist commons = { 0 };
	struct der version, subject, spki, attributes;

	if (!der_unsigned(&info, &version) || !der_whole(&info, DER_SEQUENCE, &subject) ||
	    !name_commons(&commons, subject))
		return err_new(ERR_PARSE, "a malformed subject");
	c->common_name = commons.count > 0 ? xstrdup(commons.items[0]) : NULL;
	if (!der_whole(&info, DER_SEQUENCE, &spki))
		return err_new(ERR_PARSE, "a malformed public key");
	if (!spki_numbers(&c->numbers, spki))
		return err_new(ERR_CRYPTO, "a public key that is neither RSA, ECDSA nor Ed25519");
	TRY(numbers_to_key_like(&c->key, &c->numbers, like));
	if (!der_take(&info, DER_CONSTRUCTED(0), &attributes) || info.len > 0)
		return err_new(ERR_PARSE, "malformed attributes");
	TRY(read_attributes(c, attributes));
	names_first(c, &commons);
	return NULL;
}

static struct err *read_request(struct csr *c, const EVP_PKEY *like)
{
	struct der all = DER_OF(c->der.data, c->der.len);
	struct der body, info, info_body, algorithm, signature;

	if (!der_take(&all, DER_SEQUENCE, &body) || all.len > 0)
		return err_new(ERR_PARSE, "not a PKCS #10 request");
	if (!der_whole(&body, DER_SEQUENCE, &info) || !der_whole(&body, DER_SEQUENCE, &algorithm) ||
	    !der_bits(&body, &signature) || body.len > 0)
		return err_new(ERR_PARSE, "not a PKCS #10 request");
	struct der whole = info;

	if (!der_take(&whole, DER_SEQUENCE, &info_body))
		return err_new(ERR_PARSE, "not a PKCS #10 request");
	TRY(read_info(c, info_body, like));
	switch (sigalg_verify(c->key, algorithm, signature, info)) {
	case SIGALG_GOOD:
		return NULL;
	case SIGALG_BAD:
		return err_new(ERR_CRYPTO, "its signature is not its key's");
	case SIGALG_UNKNOWN:
		return err_new(ERR_CRYPTO, "a signature algorithm that is not allowed");
	}
	return NULL;
}

static struct err *read_pem(struct buf *out, const void *data, size_t len)
{
	struct pem text = PEM_OF((const char *)data, len, PEM_ANY_TEXT);
	struct pem_block block;
	bool found = false;

	TRY(pem_next(&text, &block, &found));
	if (!found)
		return err_new(ERR_PARSE, "neither PEM nor DER");
	if (!pem_is(&block, "CERTIFICATE REQUEST") && !pem_is(&block, "NEW CERTIFICATE REQUEST"))
		return err_new(ERR_PARSE, "a PEM block %.*s, not a request", (int)block.label_len,
			       block.label);
	return pem_decode(out, &block);
}

static struct err *parse(struct csr *c, const void *data, size_t len, const EVP_PKEY *like)
{
	const unsigned char *bytes = data;

	if (len > LIMIT_CHAIN_BYTES)
		return err_new(ERR_LIMIT, "more than %zu bytes", LIMIT_CHAIN_BYTES);
	if (len > 0 && bytes[0] == DER_SEQUENCE)
		buf_add(&c->der, data, len);
	else
		TRY(read_pem(&c->der, data, len));
	return read_request(c, like);
}

struct err *csr_parse(struct csr **out, const void *data, size_t len)
{
	return csr_parse_like(out, data, len, NULL);
}

struct err *csr_parse_like(struct csr **out, const void *data, size_t len, const EVP_PKEY *like)
{
	AUTO(csr_free) struct csr *c = xcalloc(1, sizeof(*c));

	c->der = BUF_INIT(LIMIT_CHAIN_BYTES);
	TRY_WRAP(parse(c, data, len, like), "certificate request");
	*out = MOVE(c);
	return NULL;
}

void csr_free(struct csr *c)
{
	if (c == NULL)
		return;
	buf_release(&c->der);
	cert_names_release(&c->names);
	free(c->common_name);
	EVP_PKEY_free(c->key);
	free(c);
}
