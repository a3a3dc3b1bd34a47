/* newNonce (RFC 8555 §7.2): HEAD 200, GET 204. */
#include "ca/http/request.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"

static void answer(struct ca_request *r, int status)
{
	ca_header(r, "Cache-Control", "no-store");
	ca_fresh_nonce(r);
	ca_answer_empty(r, status);
}

static void get(struct ca_request *r)
{
	answer(r, streq(r->http->method, "HEAD") ? 200 : 204);
}

static void post(struct ca_request *r)
{
	struct err *e = res_payload_empty(r);

	if (e != NULL)
		res_end(r, e);
	else
		answer(r, 200);
}

const struct resource resource_new_nonce = {
	.field = "newNonce",
	.path = "/acme/new-nonce",
	.get = get,
	.post = post,
};
