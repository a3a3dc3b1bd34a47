/* The character classes of HTTP (RFC 9110 §5.6.2, §5.5; RFC 9112 §3). All take whole NUL-ended strings. */
#pragma once

#include <stdbool.h>

bool is_alnum_ascii(char c); /* whatever the locale */
bool is_token_char(char c);
bool is_token(const char *s);          /* at least one */
bool is_field_value(const char *s);    /* visible, space, tab, bytes above 127; may be empty */
bool is_request_target(const char *s); /* visible ASCII, at least one */
