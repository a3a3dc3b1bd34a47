/* DNS names as certificates and challenges need them. */
#pragma once

#include "base/err.h"

/*
 * A name people typed, made canonical: lower case, one trailing dot removed. ERR_USAGE says what is
 * wrong and the way out: non-ASCII (shows the A-label to use, by libidn2), URL instead of a name,
 * IP address, empty or long label, bad characters, wildcard elsewhere than "*." in front, no dot at
 * all is allowed (private CAs), more than 253 characters.
 */
MUST_CHECK struct err *name_canonical(char **out, const char *typed);

bool name_is_wildcard(const char *name);
const char *name_base(const char *name); /* behind "*."; a loan of name */
