/*
 * A running server as data: how its configuration is tested, how it is reloaded, how to find it. One code for all servers, which
 * runs the commands by the world's spawner with time limits and keeps the server's own words in its errors. It is never restarted:
 * a reload that fails leaves the old generation serving.
 */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "base/world.h"

enum { SERVER_WAYS = 4 };

struct server {
	const char *name;        /* for people: "nginx" */
	const char *const *test; /* NULL-ended argv: { "nginx", "-c", conf, "-t", NULL } */
	const char *const *reload[SERVER_WAYS]; /* in this order until one works; the rest NULL */
	const char *const *start;               /* when it does not run; NULL: told instead */
	const char *const *
		pid_files; /* NULL-ended; the first with a live process counts; NULL: search by program */
	const char *const *
		programs; /* NULL-ended: names of its processes in /proc/PID/comm: { "nginx", NULL } */
	const char *error_log; /* where it tells why it did not take a configuration; may be NULL */
	int timeout_ms;        /* of each command, and for the new generation; 0: 30 s */
};

/* The master process; 0: it does not run, or cannot be seen (another container). */
pid_t server_pid(const struct server *s);

/* The configuration test. ERR_CONFIG with the server's words. */
MUST_CHECK struct err *server_test(const struct server *s, const struct world *w);

enum server_outcome {
	SERVER_RELOADED,
	SERVER_STARTED, /* it did not run, and was started as `start` says */
	SERVER_NOT_RUNNING, /* it does not, and there is no `start`: it takes the configuration when it is started */
};

/*
 * Has it take its configuration, and waits until no process of the old generation accepts connections any more: workers that
 * only finish what they have begun are not waited for. ERR_CONFIG with its words when it refused, ERR_TIMEOUT when the
 * old generation goes on.
 */
MUST_CHECK struct err *server_reload(const struct server *s, const struct world *w,
				     enum server_outcome *outcome);
