/*
 * Which addresses a validation may talk to. Everything in IANA's special-purpose registries (IPv4 and IPv6) and multicast is
 * refused, but what the operator allows; the metadata services of clouds, link-local, unspecified, broadcast and IPv4-mapped
 * addresses are refused even then.
 */
#pragma once

#include "base/str.h"
#include "net/resolver.h"

struct address_policy;

/* allow: "10.0.0.0/8", "::1", ...; NULL or empty: nothing special. ERR_CONFIG names the entry that is no prefix. */
MUST_CHECK struct err *address_policy_new(struct address_policy **out, const struct strlist *allow);
void address_policy_free(struct address_policy *p);
AUTO_FREE(struct address_policy, address_policy_free)

/* NULL: may be talked to. Else why not: "[RFC1918]: Private-Use". Static. */
const char *address_refused(const struct address_policy *p, const struct address *a);
/* A literal: "192.0.2.1", "2001:db8::1" (also in brackets). false: no literal (names, zones, odd forms such as 127.1). */
bool address_parse(struct address *out, const char *text, unsigned port);
