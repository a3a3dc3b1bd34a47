/* What the text of a key may look like, beyond its kind: checked while its line is known. */
#pragma once

#include <stdbool.h>

#define FORM_ENDPOINT "an address and a port such as 127.0.0.1:14000 or [::1]:14000"
#define FORM_NETWORK "a network such as 10.0.0.0/8 or 2001:db8::/32"
#define FORM_IPV4 "an IPv4 address"
#define FORM_IPV6 "an IPv6 address"
#define FORM_RESOLVER \
	"an IP address, or one with a port such as 192.0.2.53:5353 or [2001:db8::53]:5353"
#define FORM_URL "a URL such as https://ca.example.org"
#define FORM_PAGE "a URL such as https://ca.example.org/help"
#define FORM_HTTP_URL "a URL such as http://ca.example.org/crl"
#define FORM_DOMAIN "a host name in lower case such as example.org"
#define FORM_CHALLENGE "a challenge type such as http-01"
#define FORM_OID "an object identifier such as 2.23.140.1.2.1"
#define FORM_REGION "a registry: ARIN, RIPE, APNIC, LACNIC or AFRINIC"
#define FORM_ID "the number of an account"

bool form_endpoint(const char *text);
bool form_network(const char *text);
bool form_address(const char *text);
bool form_ipv4(const char *text);
bool form_ipv6(const char *text);
bool form_resolver(const char *text);
bool form_url(const char *text); /* without a path */
bool form_page(const char *text);
bool form_http_url(const char *text);
bool form_domain(const char *text);
bool form_challenge(const char *text);
bool form_oid(const char *text);
bool form_region(const char *text);
bool form_id(const char *text);
