/*
 * tls-alpn-01 (RFC 8737, RFC 8738 §6): a self-signed certificate for the name and nothing else, with the digest of the key
 * authorization, shown on port 443 to whoever speaks the protocol "acme-tls/1".
 */
#include "proto/challenge/registry.h"

#include <arpa/inet.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "proto/keyauth.h"

#define REVERSE_NAME_MAX 80

/* RFC 8738 §6: SNI carries no addresses, so the name that their PTR record would have. */
static char *reverse_name(const char *ip)
{
	AUTO(buf_release) struct buf b = BUF_INIT(REVERSE_NAME_MAX);
	unsigned char raw[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, ip, raw) == 1) {
		buf_addf(&b, "%u.%u.%u.%u.in-addr.arpa", raw[3], raw[2], raw[1], raw[0]);
		return buf_detach(&b);
	}
	if (inet_pton(AF_INET6, ip, raw) != 1)
		return NULL;
	for (size_t i = sizeof(raw); i-- > 0;)
		buf_addf(&b, "%x.%x.", raw[i] & 15u, raw[i] >> 4);
	buf_adds(&b, "ip6.arpa");
	return buf_detach(&b);
}

static struct err *prove(struct proof *out, const struct challenge_input *in)
{
	bool is_ip = in->ident->type == IDENT_IP;

	if (!token_is_valid(in->token))
		return err_new(ERR_PROTOCOL, "a tls-alpn-01 challenge without a usable token");
	out->medium = MEDIUM_TLS;
	out->tls_server_name = is_ip ? reverse_name(in->ident->value) : xstrdup(in->ident->value);
	if (out->tls_server_name == NULL)
		return err_new(ERR_PROTOCOL, "%s is no IP address", in->ident->value);
	out->tls_protocol = xstrdup("acme-tls/1");
	strlist_add(is_ip ? &out->tls_names.ip : &out->tls_names.dns, in->ident->value);
	out->key_authorization = key_authorization(in->token, in->thumbprint);
	out->tls_has_digest = true;
	SHA256((const unsigned char *)out->key_authorization, strlen(out->key_authorization),
	       out->tls_digest);
	return NULL;
}

const struct challenge_type challenge_tlsalpn01 = {
	.name = "tls-alpn-01",
	.alias = "tls-alpn",
	.medium = MEDIUM_TLS,
	.ip = true,
	.prove = prove,
};
