/*
 * A change of a running server that happens whole or not at all: conflict check, checkpoint, write, the server's own test,
 * reload, proof: what is to be shown is, names beside keep what they are shown, and no name leads to itself that did not before. What fails is undone (bytes, owner, mode, time), the server is reloaded with what it had, and the error
 * says which step failed, in the server's words.
 */
#pragma once

#include "srv/change.h"
#include "srv/checkpoint.h"
#include "srv/endpoint.h"
#include "srv/webserver.h"

enum transaction_step {
	STEP_WRITE,
	STEP_TEST,
	STEP_RELOAD,
	STEP_PROVE,
	STEP_FINISH,
	STEP_UNDO,
	STEP_COUNT
};

struct transaction {
	const struct checkpoints *checkpoints;
	const struct webserver *server;
	const struct change *change;
	const char *title; /* of the backup; NULL: temporary, until transaction_withdraw() */
	const struct endpoints *prove; /* may be NULL or empty */
	const struct endpoints
		*keep;      /* of names beside: what is good there stays so; may be NULL */
	int patience_ms;    /* for the proof; 0: 10 s */
	unsigned http_port; /* beside the endpoints of the proof; 0: 80 */
	/* Told before each step; may be NULL. */
	void (*tell)(void *ctx, enum transaction_step step);
	void *ctx;
};

/* *outcome is how the server took it. An empty change is only tested, reloaded and proved. */
MUST_CHECK struct err *transaction_run(const struct transaction *t,
				       enum webserver_outcome *outcome);
/*
 * Takes a temporary change back and has the server take what there was. Nothing in place: nothing happens. later: the server is
 * told by the next transaction, or by transaction_settle().
 */
MUST_CHECK struct err *transaction_withdraw(const struct checkpoints *c, const struct webserver *s,
					    bool later);
/* Has it take its configuration, if that is still owed. */
MUST_CHECK struct err *transaction_settle(const struct checkpoints *c, const struct webserver *s);
/* Has it take what is there again, as webserver_take_back(); one that does not run is left so. */
MUST_CHECK struct err *transaction_reload(const struct checkpoints *c, const struct webserver *s,
					  enum webserver_outcome *outcome);
