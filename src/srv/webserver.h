/*
 * A running server as data: how its configuration is tested, how it is reloaded, how to find it. One code for all servers, which
 * runs the commands by the world's spawner with time limits and keeps the server's own words in its errors. It is never restarted:
 * a reload that fails leaves the old generation serving.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "base/world.h"

enum { WEBSERVER_WAYS = 4 };

/* Commands and lists are NULL-ended. */
struct webserver {
	const char *name;        /* for people: "nginx" */
	const char *const *test; /* { "nginx", "-c", conf, "-t", NULL } */
	/* What its master takes for a reload. It goes to the process that was seen, so it starts none that ended. 0: none */
	int reload_signal;
	/* Its old workers go before others come: while all of them are there, a younger one is no sign of a reload. */
	bool old_go_first;
	/* Where it cannot be seen, or not be sent that: in this order until one works; the rest NULL. */
	const char *const *reload[WEBSERVER_WAYS];
	/* When it does not run; NULL: that is told instead. */
	const char *const *start;
	/* The service by which systemd starts it, instead of `start`, where it has that; NULL: none. */
	const char *unit;
	bool of_system; /* its configuration is where the system keeps it */
	/* The first with a live process counts. NULL: searched for by program. */
	const char *const *pid_files;
	/* What its processes are called in /proc/PID/comm: { "nginx", NULL } */
	const char *const *programs;
	/* Where it tells why it did not take a configuration, and by which word ("[emerg]"). Both may be NULL. */
	const char *error_log, *refusal;
	/* A refusal that has `tried_again` in it is repeated by itself until the server says `given_up`. Both may be NULL. */
	const char *tried_again, *given_up;
	int timeout_ms; /* of each command; 0: 30 s */
	int wait_ms;    /* for the old generation's end, when its master is not at work; 0: 30 s */
	int unnoticed_ms; /* until a master that does nothing has not listened; 0: 5 s */
};

/* The master process; 0: it does not run, or cannot be seen (another container). */
pid_t webserver_pid(const struct webserver *s);
/* Every master process of its name that is seen, whoever's: what is one more after a command was started by that. */
void webserver_masters(const struct webserver *s, struct strlist *out);
/* A live process of another program that a PID file left behind names: the server's own commands would signal it. 0: none. file may be NULL */
pid_t webserver_stranger(const struct webserver *s, const char **file);

/* `wait_ms`, or its default. */
int webserver_wait_ms(const struct webserver *s);
/* How long it may take to show what it has after a reload: where its new workers could be seen, they are there already. */
int webserver_proof_ms(const struct webserver *s);

/* Ends one that runs where it is seen, by its service where it has one. ERR_TIMEOUT: it goes on. */
MUST_CHECK struct err *webserver_stop(const struct webserver *s, const struct world *w);

/* The configuration test. ERR_CONFIG with the server's words. *took_ms: for webserver_take() */
MUST_CHECK struct err *webserver_test(const struct webserver *s, const struct world *w,
				      int64_t *took_ms);

enum webserver_outcome {
	WEBSERVER_RELOADED,
	WEBSERVER_STARTED, /* it did not run, and was started as `start` says */
	/* It does not, and there is no `start`: it takes the configuration when it is started. */
	WEBSERVER_NOT_RUNNING,
	/* It ended by the reload, and was started again (srv/take_back.h). */
	WEBSERVER_REVIVED,
};

/*
 * Has it take its configuration, which has just been tested, and waits until no process of the old generation accepts connections
 * any more: workers that only finish what they have begun are not waited for. ERR_CONFIG with its words when it refused, ERR_TIMEOUT
 * when the old generation goes on: at once where its master process is stopped, soon where that does nothing of what it was told, and
 * late where it is at work.
 */
MUST_CHECK struct err *webserver_take(const struct webserver *s, const struct world *w,
				      int64_t took_ms, enum webserver_outcome *outcome);
/* The same for one that nobody has tested: no signal goes out without that, since httpd ends by one it cannot work with. */
MUST_CHECK struct err *webserver_reload(const struct webserver *s, const struct world *w,
					enum webserver_outcome *outcome);
