/* The external account binding of a new account (RFC 8555 §7.3.4, ca.md 5.17): the whole check list. Each yields a problem. */
#pragma once

#include <time.h>

#include "base/json.h"
#include "ca/store/object.h"
#include "jose/jws.h"

/* The field as far as it can be judged without its key: its kid says which one is to be looked up. */
MUST_CHECK struct err *binding_parse(struct jws **out, const json_t *field, const char *outer_url);

struct binding_facts {
	const struct store_eab *eab; /* NULL: no such key */
	bool single_use;
	const char *thumbprint; /* of the key that signed the outer request */
	time_t now;
};

MUST_CHECK struct err *binding_check(const struct jws *j, const struct binding_facts *f);
