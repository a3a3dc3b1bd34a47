/* Which contacts an account may have (RFC 8555 §7.3, ca.md 5.5): plain mailto URLs of one address each. */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct ca_config;

/* unsupportedContact, invalidContact, malformed. */
MUST_CHECK struct err *contacts_check(const struct ca_config *c, const struct strlist *contacts);
