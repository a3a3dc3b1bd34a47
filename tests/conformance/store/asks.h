/* Changes asked for without waiting, and what must have become of them. */
#pragma once

#include "bench.h"

void ask_account(struct bench *b, const char *thumbprint, const char *contacts);
void ask_accounts(struct bench *b, size_t count);
void assert_there(struct bench *b, const char *thumbprint, bool there);
/* The answer is that the storage failed. */
void assert_busy(const struct bench *b);

struct tally {
	size_t done, existed, missing, busy;
};

/* The answer is only counted. */
void tallied_account(struct bench *b, struct tally *t, const char *thumbprint,
		     const char *contacts);
void tallied_read(struct bench *b, struct tally *t, const char *thumbprint);
/* Nine accounts at once, of which the fifth cannot be stored: the others are. */
void ask_one_bad_of_nine(struct bench *b, struct tally *t, const char *bad);
