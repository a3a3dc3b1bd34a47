/* One event loop of the CA in its thread: listeners, validations, issuances. Main talks to it by letters. */
#pragma once

#include <openssl/ssl.h>

#include "ca/ca.h"

struct runner;

/* Everything but the thread. reuse_port: other runners listen on the same ports. */
MUST_CHECK struct err *runner_new(struct runner **out, struct ca *ca, unsigned number,
				  bool reuse_port);
/* tls NULL: plain. Port 0: the system picks one, *port says which. */
MUST_CHECK struct err *runner_listen(struct runner *r, const char *address, unsigned *port,
				     SSL_CTX *tls);
MUST_CHECK struct err *runner_start(struct runner *r);

/* From the main thread: for later requests, for later connections. */
void runner_use(struct runner *r, struct ca *ca);
void runner_use_tls(struct runner *r, SSL_CTX *tls);
/* Takes up what a crash left half done. One runner does it for all. */
void runner_resume(struct runner *r);

/* No more connections; when requests, validations and issuances are done, the loop ends and done is posted. */
void runner_drain(struct runner *r, struct mailbox *to, void (*done)(void *arg), void *arg);
/* Ends the loop where it is, joins it, and lets go of all but the way in: the store may still have answers for it. */
void runner_stop(struct runner *r);
void runner_free(struct runner *r);

AUTO_FREE(struct runner, runner_free)
