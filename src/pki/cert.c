#include "pki/cert.h"

#include <string.h>

#include "base/limits.h"
#include "jose/openssl.h"
#include "pki/der.h"
#include "pki/ext.h"
#include "pki/pem.h"
#include "pki/sigalg.h"
#include "pki/spki.h"

/* The parts of a Certificate (RFC 5280 §4.1), as loans of its DER. */
struct parts {
	struct der tbs, algorithm, signature;
	struct der serial, inner_algorithm, issuer, validity, subject, spki;
	struct der extensions; /* empty if absent */
};

static bool take_outer(struct parts *p, struct der in)
{
	struct der body;

	return der_take(&in, DER_SEQUENCE, &body) && in.len == 0 &&
	       der_whole(&body, DER_SEQUENCE, &p->tbs) &&
	       der_whole(&body, DER_SEQUENCE, &p->algorithm) && der_bits(&body, &p->signature) &&
	       body.len == 0;
}

/* What stands between the key and the extensions: two unique identifiers that nobody uses. */
static bool take_end(struct parts *p, struct der tbs)
{
	struct der skipped;

	(void)der_take(&tbs, DER_CONTEXT(1), &skipped);
	(void)der_take(&tbs, DER_CONTEXT(2), &skipped);
	p->extensions = (struct der){ 0 };
	return tbs.len == 0 || (der_take(&tbs, DER_CONSTRUCTED(3), &p->extensions) && tbs.len == 0);
}

static bool take_inner(struct parts *p)
{
	struct der whole = p->tbs;
	struct der tbs, version;

	if (!der_take(&whole, DER_SEQUENCE, &tbs))
		return false;
	(void)der_take(&tbs, DER_CONSTRUCTED(0), &version);
	return der_take(&tbs, DER_INTEGER, &p->serial) &&
	       der_whole(&tbs, DER_SEQUENCE, &p->inner_algorithm) &&
	       der_whole(&tbs, DER_SEQUENCE, &p->issuer) &&
	       der_take(&tbs, DER_SEQUENCE, &p->validity) &&
	       der_whole(&tbs, DER_SEQUENCE, &p->subject) &&
	       der_whole(&tbs, DER_SEQUENCE, &p->spki) && take_end(p, tbs);
}

static struct err *take_apart(struct parts *p, struct der in)
{
	if (!take_outer(p, in) || !take_inner(p))
		return err_new(ERR_PARSE, "not a certificate");
	if (!der_same(p->algorithm, p->inner_algorithm)) /* RFC 5280 §4.1.1.2 */
		return err_new(ERR_PARSE, "two different signature algorithms");
	return NULL;
}

/* Of a certificate that was taken apart before. */
static struct parts parts_of(const struct cert *c)
{
	struct parts p = { 0 };

	(void)(take_outer(&p, DER_OF(c->der.data, c->der.len)) && take_inner(&p));
	return p;
}

static bool read_san(void *into, struct der value)
{
	struct cert *c = into;
	bool others = false;

	return cert_names_parse(&c->names, &others, value);
}

static bool read_key_id(void *into, struct der value)
{
	struct cert *c = into;
	struct der body, id;

	if (!der_take(&value, DER_SEQUENCE, &body) || value.len > 0)
		return false;
	if (der_take(&body, DER_CONTEXT(0), &id))
		buf_add(&c->authority_key_id, id.at, id.len);
	return !c->authority_key_id.overflow;
}

static bool is_url(struct der text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] <= ' ' || text.at[i] >= 0x7f)
			return false;
	return text.len > 0 && text.len <= LIMIT_URL;
}

/* RFC 5280 §4.2.2.1 */
static bool read_access(void *into, struct der value)
{
	static const struct der ocsp = DER_LITERAL("\x2b\x06\x01\x05\x05\x07\x30\x01");
	struct cert *c = into;
	struct der list, access, method, location;
	unsigned tag;

	if (!der_take(&value, DER_SEQUENCE, &list) || value.len > 0)
		return false;
	while (list.len > 0) {
		if (!der_take(&list, DER_SEQUENCE, &access) ||
		    !der_take(&access, DER_OID, &method) || !der_any(&access, &tag, &location))
			return false;
		if (der_same(method, ocsp) && tag == DER_CONTEXT(6) && is_url(location))
			strlist_take(&c->ocsp_urls,
				     xstrndup((const char *)location.at, location.len));
	}
	return true;
}

