/*
 * A look at a lineage from outside: what stat() says of its files, so that one that was examined before and has not changed
 * since need not be read again. Only for lineages whose files are at the default places.
 */
#pragma once

#include "base/err.h"
#include "client/store/tree.h"

enum look_file {
	LOOK_CONF,
	LOOK_LIVE,    /* the directory: its links */
	LOOK_ARCHIVE, /* the directory: versions come and go */
	LOOK_CERT,    /* this and the rest through the live links */
	LOOK_BRIEF,   /* so far for whoever asks when it is due ... */
	LOOK_PRIVKEY = LOOK_BRIEF,
	LOOK_CHAIN,
	LOOK_FULLCHAIN,
	LOOK_COUNT, /* ... and so far for whoever shows that it is whole */
};

struct look {
	uint64_t files
		[LOOK_COUNT]; /* a digest each of device, inode, size and times; 0: not looked at */
	bool settled; /* nothing changed a moment ago: a change from now on will show in the times */
};

/* The directories above, opened once for thousands of looks. */
struct lookout {
	int renewal, live, archive; /* -1: not there */
};

void lookout_open(struct lookout *o, const struct tree *t);
void lookout_release(struct lookout *o);

/* false when a file is missing. count: LOOK_BRIEF or LOOK_COUNT. */
bool look_at(struct look *out, const struct lookout *o, const char *name, size_t count,
	     int64_t now_ms);
bool look_same(const struct look *a, const struct look *b, size_t count);

AUTO_RELEASE(struct lookout, lookout_release)
