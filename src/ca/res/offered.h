/* What a new authorization for one identifier starts with: its token and its challenge types. */
#pragma once

#include "ca/ca.h"
#include "ca/store/store.h"

/* Lends ident. The type whose authorizations are never taken again (ca.md 2.4). */
#define OFFERED_NEVER_REUSE "dns-persist-01"

void offered_init(struct store_order_ident *out, const struct ca *ca, const struct ident *ident);
void offered_release(struct store_order_ident *o);
AUTO_RELEASE(struct store_order_ident, offered_release)
