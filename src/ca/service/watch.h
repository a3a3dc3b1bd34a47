/* Tells the log what an operator should look at (ca/setup/warnings.h): at once, and then every day. From the main thread's loop. */
#pragma once

#include "ca/ca.h"

struct timeval;
struct watch;

/* ca outlives it. */
struct watch *watch_new(struct ca *ca, struct event_base *base, const struct timeval *every);
/* Another configuration is in force. */
void watch_use(struct watch *w, struct ca *ca);
void watch_free(struct watch *w);

AUTO_FREE(struct watch, watch_free)
