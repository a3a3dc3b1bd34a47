/*
 * Jobs done side by side by a few threads: begun in their order, and concluded in their order by the thread that called.
 * Kept apart are those that would be in each other's way.
 */
#pragma once

#include "base/str.h"
#include "base/world.h"

struct crew_job {
	struct strlist names; /* of two with a name in common, one at a time */
	const char *
		alone; /* what exists once, such as a port; of two with the same, one at a time. NULL: nothing */
	char *peer; /* whom it speaks with: who asks one of its jobs to wait, asks all of them */
	bool barrier; /* begun when all before it are concluded; none behind it is begun before it has ended */

	enum {
		JOB_WAITING,
		JOB_RUNNING,
		JOB_ENDED,
		JOB_CONCLUDED
	} state;               /* below: the crew's own */
	bool limited;          /* its peer has asked for less: one at a time from then on */
	int64_t not_before_ms; /* monotonic; 0: now */
};

enum crew_result {
	CREW_DONE,
	CREW_AGAIN, /* later: the peer asks to wait */
	CREW_STOP,  /* done, and no other one is begun */
};

struct crew_work {
	/* In a thread. wait_ms: of CREW_AGAIN. lane: 0 .. lanes-1, for what a thread keeps from job to job. */
	enum crew_result (*work)(void *ctx, unsigned lane, size_t job, int64_t *wait_ms);
	/* In the calling thread, for each job that was begun, in their order. */
	void (*conclude)(void *ctx, size_t job);
	void *ctx;
};

void crew_job_release(struct crew_job *j);

/* False: no thread could be made, nothing was done. */
bool crew_run(const struct world *w, struct crew_job *jobs, size_t count, unsigned lanes,
	      const struct crew_work *work);