static const struct extension_row extension_rows[] = {
	{ OID_SUBJECT_ALT_NAME, read_san, "subjectAltName" },
	{ OID_AUTHORITY_KEY_ID, read_key_id, "authorityKeyIdentifier" },
	{ OID_AUTHORITY_INFO_ACCESS, read_access, "authorityInfoAccess" },
};

#define SERIAL_BYTES_MAX 64 /* RFC 5280 §4.1.2.2 allows 20; private CAs are generous */

static char *hex(const struct buf *bytes)
{
	static const char digits[] = "0123456789abcdef";
	AUTO(free) char *text = xmalloc(2 * bytes->len + 1);
	const char *start = text;

	for (size_t i = 0; i < bytes->len; i++) {
		unsigned char byte = (unsigned char)bytes->data[i];

		text[2 * i] = digits[byte >> 4];
		text[2 * i + 1] = digits[byte & 15];
	}
	text[2 * bytes->len] = '\0';
	while (start[0] == '0' && start[1] != '\0')
		start++;
	return xstrdup(start);
}

static struct err *read_serial(struct cert *c, struct der serial)
{
	if (serial.len == 0 || serial.len > SERIAL_BYTES_MAX)
		return err_new(ERR_PARSE, "a serial number of %zu bytes", serial.len);
	buf_add(&c->serial, serial.at, serial.len);
	c->serial_hex = hex(&c->serial);
	return NULL;
}

static struct err *read_parts(struct cert *c, struct parts *p)
{
	TRY(read_serial(c, p->serial));
	if (!name_common(&c->issuer_cn, p->issuer) || !name_common(&c->subject_cn, p->subject))
		return err_new(ERR_PARSE, "a malformed subject or issuer");
	if (!der_time(&p->validity, &c->not_before) || !der_time(&p->validity, &c->not_after) ||
	    p->validity.len > 0)
		return err_new(ERR_PARSE, "malformed dates");
	buf_add(&c->spki, p->spki.at, p->spki.len);
	if (p->extensions.len == 0)
		return NULL;
	return extensions_read(p->extensions, extension_rows, ARRAY_LEN(extension_rows), c);
}

static struct err *parse(struct cert **out, struct cert *unread)
{
	AUTO(cert_free) struct cert *c = unread;
	struct parts p = { 0 };

	TRY_WRAP(take_apart(&p, DER_OF(c->der.data, c->der.len)), "certificate");
	c->serial = BUF_INIT(SERIAL_BYTES_MAX);
	c->authority_key_id = BUF_INIT(LIMIT_URL);
	c->spki = BUF_INIT(LIMIT_CHAIN_BYTES);
	TRY_WRAP(read_parts(c, &p), "certificate");
	*out = MOVE(c);
	return NULL;
}

static struct cert *new_cert(void)
{
	struct cert *c = xcalloc(1, sizeof(*c));

	c->der = BUF_INIT(LIMIT_CHAIN_BYTES);
	return c;
}

struct err *cert_from_der(struct cert **out, const void *der, size_t len)
{
	AUTO(cert_free) struct cert *c = new_cert();

	buf_add(&c->der, der, len);
	TRY(buf_check(&c->der, "the certificate"));
	return parse(out, MOVE(c));
}

struct err *cert_from_pem(struct cert **out, const char *pem, size_t len)
{
	struct pem text = PEM_OF(pem, len, PEM_ANY_TEXT);
	struct pem_block block = { 0 };
	bool found = true;

	while (found && !pem_is(&block, "CERTIFICATE"))
		TRY(pem_next(&text, &block, &found));
	if (!found)
		return err_new(ERR_PARSE, "no certificate in PEM form");
	AUTO(cert_free) struct cert *c = new_cert();

	TRY(pem_decode(&c->der, &block));
	return parse(out, MOVE(c));
}

