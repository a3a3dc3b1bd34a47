/* What is inside records. Readers are strict: ERR_PARSE when the bytes do not fill their form to the last one. */
#pragma once

#include "dns/message.h"

/* RFC 8659 §4.1. The value may hold any byte. */
struct dns_caa {
	uint8_t flags;
	char *tag; /* as it came; odd bytes as \DDD */
	char *value;
	size_t value_len;
};

/* All character-strings of one TXT record, joined; a NUL behind them does not count. */
MUST_CHECK struct err *dns_txt_read(char **out, size_t *len, const struct dns_record *r);
MUST_CHECK struct err *dns_caa_read(struct dns_caa *out, const struct dns_record *r);
/* Of CNAME, DNAME, NS, PTR. */
MUST_CHECK struct err *dns_target_read(char **out, const struct dns_record *r);
/* One line for people, as zone files have it: `"v=1" "b"`, `0 issue "ca.example"`, `192.0.2.1`; else \# and hex. */
char *dns_data_text(const struct dns_record *r);

/* Writers, for those who answer. Text longer than 255 is split. */
void dns_txt_write(struct buf *out, const void *text, size_t len);
void dns_caa_write(struct buf *out, uint8_t flags, const char *tag, const char *value);
MUST_CHECK struct err *dns_target_write(struct buf *out, const char *name);

void dns_caa_release(struct dns_caa *c);
AUTO_RELEASE(struct dns_caa, dns_caa_release)
