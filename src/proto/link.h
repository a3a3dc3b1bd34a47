/*
 * URLs that a CA hands out: what it calls "the order" must be as safe to talk to as the directory
 * was.
 */
#pragma once

#include "base/err.h"

/*
 * ERR_PROTOCOL unless url is an http or https URL within LIMIT_URL, and https where base is https
 * (RFC 8555 §6.1). what: the field, for the message ("finalize").
 */
MUST_CHECK struct err *link_check(const char *base, const char *url, const char *what);
