/* dns-01 (RFC 8555 §8.4): the digest of the key authorization in a TXT record below the name. */
#include "proto/challenge/registry.h"

#include "base/str.h"
#include "proto/keyauth.h"

static struct err *prove(struct proof *out, const struct challenge_input *in)
{
	if (!token_is_valid(in->token))
		return err_new(ERR_PROTOCOL, "a dns-01 challenge without a usable token");
	if (in->ident->type != IDENT_DNS)
		return err_new(ERR_PROTOCOL, "a dns-01 challenge for %s, which is no DNS name",
			       in->ident->value);
	out->medium = MEDIUM_DNS;
	out->key_authorization = key_authorization(in->token, in->thumbprint);
	out->dns_owner = str_fmt("_acme-challenge.%s", in->ident->value);
	out->dns_txt = key_authorization_digest(out->key_authorization);
	return NULL;
}

const struct challenge_type challenge_dns01 = {
	.name = "dns-01",
	.alias = "dns",
	.medium = MEDIUM_DNS,
	.wildcard = true,
	.prove = prove,
};
