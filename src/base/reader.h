/*
 * Who goes on reading what a daemon writes when its starter is gone: the next line would kill it (SIGPIPE), and a full pipe
 * would stop it.
 */
#pragma once

/* A process of its own (cat) reads fd until nobody can write to it any more, and drops it. Where that cannot be, nothing happens. */
void reader_leave(int fd);
