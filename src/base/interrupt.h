/*
 * Asked to stop: SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGXFSZ, turned into something that waits can watch.
 *
 * The signals are blocked and watched through a signalfd, so no handler and no global is needed. A signal is never read
 * away: it stays pending, so that every thread sees it. Whoever waits polls interrupt_fd() too and returns
 * interrupt_check(); main asks interrupt_signal() at the end and dies by that signal. A signal that was ignored at the
 * start (nohup) is not watched.
 * NULL everywhere means: cannot be interrupted (clean-up work).
 */
#pragma once

#include <signal.h>

#include "base/err.h"

struct interrupt;

MUST_CHECK struct err *interrupt_new(struct interrupt **out); /* blocks the signals in this thread and its later ones */
void interrupt_free(struct interrupt *i); /* unblocks; a signal that is still pending takes effect now */

int interrupt_fd(const struct interrupt *i);                            /* -1 for NULL; readable = asked to stop */
MUST_CHECK struct err *interrupt_check(const struct interrupt *i);      /* ERR_INTERRUPTED "stopped by SIGTERM" or NULL */
int interrupt_signal(const struct interrupt *i);                        /* the signal's number, 0 if none came */
void interrupt_child_mask(sigset_t *mask);                              /* the mask children should start with */

AUTO_FREE(struct interrupt, interrupt_free)
