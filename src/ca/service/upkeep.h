/* Keeps the store as small as what clients can still ask for. From the main thread's loop. */
#pragma once

#include "ca/ca.h"

struct upkeep;

/* ca and its parts outlive it. */
struct upkeep *upkeep_new(struct ca *ca, struct event_base *base, struct mailbox *mailbox);
/* What it asked for last has to be answered first. */
bool upkeep_is_idle(const struct upkeep *u);
/* No more rounds. */
void upkeep_stop(struct upkeep *u);
void upkeep_free(struct upkeep *u);

AUTO_FREE(struct upkeep, upkeep_free)
