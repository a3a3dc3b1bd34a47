/* The body of the answer to an http-01 challenge, compared (ca.md 1.5). */
#pragma once

#include "base/buf.h"

/*
 * Both: what is wrong with it, the caller's. quote: with what came; without, an attacker who redirects to a host that only we
 * can reach learns nothing of its pages.
 */
char *body_too_long(const char *url, const struct buf *start, bool quote);
char *body_mismatch(const char *url, const struct buf *body, const char *wanted, bool quote); /* NULL: it matches */
