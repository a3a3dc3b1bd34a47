/* One exchange of a batch on its way (private to http_client): started, ended, tried again. */
#pragma once

#include <poll.h>

#include "net/exchange.h"
#include "net/http_client.h"
#include "net/pool.h"
#include "net/proxy.h"

struct interrupt;

struct http_client {
	struct transport transport; /* first: the two are one */
	struct http_client_options options;
	char *user_agent, *ca_file, *ca_dir;
	struct trace trace;
	struct proxies proxies;
	struct tls_client *tls; /* from the first https exchange on */
	struct pool pool;
};

enum job_state { WAITING, RUNNING, FINISHED };

/* One exchange on its way. */
struct job {
	struct http_exchange *x;
	enum job_state state;
	struct url url;
	struct origin *origin;
	struct connection *connection; /* while running */
	bool reused;                   /* the connection was kept from an earlier exchange */
	bool again;                    /* this is the second try, on a new connection */
	bool hurried;                  /* a spare whose deadline was drawn in */
	int64_t deadline_ms, connect_deadline_ms;
	size_t first_fd, fd_count; /* its part of run.fds */
};

struct run {
	struct http_client *client;
	struct job *jobs;
	size_t count, running, width;
	struct pollfd *fds;
	int64_t began_ms, looked_ms; /* looked: for jobs that can be started */
	const struct interrupt *stop;
};

int64_t run_now_ms(const struct http_client *c);

/* A connection made in advance, for exchanges to come. */
bool job_is_spare(const struct job *j);

/* When a spare that waits can be started though no connection told how far the peer is. */
int64_t job_far_at_ms(const struct run *r, const struct job *spare);

int64_t job_starts_ms(const struct run *r, const struct job *j);
bool job_is_too_soon(const struct run *r, const struct job *j);
bool run_has_too_soon(const struct run *r);
bool run_has_waiting(const struct run *r);

/* Starts what may be started now. */
void run_start_waiting(struct run *r);

/* Ends with e (owned) or NULL. */
void job_finish(struct run *r, struct job *j, struct err *e);

/* Ends with e (owned), or waits for its second try on a new connection. */
void job_fail(struct run *r, struct job *j, struct err *e);

/* Takes the answer, and keeps the connection where it can be. */
void job_complete(struct run *r, struct job *j, int64_t now_ms);
