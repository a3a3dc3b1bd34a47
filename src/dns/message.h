/*
 * DNS messages (RFC 1035 §4, RFC 6891, RFC 8914): one strict codec for asking, answering and judging.
 *
 * Names are text: labels joined by dots, no dot behind, "." for the root. A byte that is no printable ASCII, and a dot or
 * backslash inside a label, is written \DDD, so that text and wire form stay one to one; case is kept as it came.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_DNAME = 39,
	DNS_OPT = 41,
	DNS_CAA = 257,
};

enum { DNS_IN = 1 };

enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
};

struct dns_record {
	char *name;
	uint16_t type;
	uint16_t class;
	uint32_t ttl;
	uint8_t *data; /* names inside are whole: nothing of it points out of it */
	size_t len;
};

struct dns_records {
	struct dns_record *items;
	size_t count;
};

enum { DNS_NO_EDE = -1 };

struct dns_message {
	uint16_t id;
	bool response;
	unsigned opcode;
	bool authoritative;
	bool truncated;
	bool recursion_desired;
	bool recursion_available;
	bool authentic_data;
	bool checking_disabled;
	unsigned rcode; /* with the upper bits of EDNS0 */

	char *question; /* NULL: no question; more than one is refused */
	uint16_t qtype;
	uint16_t qclass;

	struct dns_records answer;
	struct dns_records authority;
	struct dns_records additional; /* without OPT, which is below */

	bool edns;
	uint16_t udp_size;
	bool dnssec_ok;
	int ede_code; /* Extended DNS Error, DNS_NO_EDE when none */
	char *ede_text;
};

/* ERR_PARSE says where: loops, bytes missing or left over, lengths that do not fit, a second question or OPT. */
MUST_CHECK struct err *dns_message_parse(struct dns_message *out, const void *data, size_t len);
/* Names are compressed where that is allowed (RFC 3597 §4). ERR_USAGE for a name that is none, ERR_LIMIT over 64 KiB. */
MUST_CHECK struct err *dns_message_render(struct buf *out, const struct dns_message *m);
void dns_message_release(struct dns_message *m);
AUTO_RELEASE(struct dns_message, dns_message_release)

/* Takes the content of data, which is empty afterwards. */
void dns_records_add(struct dns_records *l, const char *name, uint16_t type, uint32_t ttl,
		     struct buf *data);
void dns_records_copy(struct dns_records *out, const struct dns_records *l);
void dns_records_release(struct dns_records *l);
AUTO_RELEASE(struct dns_records, dns_records_release)

/* "TXT", or "TYPE65280"; "NXDOMAIN", or "RCODE12". Static or lent by buffer. */
const char *dns_type_text(uint16_t type, char buffer[16]);
const char *dns_rcode_text(unsigned rcode, char buffer[16]);
/* "DNSSEC Bogus" (RFC 8914 §4), or "EDE 77". */
const char *dns_ede_name(int code, char buffer[16]);
bool dns_ede_is_dnssec(int code);
