#include "proto/keyauth.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "jose/base64url.h"

bool token_is_valid(const char *token)
{
	return strnlen(token, LIMIT_TOKEN + 1) <= LIMIT_TOKEN && base64url_is(token);
}

char *key_authorization(const char *token, const char *thumbprint)
{
	return str_fmt("%s.%s", token, thumbprint);
}

char *key_authorization_digest(const char *key_authorization)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)key_authorization, strlen(key_authorization), digest);
	return base64url_encode(digest, sizeof(digest));
}
