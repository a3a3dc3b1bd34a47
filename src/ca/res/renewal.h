/* Renewal information of a certificate (RFC 9773), and what a certificate is called there. */
#pragma once

#include "ca/ca.h"
#include "ca/store/object.h"
#include "proto/ari.h"

/* The store's serial of this identifier; NULL: no issuer of ours has that key. */
char *renewal_serial(const struct ca *ca, const struct ari_id *id);
void renewal_window(struct ari_window *out, const struct ca *ca, const struct store_cert *c,
		    time_t now);
/* An order that replaces it, made at this instant, is made in its window: no rate limit holds for it (ca.md 5.10). */
bool renewal_is_timely(const struct ca *ca, const struct store_cert *c, time_t when);
