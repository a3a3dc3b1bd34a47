/* Threads of the store. Signals are for the threads that wait for them: these take none. */
#pragma once

#include <pthread.h>

#include "base/err.h"

MUST_CHECK struct err *thread_start(pthread_t *out, void *(*fn)(void *arg), void *arg);
