/*
 * A load generator for ACME servers on loopback: so many virtual clients, each with a connection and an account of its own, each
 * doing one unit of work after the other. One thread, one loop. Everything is measured from when all accounts exist.
 */
#pragma once

#include <event2/event.h>
#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"
#include "jose/signer.h"
#include "net/http1.h"
#include "net/url.h"
#include "usage.h"

#define LOAD_NAMES_MAX 100
#define LOAD_CLIENTS_MAX 4096
#define LOAD_PIDS_MAX 16
#define LOAD_STALL_S 5

enum mode {
	MODE_ISSUE,     /* newOrder, authorizations, challenges, poll, finalize, certificate */
	MODE_AUTHORIZE, /* until the order is ready */
	MODE_ORDER,     /* newOrder */
	MODE_NONCE,     /* newNonce */
	MODE_COUNT,
};

struct options {
	const char *directory, *ca; /* URL; PEM file of its TLS certificate's root */
	enum mode mode;
	int64_t clients, units, seconds, names;
	int64_t http_port; /* where HTTP-01 is answered; 0: nowhere */
	bool fresh; /* a new connection and a new nonce for each unit, as one-shot clients do */
	int pids[LOAD_PIDS_MAX];
	size_t pid_count;
};

struct latencies {
	float *ms;
	size_t count, room;
};

void latencies_add(struct latencies *l, double ms);
/* share 0..1; sorts. */
double latencies_at(struct latencies *l, double share);

struct client;
struct step;

/* The whole run. */
struct load {
	const struct options *options;
	struct event_base *base;
	SSL_CTX *tls;
	struct url *directory;
	char *new_nonce, *new_account, *new_order;
	struct client *clients;
	struct server *responder;
	char run[17]; /* in every name, so that no run meets the names of another */

	bool started, stalled;
	double begun_at, ended_at, last_answer_at;
	size_t ready; /* clients with an account, or that are done */
	int64_t units_begun, done, failed;
	int64_t requests, polls, bad_nonces, connections;
	char *last_failure;
	struct latencies unit_ms, request_ms;
};

struct client {
	struct load *load;
	size_t number;
	struct bufferevent *connection;
	struct http_parser *parser;
	struct event *timer;
	const struct step *step; /* whose answer is awaited */
	struct signer *key;
	char *kid, *nonce;
	char *order, *finalize, *certificate;
	struct strlist authzs;
	size_t authz; /* which one is at work */
	char *challenge;
	struct buf request;
	int64_t unit; /* its number in this run; in its names */
	unsigned polls, bad_nonces, reconnects;
	double unit_at, request_at;
};

/* run.c */
double load_now(void);
struct err *load_run(struct load *l);
/* A client has nothing to do until all are ready, or any more. */
void load_ready(struct load *l);
/* The next unit's number; false: no more. */
bool load_next(struct load *l, int64_t *unit);
void load_unit_done(struct client *c);
void load_unit_failed(struct client *c, const char *why);
void load_give_up(struct load *l, const char *why);

/* wire.c: requests of one client over its connection */
void wire_send(struct client *c, const char *method, const char *url, const char *body);
void wire_drop(struct client *c);

/* steps.c */
struct step {
	const char *name;
	bool (*send)(struct client *c); /* false: it could not be made */
	void (*answered)(struct client *c, const struct http_message *answer, const json_t *body);
	bool needs_nonce;
};

void step_begin(struct client *c); /* its account */
void step_unit(struct client *c);  /* its next unit */
void step_answered(struct client *c, struct http_message *answer);
void step_again(struct client *c);

/* responder.c: HTTP-01 for all clients */
struct err *responder_start(struct load *l);

/* report.c */
void report(struct load *l, struct usage before, struct usage after);
