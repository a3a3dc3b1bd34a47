#include "ca/sign/crl.h"

#include "base/limits.h"
#include "ca/sign/oids.h"
#include "ca/sign/serial.h"
#include "ca/sign/tbs.h"
#include "pki/sigalg.h"

#define DER_ENUMERATED 0x0a

/* RFC 5280 §5.3.1: unspecified (0) is said by saying nothing. */
static void add_reason(struct buf *b, int reason)
{
	static const struct der oid = OID_CRL_REASON;
	AUTO(buf_release) struct buf value = BUF_INIT(8);
	const unsigned char code = (unsigned char)reason;
	size_t from = b->len;

	if (reason == 0)
		return;
	der_add(&value, DER_ENUMERATED, &code, 1);
	extension_add(b, oid, false, &value);
	der_wrap(b, from, DER_SEQUENCE);
}

static struct err *add_entry(struct buf *b, const struct sign_revoked *r)
{
	struct serial serial;
	size_t from = b->len;

	TRY(serial_read(&serial, r->serial));
	der_add_unsigned(b, serial.bytes, serial.len);
	der_add_time(b, r->when);
	add_reason(b, r->reason);
	der_wrap(b, from, DER_SEQUENCE);
	return NULL;
}

/* No list at all rather than an empty one (RFC 5280 §5.1.2.6). */
static struct err *add_entries(struct buf *b, const struct sign_crl_ask *ask)
{
	size_t from = b->len;

	for (size_t i = 0; i < ask->count; i++)
		TRY(add_entry(b, &ask->entries[i]));
	if (ask->count > 0)
		der_wrap(b, from, DER_SEQUENCE);
	return buf_check(b, "the CRL");
}

static void add_number(struct buf *b, int64_t number)
{
	static const struct der oid = OID_CRL_NUMBER;
	AUTO(buf_release) struct buf value = BUF_INIT(16);
	unsigned char bytes[8];
	size_t skip = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)((uint64_t)number >> (56 - 8 * i));
	while (skip < sizeof(bytes) - 1 && bytes[skip] == 0)
		skip++;
	der_add_unsigned(&value, bytes + skip, sizeof(bytes) - skip);
	extension_add(b, oid, false, &value);
}

static void add_authority(struct buf *b, const struct issuer *i)
{
	static const struct der oid = OID_AUTHORITY_KEY_ID;
	AUTO(buf_release) struct buf value = BUF_INIT(LIMIT_KIB(2));

	authority_key_id_add(&value, DER_OF(i->key_id.data, i->key_id.len));
	extension_add(b, oid, false, &value);
}

/* RFC 5280 §5.2.5: critical, so that nobody takes a shard for the whole; it lists no CA certificates. */
static void add_scope(struct buf *b, const char *url)
{
	static const struct der oid = OID_ISSUING_DISTRIBUTION_POINT;
	AUTO(buf_release) struct buf value = BUF_INIT(LIMIT_KIB(4));

	distribution_point_add(&value, url);
	der_add(&value, DER_CONTEXT(1), "\xff", 1); /* onlyContainsUserCerts */
	der_wrap(&value, 0, DER_SEQUENCE);
	extension_add(b, oid, true, &value);
}

static void add_extensions(struct buf *b, const struct issuer *i, const struct sign_crl_ask *ask)
{
	AUTO(free) char *url = issuer_crl_url(i->config, ask->shard);
	size_t from = b->len;

	add_authority(b, i);
	add_number(b, ask->number);
	add_scope(b, url);
	der_wrap(b, from, DER_SEQUENCE);
	der_wrap(b, from, DER_CONSTRUCTED(0));
}

struct err *crl_write(struct buf *der, const struct issuer *i, const struct sign_crl_ask *ask)
{
	struct der algorithm = sigalg_of(i->type);
	size_t from = der->len;

	der_add(der, DER_INTEGER, "\1", 1); /* v2 */
	buf_add(der, algorithm.at, algorithm.len);
	buf_add(der, i->subject.data, i->subject.len);
	der_add_time(der, ask->now);
	der_add_time(der, ask->now + i->config->crl_lifetime_s);
	TRY(add_entries(der, ask));
	add_extensions(der, i, ask);
	der_wrap(der, from, DER_SEQUENCE);
	return tbs_sign(der, from, algorithm, i->signing);
}
