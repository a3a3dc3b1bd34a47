/*
 * The right side of `key = value` as ConfigObj reads and writes it: bare, '..', "..", '''..''', """..""", lists by bare
 * commas, a comment behind `#`. There are no escapes: a quoted text ends at the first quote that makes the rest fit.
 */
#pragma once

#include "base/str.h"

struct ini_value {
	struct strlist items;
	bool is_list; /* `a,` is a list of one, `a` is not a list */
};

void ini_value_release(struct ini_value *v);
AUTO_RELEASE(struct ini_value, ini_value_release)

/*
 * Reads one line's value. *body_len: where the white space and comment behind the value start.
 * false: no value by ConfigObj's rules (a quote that does not close, a stray comma, an empty list element).
 */
MUST_CHECK bool ini_value_parse(struct ini_value *out, size_t *body_len, const char *text);

/* The rest of a line holds nothing but white space and a comment. */
bool ini_is_tail(const char *rest);

char *ini_quote(const char *text);      /* a value that is not a list */
char *ini_quote_item(const char *text); /* a key, a section's name or an element of a list */
char *ini_quote_list(const struct strlist *items);
