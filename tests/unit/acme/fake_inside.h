/* What the files of the fake CA share. */
#pragma once

#include "acme/fake_ca.h"
#include "base/json.h"
#include "jose/jws.h"

#define FAKE_START 1795752000 /* 2026-11-27 04:00:00 UTC */

struct fake_request {
	struct fake_ca *ca;
	const char *path;
	const struct jws *jws; /* NULL: not signed */
	json_t *payload;       /* NULL: empty */
	EVP_PKEY *key;         /* of the "jwk"; NULL */
	struct http_message *out;
};

void fake_send_text(struct http_message *m, int status, const char *type, const char *body);
void fake_send_problem(struct http_message *m, int status, const char *type, const char *detail);
/* To the resource at the path. */
void fake_dispatch(struct fake_request *r);
