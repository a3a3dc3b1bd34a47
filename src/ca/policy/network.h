/* Networks as prefixes: "10.0.0.0/8", "2001:db8::/32", "192.0.2.1". */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct networks;

/* ERR_CONFIG names the entry that is no network, or has bits behind its prefix. */
MUST_CHECK struct err *networks_new(struct networks **out, const struct strlist *list);
/* Is the address (text) in one of them? */
bool networks_have(const struct networks *n, const char *address);
void networks_free(struct networks *n);

AUTO_FREE(struct networks, networks_free)
