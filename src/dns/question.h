/*
 * A question as it goes over the wire, and whether a message answers it (RFC 5452 §9). Inside of dns/ only.
 */
#pragma once

#include "base/rand.h"
#include "dns/message.h"

struct question {
	char *name; /* as sent: its case may be mixed */
	uint16_t type;
	uint16_t id;
	bool mixed_case; /* by UDP the answer must have the very same letters; over TCP nobody can guess anyway */
	bool by_tcp;
	bool edns;
	bool wants_ad; /* RFC 6840 §5.7 */
};

/* Another id and, if wanted, other letters: nothing learned from the last try helps with this one. */
void question_shuffle(struct question *q, const struct rand_source *random);
MUST_CHECK struct err *question_render(struct buf *out, const struct question *q);

enum question_match {
	QUESTION_OTHER, /* not meant for us, or made up by someone who could not see the question */
	QUESTION_BROKEN,   /* has our id, and is no message or about something else */
	QUESTION_ANSWERED, /* out is filled */
};

enum question_match question_match(struct dns_message *out, const struct question *q,
				   const uint8_t *data, size_t len);
void question_release(struct question *q);
AUTO_RELEASE(struct question, question_release)
