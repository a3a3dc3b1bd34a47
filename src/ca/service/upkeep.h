/*
 * Keeps the store as small as what clients can still ask for: each hour a round, a few objects at a time, so that requests come
 * between. From the main thread's loop.
 */
#pragma once

#include "ca/ca.h"

struct timeval;
struct upkeep;

/* first: until the first round. ca and its parts outlive it. */
struct upkeep *upkeep_new(struct ca *ca, struct event_base *base, struct mailbox *mailbox,
			  const struct timeval *first);
/* What it asked for last has to be answered first. */
bool upkeep_is_idle(const struct upkeep *u);
/* No more rounds. */
void upkeep_stop(struct upkeep *u);
void upkeep_free(struct upkeep *u);

AUTO_FREE(struct upkeep, upkeep_free)
