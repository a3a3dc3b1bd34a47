/* Authorizations and their challenges as clients see them (RFC 8555 §7.1.4, §8). */
#pragma once

#include "ca/http/request.h"
#include "ca/store/object.h"

json_t *authz_view(const struct ca_request *r, const struct store_authz *a);
json_t *challenge_view(const struct ca_request *r, const struct store_authz *a, const char *type);

/* Is there a challenge of this type? Once one was judged, the others are gone (ca.md 5.7). */
bool challenge_view_has(const struct store_authz *a, const char *type);
