/* Which signature algorithms accounts may use (RFC 8555 §6.2, ca.md 5.2): those of Let's Encrypt. */
#pragma once

#include "base/json.h"

bool algorithm_is_taken(const char *alg);
/* All of them, for the client that used another. */
json_t *algorithms_json(void);
