/* An issuer's certificate, where those it signed say that it is (RFC 5280 §4.2.2.1): /issuer/NAME. */
#include "base/buf.h"
#include "ca/http/request.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "ca/sign/sign.h"

#define CERTIFICATE_TYPE "application/pkix-cert"

static struct err *show(struct ca_request *r)
{
	const struct buf *der = sign_issuer_certificate(r->ca->sign, r->ids.items[0]);

	if (der == NULL)
		return ca_not_found("there is no such issuer");
	ca_header(r, "Cache-Control", "public, max-age=86400");
	ca_answer_bytes(r, 200, CERTIFICATE_TYPE, der->data, der->len);
	return NULL;
}

static void get(struct ca_request *r)
{
	res_end(r, show(r));
}

const struct resource resource_issuer = {
	.path = "/issuer",
	.min_ids = 1,
	.max_ids = 1,
	.get = get,
	.plain = true,
};
