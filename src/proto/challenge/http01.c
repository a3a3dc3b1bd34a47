/*
 * http-01 (RFC 8555 §8.3, RFC 8738 §4): the key authorization as a file below a well-known path, on
 * port 80.
 */
#include "proto/challenge/registry.h"

#include "base/str.h"
#include "proto/keyauth.h"

static struct err *prove(struct proof *out, const struct challenge_input *in)
{
	if (!token_is_valid(in->token))
		return err_new(ERR_PROTOCOL, "an http-01 challenge without a usable token");
	out->medium = MEDIUM_HTTP;
	out->key_authorization = key_authorization(in->token, in->thumbprint);
	out->http_path = str_fmt("/.well-known/acme-challenge/%s", in->token);
	out->http_body = xstrdup(out->key_authorization);
	return NULL;
}

const struct challenge_type challenge_http01 = {
	.name = "http-01",
	.alias = "http",
	.medium = MEDIUM_HTTP,
	.ip = true,
	.prove = prove,
};
