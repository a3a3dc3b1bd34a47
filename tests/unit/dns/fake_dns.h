/*
 * A name server inside the test: on the test's event base, on loopback, by UDP and TCP on one port. It knows the records it was
 * given, and lies as it was told.
 */
#pragma once

#include <event2/event.h>

#include "dns/message.h"
#include "net/resolver.h"

enum fake_deed {
	FAKE_ANSWERS, /* what it knows; nothing known at the name: NXDOMAIN */
	FAKE_SILENT,
	FAKE_SERVFAIL,
	FAKE_NXDOMAIN,
	FAKE_REFUSED_BARE,  /* REFUSED without a question */
	FAKE_NO_EDNS,       /* FORMERR to who speaks EDNS0 */
	FAKE_TRUNCATED,     /* TC by UDP, whole by TCP */
	FAKE_TRUNCATED_TCP, /* TC by both */
	FAKE_CLOSES_TCP,    /* TC by UDP; by TCP half a message and an end */
	FAKE_DRIBBLES_TCP,  /* TC by UDP; by TCP a byte at a time */
	FAKE_WRONG_ID,
	FAKE_WRONG_ID_FIRST, /* one forged datagram, then the right one */
	FAKE_FORGES_BY_UDP,  /* ten datagrams with wrong ids; honest by TCP */
	FAKE_WRONG_NAME,
	FAKE_WRONG_TYPE,
	FAKE_WRONG_CASE, /* all lower case */
	FAKE_ECHOES,     /* the question itself, no answer */
	FAKE_GARBAGE,    /* the right id, then noise */
	FAKE_EMPTY,      /* no byte at all */
	FAKE_EDE,        /* SERVFAIL with an extended error */
	FAKE_OWN_DEED,   /* fake_dns.own decides */
};

struct fake_dns;

/* Makes the reply out of what the server would have said; false: keeps silent. */
typedef bool fake_own(void *ctx, struct dns_message *reply, bool tcp);

struct fake_dns *fake_dns_new(struct event_base *base);
void fake_dns_free(struct fake_dns *d);
AUTO_FREE(struct fake_dns, fake_dns_free)

const struct address *fake_dns_address(const struct fake_dns *d);

/* data as in zone files: "192.0.2.1", "target.example", `0 issue "ca.example"`; a TXT's text without quotes. */
void fake_dns_add(struct fake_dns *d, const char *name, uint16_t type, const char *data);
/* At this name (NULL: everywhere else), the next `times` questions (0: all). */
void fake_dns_behave(struct fake_dns *d, const char *name, enum fake_deed deed, unsigned times);
void fake_dns_own(struct fake_dns *d, fake_own *own, void *ctx);

size_t fake_dns_questions(const struct fake_dns *d); /* so far, both ways */
size_t fake_dns_tcp_questions(const struct fake_dns *d);
const struct dns_message *fake_dns_last(const struct fake_dns *d);
bool fake_dns_was_asked(const struct fake_dns *d, const char *name, uint16_t type);
