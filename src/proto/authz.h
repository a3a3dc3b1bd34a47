/* Authorizations (RFC 8555 §7.1.4). */
#pragma once

#include "proto/challenge.h"

struct authz {
	char *url;
	struct ident ident; /* without "*." */
	bool wildcard;
	enum authz_status status;
	time_t expires; /* 0: not said */
	struct challenge *challenges;
	size_t challenge_count;
};

MUST_CHECK struct err *authz_parse(struct authz **out, const char *url, const json_t *obj);
/* As a CA shows it; the caller's. */
json_t *authz_render(const struct authz *a);
void authz_free(struct authz *a);
/* "*.example.org" or "example.org": the name as it was ordered. */
char *authz_name(const struct authz *a);
/* Why an invalid one is invalid: the error of its failed challenge, copied; NULL when it says nothing. */
struct err *authz_failure(const struct authz *a);

AUTO_FREE(struct authz, authz_free)
