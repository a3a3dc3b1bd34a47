/* One check by several perspectives, as perspective.c runs it. Inside of va/ only. */
#pragma once

#include "va/perspective.h"
#include "va/quorum.h"
#include "va/remote.h"

struct event;

struct perspectives {
	struct perspectives_options o;
	struct remote **elsewhere; /* NULL for each that is here */
	struct perspectives_check *first;
	size_t open;
};

/* One perspective's part in a check. */
struct voice {
	struct perspectives_check *check;
	const struct perspective_options *o;
	struct remote *remote;    /* NULL: here */
	struct va_job *job;       /* under way, here */
	struct remote_call *call; /* under way, elsewhere */
	bool heard;
	struct err *problem;
	struct va_record *record; /* NULL: none came */
};

struct perspectives_check {
	struct perspectives *p;
	struct va_request request;
	bool caa_only;
	struct va_job *primary;
	struct va_record *record; /* the primary's */
	struct voice *voices;
	const struct err *first_problem; /* a voice's */
	struct event *timer;
	bool clear; /* the verdict will not change any more */
	perspectives_done *done;
	void *ctx;
	struct perspectives_check *next, *previous;
};

struct quorum check_quorum(const struct perspectives_check *c);
/* What the client is told; NULL: enough voices agree. */
struct err *check_problem(const struct perspectives_check *c, const struct quorum *q);
/* Who passed and who failed, and all their records. */
json_t *check_summary(const struct perspectives_check *c, const struct quorum *q);
