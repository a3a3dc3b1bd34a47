/*
 * A CA in a temporary directory: a root, issuers e1 and e2 (P-256) and r1 (RSA) that it signed, each with its key, and a
 * configuration that a test adds to. Time is virtual.
 */
#pragma once

#include "ca/sign/sign.h"

#define FIXTURE_NOW ((time_t)1795302586)

struct fixture {
	char dir[64];
	struct ca_config *config;
	struct sign *sign;
};

extern const struct world fixture_world;

/* more: sections behind the issuers; NULL: none. */
void fixture_new(struct fixture *out, const char *more);
/* The configuration as fixture_new() makes it, to be loaded or refused. */
struct err *fixture_config(struct ca_config **out, const struct fixture *f, const char *more);
/* A file of the directory. */
char *fixture_path(const struct fixture *f, const char *name);
void fixture_write(const struct fixture *f, const char *name, const void *data, size_t len);
void fixture_free(struct fixture *f);

/* RSA 2048, made once for all. */
extern const char fixture_rsa_key[];
