/* Why a certificate is revoked (CRLReason, RFC 5280 §5.3.1), by name: the reasons that can be true of a server's certificate. */
#pragma once

#include <stdbool.h>

enum { REASON_KEY_COMPROMISE = 1 };

/* NULL: none of them. */
const char *reason_name(int code);
/* In any case of letters. */
bool reason_read(int *code, const char *name);
