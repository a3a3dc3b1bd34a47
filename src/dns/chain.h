/*
 * From the name asked over its CNAMEs to the records at their end (RFC 1034 §3.6.2). Inside of dns/ only.
 */
#pragma once

#include "dns/message.h"

struct chain {
	char *end;                  /* where it has led so far; at first the name asked */
	struct dns_records cnames;  /* on the way */
	struct dns_records records; /* of the type asked, at the end */
};

enum chain_outcome {
	CHAIN_DONE,
	CHAIN_OPEN, /* the message ends with a CNAME and does not say what is behind it: ask for the end */
	CHAIN_BROKEN, /* a loop, too long, or a CNAME that holds no name */
};

/* Goes on from where the chain is, as far as this answer leads. */
enum chain_outcome chain_follow(struct chain *c, const struct dns_message *m, uint16_t type);
void chain_release(struct chain *c);
AUTO_RELEASE(struct chain, chain_release)
