/* A certificate with a chain (RFC 8555 §7.4.2; ca.md 5.8). */
#include "base/limits.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "ca/res/url.h"
#include "ca/sign/sign.h"
#include "proto/problem.h"

#define CHAIN_TYPE "application/pem-certificate-chain"

static const char *serial_of(const struct ca_request *r)
{
	return r->ids.items[0];
}

static struct err *chain_number(size_t *out, const struct ca_request *r)
{
	int64_t n = 0;

	if (r->ids.count > 1 && !str_to_int(r->ids.items[1], 0, INT32_MAX, &n))
		return problem_new("malformed", "the number of a chain is 0 or more");
	*out = (size_t)n;
	return NULL;
}

/* RFC 8555 §7.4.2: each other chain is an alternate. */
static void link_others(struct ca_request *r, const char *issuer, size_t shown)
{
	size_t count = sign_chain_count(r->ca->sign, issuer);

	for (size_t n = 0; n < count; n++) {
		AUTO(free) char *url = url_chain(r, serial_of(r), n);

		if (n != shown)
			ca_link(r, "alternate", url);
	}
}

static struct err *show_chain(struct ca_request *r, const struct store_cert *c, size_t n)
{
	AUTO(buf_release) struct buf pem = BUF_INIT(LIMIT_CHAIN_BYTES);

	if (!sign_chain(&pem, r->ca->sign, c->issuer, n, c->der, c->der_len))
		return ca_not_found("the certificate has no chain %zu", n);
	TRY(buf_check(&pem, "the chain"));
	link_others(r, c->issuer, n);
	ca_answer_bytes(r, 200, CHAIN_TYPE, pem.data, pem.len);
	return NULL;
}

static struct err *found(struct ca_request *r, struct store_answer *a)
{
	size_t n = 0;

	if (a->outcome != STORE_DONE)
		return ca_not_found("no such certificate");
	if (r->jws != NULL && a->certs[0].account_id != r->jws->account_id)
		return problem_new("unauthorized", "this certificate is another account's");
	TRY(chain_number(&n, r));
	return show_chain(r, &a->certs[0], n);
}

static struct err *start(struct ca_request *r)
{
	size_t n = 0;

	TRY(res_payload_empty(r));
	TRY(chain_number(&n, r));
	store_cert_by_serial(r->ca->store, res_then(r, found), serial_of(r));
	return NULL;
}

static void show(struct ca_request *r)
{
	res_end(r, start(r));
}

const struct resource resource_cert = {
	.path = "/acme/cert",
	.min_ids = 1,
	.max_ids = 2,
	.get = show,
	.post = show,
	.get_by_quirk = true,
};
