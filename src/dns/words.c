#include <stdio.h>

#include "dns/message.h"

struct word {
	unsigned number;
	const char *text;
};

static const struct word types[] = {
	{ DNS_A, "A" },         { DNS_NS, "NS" },   { DNS_CNAME, "CNAME" }, { DNS_SOA, "SOA" },
	{ DNS_PTR, "PTR" },     { DNS_MX, "MX" },   { DNS_TXT, "TXT" },     { DNS_AAAA, "AAAA" },
	{ DNS_DNAME, "DNAME" }, { DNS_OPT, "OPT" }, { DNS_CAA, "CAA" },
};

static const struct word rcodes[] = {
	{ DNS_NOERROR, "NOERROR" },   { DNS_FORMERR, "FORMERR" }, { DNS_SERVFAIL, "SERVFAIL" },
	{ DNS_NXDOMAIN, "NXDOMAIN" }, { DNS_NOTIMP, "NOTIMP" },   { DNS_REFUSED, "REFUSED" },
};

static const char *find(const struct word *words, size_t count, unsigned number)
{
	for (size_t i = 0; i < count; i++)
		if (words[i].number == number)
			return words[i].text;
	return NULL;
}

const char *dns_type_text(uint16_t type, char buffer[16])
{
	const char *known = find(types, ARRAY_LEN(types), type);

	(void)snprintf(buffer, 16, "TYPE%u", (unsigned)type);
	return known != NULL ? known : buffer;
}

const char *dns_rcode_text(unsigned rcode, char buffer[16])
{
	const char *known = find(rcodes, ARRAY_LEN(rcodes), rcode);

	(void)snprintf(buffer, 16, "RCODE%u", rcode);
	return known != NULL ? known : buffer;
}

/* RFC 8914 §4 and what IANA has registered since. */
static const struct word extended[] = {
	{ 0, "Other Error" },
	{ 1, "Unsupported DNSKEY Algorithm" },
	{ 2, "Unsupported DS Digest Type" },
	{ 3, "Stale Answer" },
	{ 4, "Forged Answer" },
	{ 5, "DNSSEC Indeterminate" },
	{ 6, "DNSSEC Bogus" },
	{ 7, "Signature Expired" },
	{ 8, "Signature Not Yet Valid" },
	{ 9, "DNSKEY Missing" },
	{ 10, "RRSIGs Missing" },
	{ 11, "No Zone Key Bit Set" },
	{ 12, "NSEC Missing" },
	{ 13, "Cached Error" },
	{ 14, "Not Ready" },
	{ 15, "Blocked" },
	{ 16, "Censored" },
	{ 17, "Filtered" },
	{ 18, "Prohibited" },
	{ 19, "Stale NXDOMAIN Answer" },
	{ 20, "Not Authoritative" },
	{ 21, "Not Supported" },
	{ 22, "No Reachable Authority" },
	{ 23, "Network Error" },
	{ 24, "Invalid Data" },
	{ 25, "Signature Expired Before Valid" },
	{ 26, "Too Early" },
	{ 27, "Unsupported NSEC3 Iterations Value" },
	{ 28, "Unable To Conform To Policy" },
	{ 29, "Synthesized" },
	{ 30, "Invalid Query Type" },
};

static const int about_dnssec[] = { 1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 25, 27 };

const char *dns_ede_name(int code, char buffer[16])
{
	const char *known = find(extended, ARRAY_LEN(extended), (unsigned)code);

	(void)snprintf(buffer, 16, "EDE %d", code);
	return known != NULL ? known : buffer;
}

bool dns_ede_is_dnssec(int code)
{
	for (size_t i = 0; i < ARRAY_LEN(about_dnssec); i++)
		if (about_dnssec[i] == code)
			return true;
	return false;
}
