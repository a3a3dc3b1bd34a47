/* Work on many independent items, by a thread for each processor when there are enough of them. */
#pragma once

#include <stddef.h>

#define SHARE_THREADS 8 /* at most */

/* Does items from .. to-1; thread: 0 .. SHARE_THREADS-1, for what a thread keeps for itself. */
typedef void (*share_fn)(void *ctx, unsigned thread, size_t from, size_t to);

/* Returns when all are done. A thread that cannot be made only means that the others do its part. */
void share_work(size_t count, share_fn work, void *ctx);
