/* Host names as certificates may bear them (RFC 1123 §2.1, RFC 5890 §2.3, RFC 6125 §6.4.3), lower case. */
#pragma once

#include "base/err.h"
#include "base/str.h"

/*
 * NULL: fine. ERR_USAGE says what is wrong, to follow the name and a colon. May begin with "*.". private_names: also outside
 * of the Public Suffix List, and of one label.
 */
MUST_CHECK struct err *hostname_check(const char *name, bool private_names);

/*
 * Names as machines make them that order certificates for whatever is asked of them: four labels or more, of which two
 * neighbours are the same of these labels, or three are of them.
 */
bool hostname_repeats(const char *name, const struct strlist *labels);