void cert_free(struct cert *c)
{
	if (c == NULL)
		return;
	buf_release(&c->der);
	cert_names_release(&c->names);
	free(c->serial_hex);
	free(c->subject_cn);
	free(c->issuer_cn);
	buf_release(&c->serial);
	buf_release(&c->authority_key_id);
	buf_release(&c->spki);
	strlist_release(&c->ocsp_urls);
	free(c);
}

#define SHORT_LIFE_S (10 * 24 * 60 * 60)

time_t cert_due_time(const struct cert *c)
{
	time_t life = c->not_after - c->not_before;

	return c->not_before + (life < SHORT_LIFE_S ? life / 2 : life * 2 / 3);
}

bool cert_is_due(const struct cert *c, time_t now)
{
	return now > cert_due_time(c);
}

bool cert_is_expired(const struct cert *c, time_t now)
{
	return now > c->not_after;
}

bool cert_same(const struct cert *a, const struct cert *b)
{
	return buf_same(&a->der, &b->der);
}

bool cert_covers(const struct cert *c, const struct cert_names *names)
{
	return cert_names_same(&c->names, names);
}

const char *cert_key_family(const struct cert *c)
{
	static const char *const families[] = {
		[KEY_RSA] = "RSA", [KEY_EC] = "ECDSA", [KEY_OKP] = "Ed25519"
	};
	struct key_numbers numbers;

	return spki_numbers(&numbers, DER_OF(c->spki.data, c->spki.len))
		     ? families[numbers.type->kind]
		     : "unknown";
}

/* Two encodings of one key (a compressed point) still are one key. */
static struct err *has_spki(bool *yes, const struct cert *c, const struct buf *spki)
{
	AUTO(evp_pkey_free) EVP_PKEY *own = NULL;
	AUTO(evp_pkey_free) EVP_PKEY *other = NULL;

	*yes = buf_same(&c->spki, spki);
	if (*yes || c->spki.len == spki->len)
		return NULL;
	TRY(cert_key(&own, c));
	TRY(spki_to_key(&other, DER_OF(spki->data, spki->len)));
	*yes = key_same_public(own, other);
	return NULL;
}

struct err *cert_has_key(bool *yes, const struct cert *c, const EVP_PKEY *key)
{
	AUTO(buf_release) struct buf spki = BUF_INIT(SPKI_BYTES_MAX);

	TRY(spki_of_key(&spki, key));
	return has_spki(yes, c, &spki);
}

struct err *cert_has_key_file(bool *yes, const struct cert *c, const char *pem, size_t len)
{
	AUTO(buf_release) struct buf spki = BUF_INIT(SPKI_BYTES_MAX);

	TRY(key_file_spki(&spki, pem, len));
	return has_spki(yes, c, &spki);
}

struct err *cert_key(EVP_PKEY **out, const struct cert *c)
{
	return spki_to_key(out, DER_OF(c->spki.data, c->spki.len));
}

struct err *cert_signed_by(bool *yes, const struct cert *c, const struct cert *issuer)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;

	TRY_WRAP(cert_key(&key, issuer), "key of the issuer %s",
		 issuer->subject_cn != NULL ? issuer->subject_cn : "");
	return cert_signed_by_key(yes, c, key);
}

/* For algorithms that our table lacks, such as RSA-PSS. */
static struct err *verify_by_x509(bool *yes, const struct cert *c, EVP_PKEY *key)
{
	const unsigned char *at = (const unsigned char *)c->der.data;
	X509 *x = d2i_X509(NULL, &at, (long)c->der.len);

	if (x == NULL)
		return openssl_err("a certificate that OpenSSL cannot read");
	*yes = X509_verify(x, key) == 1;
	X509_free(x);
	return NULL;
}

struct err *cert_signed_by_key(bool *yes, const struct cert *c, EVP_PKEY *issuer_key)
{
	struct parts p = parts_of(c);
	enum sigalg_verdict verdict = sigalg_verify(issuer_key, p.algorithm, p.signature, p.tbs);

	if (verdict == SIGALG_UNKNOWN)
		return verify_by_x509(yes, c, issuer_key);
	*yes = verdict == SIGALG_GOOD;
	return NULL;
}

bool cert_names_issuer(const struct cert *c, const struct cert *issuer)
{
	return der_same(parts_of(c).issuer, parts_of(issuer).subject);
}
