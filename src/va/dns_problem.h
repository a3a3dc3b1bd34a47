/* What an answer of the DNS means to an ACME client. */
#pragma once

#include "dns/resolve.h"

/*
 * NULL for NOERROR; else type dns: "DNS problem: NXDOMAIN looking up TXT for _acme-challenge.example.org - check that a DNS
 * record exists for this domain".
 */
MUST_CHECK struct err *dns_problem(const struct dns_answer *a);
