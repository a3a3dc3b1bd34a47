/* A CA without its server: the real store, signer and judges, and whoever asks them. */
#pragma once

#include <openssl/sha.h>

#include "ca/ca.h"
#include "ca/sign/fixture.h"
#include "ca/store/store.h"

#define HOUR 3600

extern time_t lab_passed_s; /* since FIXTURE_NOW */

struct lab {
	struct fixture f;
	struct ca ca;
	struct ca_loop loop;
	/* the last answer of the store */
	bool answered;
	enum store_outcome outcome;
	int64_t id;
	struct store_order order;
	struct store_authz authz;
	struct store_cert cert;
	unsigned char key[SHA256_DIGEST_LENGTH]; /* of the last request */
};

#define LAB_NO_DNS 1 /* a port where nothing listens: who asks is refused */

/* With more configuration, or NULL. */
void lab_open(struct lab *l, unsigned dns_port, const char *more);
void lab_close(struct lab *l);
void lab_start(struct lab *l);
/* As a crash does, but for its memory. */
void lab_stop(struct lab *l);

/* Whose answer lab_await waits for. */
struct store_asker lab_asks(struct lab *l);
void lab_await(struct lab *l, enum store_outcome outcome);

void lab_account(struct lab *l);
/* Of that account: its id, and that of its authorization. */
void lab_order(struct lab *l, const char *profile, int64_t *order_id, int64_t *authz_id);
