/*
 * tls-sni-01 (draft-ietf-acme-acme-03 §7.3, as Let's Encrypt ran it until 2019): a certificate for a made-up name below
 * .acme.invalid. Where hosts are shared, other tenants can show it too: it proves nothing there.
 */
#include "proto/challenge/registry.h"

#include "base/str.h"
#include "proto/challenge/sni_name.h"
#include "proto/keyauth.h"

static struct err *prove(struct proof *out, const struct challenge_input *in)
{
	if (!token_is_valid(in->token))
		return err_new(ERR_PROTOCOL, "a tls-sni-01 challenge without a usable token");
	out->medium = MEDIUM_TLS;
	out->key_authorization = key_authorization(in->token, in->thumbprint);
	out->tls_server_name = sni_name(out->key_authorization, "acme.invalid");
	strlist_add(&out->tls_names.dns, out->tls_server_name);
	return NULL;
}

const struct challenge_type challenge_tlssni01 = {
	.name = "tls-sni-01",
	.alias = "tls-sni",
	.medium = MEDIUM_TLS,
	.historical = true,
	.prove = prove,
};
