/* Key authorizations (RFC 8555 §8.1) and the values derived from them. */
#pragma once

#include "base/err.h"

bool token_is_valid(const char *token); /* base64url alphabet, 1..LIMIT_TOKEN */
char *key_authorization(const char *token, const char *thumbprint);
char *key_authorization_digest(const char *key_authorization); /* base64url(SHA-256), for dns-01 */
