/* Which server_name a request's name belongs to, by nginx's rules: exact, then the longest "*.x", the longest "x.*", the first regex. */
#pragma once

#include "base/err.h"

/* Worse ones first. ".x" is exact for x and "*.x" for what is below it. */
enum fit_kind { FIT_NONE, FIT_REGEX, FIT_TAIL, FIT_HEAD, FIT_EXACT };

struct fit {
	enum fit_kind kind;
	size_t length; /* of the wildcard: more is better */
};

/* All but regexes; name in lower case. */
struct fit server_name_fit(const char *pattern, const char *name);
bool fit_is_better(const struct fit *a, const struct fit *b);

bool server_name_is_regex(const char *pattern);
/* ERR_CONFIG: PCRE does not take it, so nginx does not either. */
MUST_CHECK struct err *server_name_regex_fits(bool *out, const char *pattern, const char *name);
