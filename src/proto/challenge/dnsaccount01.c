/*
 * dns-account-01 (draft-ietf-acme-dns-account-label): as dns-01, but each account has a place of its own below the name, so that
 * several of them can be delegated to different hands.
 */
#include "proto/challenge/registry.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/str.h"
#include "proto/keyauth.h"

enum { LABEL_CHARS = 16 };

/* base32 (RFC 4648 §6) in lower case of the first bytes of SHA-256(account URL): 80 bits, 5 a letter. */
static char *account_label(const char *account_url)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char label[LABEL_CHARS + 1] = { 0 };

	SHA256((const unsigned char *)account_url, strlen(account_url), digest);
	for (size_t i = 0; i < LABEL_CHARS; i++) {
		size_t bit = 5 * i, byte = bit / 8;
		unsigned two = (unsigned)digest[byte] << 8 | digest[byte + 1];

		label[i] = alphabet[two >> (11 - bit % 8) & 31];
	}
	return xstrdup(label);
}

static struct err *prove(struct proof *out, const struct challenge_input *in)
{
	if (!token_is_valid(in->token))
		return err_new(ERR_PROTOCOL, "a dns-account-01 challenge without a usable token");
	if (in->ident->type != IDENT_DNS)
		return err_new(ERR_PROTOCOL,
			       "a dns-account-01 challenge for %s, which is no DNS name",
			       in->ident->value);
	if (in->account_url == NULL || *in->account_url == '\0')
		return err_new(ERR_INTERNAL, "a dns-account-01 challenge without an account URL");
	AUTO(free) char *label = account_label(in->account_url);

	out->medium = MEDIUM_DNS;
	out->key_authorization = key_authorization(in->token, in->thumbprint);
	out->dns_owner = str_fmt("_%s._acme-challenge.%s", label, in->ident->value);
	out->dns_txt = key_authorization_digest(out->key_authorization);
	return NULL;
}

const struct challenge_type challenge_dnsaccount01 = {
	.name = "dns-account-01",
	.alias = "dns-account",
	.medium = MEDIUM_DNS,
	.wildcard = true,
	.per_account = true,
	.prove = prove,
};
