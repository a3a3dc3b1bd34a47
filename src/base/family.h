/*
 * The processes that a program has started, directly or not, for where it cannot have a process group of its own: a program
 * that may read our terminal has to stay in the terminal's foreground group, with us.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* From now on those whose parent ends become our children, so that they are still found (PR_SET_CHILD_SUBREAPER). */
void family_adopt(bool on);
/* Signals our descendants in our process group, but first and those that are older; first may have ended, not be reaped. */
void family_signal(pid_t first, int number);
