/* A validation authority made from the command line: what `judge` and `va` share. */
#pragma once

#include "ca/cmd/cmd.h"
#include "va/va.h"

struct outlook;

/* Rows of a command's options. */
#define OUTLOOK_OPTIONS                                                                                    \
	{ "--resolver", "ADDRESS", "DNS server to ask, may be repeated (default: the system's)" },         \
	{ "--dnssec", NULL, "Validate DNSSEC here, from the root" },                                       \
	{ "--trust-anchor", "RECORD", "DS or DNSKEY to validate from instead, may be repeated" },          \
	{ "--allow", "NETWORK", "May be connected to although it is special, may be repeated" },           \
	{ "--source", "ADDRESS", "To connect from, one of IPv4 and one of IPv6" },                         \
	{ "--http-port", "PORT", "Of http-01 and of redirects to http (default: 80)" },                    \
	{ "--https-port", "PORT", "Of redirects to https (default: 443)" },                                \
	{ "--tls-port", "PORT", "Of tls-alpn-01 (default: 443)" },                                         \
	{ "--timeout", "SECONDS", "Of a whole validation (default: 20)" },                                 \
	{ "--user-agent", "TEXT", "To call itself in requests" },                                          \
	{ "--issuer", "DOMAIN", "Check CAA for this domain of the CA, may be repeated" },                  \
	{ "--no-redirect-to-ip", NULL, "Do not follow redirects to IP addresses" },                        \
	{ "--any-redirect-name", NULL, "Follow redirects to names outside of the Public Suffix List" },    \
	{ "--verbose", NULL, "Quote what a server answered even after a redirect to another host" },       \
	{ "--tls-sni", NULL, "Judge tls-sni-01 and -02 too: for labs" }

/* name, region: of the perspective; NULL: none. ERR_USAGE names the option. */
MUST_CHECK struct err *outlook_open(struct outlook **out, const struct command_run *r, const char *name,
				    const char *region);
void outlook_close(struct outlook *o);

struct va *outlook_va(const struct outlook *o);
struct event_base *outlook_base(const struct outlook *o);
/* Until outlook_end(). */
MUST_CHECK struct err *outlook_run(struct outlook *o);
void outlook_end(struct outlook *o); /* from the loop */

AUTO_FREE(struct outlook, outlook_close)
