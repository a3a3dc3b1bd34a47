/* Keys known to be weak or compromised: the SHA-256 of their SubjectPublicKeyInfo. */
#pragma once

#include "base/err.h"
#include "base/mem.h"

struct blocked_keys;

/* 64 hex digits a line; '#' begins a comment. ERR_CONFIG names the line that is something else. */
MUST_CHECK struct err *blocked_keys_load(struct blocked_keys **out, const char *path);
MUST_CHECK struct err *blocked_keys_parse(struct blocked_keys **out, const char *text);
bool blocked_keys_have(const struct blocked_keys *b, const unsigned char digest[32]);
void blocked_keys_free(struct blocked_keys *b);

AUTO_FREE(struct blocked_keys, blocked_keys_free)
