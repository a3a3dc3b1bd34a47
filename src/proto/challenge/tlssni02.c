/*
 * tls-sni-02 (draft-ietf-acme-acme-05 §7.3, never enabled anywhere): two made-up names. The one of the token goes over the
 * wire as the server name; that of the key authorization is only in the certificate, so a server cannot copy it from there.
 */
#include "proto/challenge/registry.h"

#include "base/str.h"
#include "proto/challenge/sni_name.h"
#include "proto/keyauth.h"

static struct err *prove(struct proof *out, const struct challenge_input *in)
{
	if (!token_is_valid(in->token))
		return err_new(ERR_PROTOCOL, "a tls-sni-02 challenge without a usable token");
	out->medium = MEDIUM_TLS;
	out->key_authorization = key_authorization(in->token, in->thumbprint);
	out->tls_server_name = sni_name(in->token, "token.acme.invalid");
	strlist_add(&out->tls_names.dns, out->tls_server_name);
	strlist_take(&out->tls_names.dns, sni_name(out->key_authorization, "ka.acme.invalid"));
	return NULL;
}

const struct challenge_type challenge_tlssni02 = {
	.name = "tls-sni-02",
	.alias = "tls-sni-02",
	.medium = MEDIUM_TLS,
	.historical = true,
	.prove = prove,
};
