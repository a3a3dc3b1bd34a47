/* An account as clients see it (RFC 8555 §7.1.2). */
#pragma once

#include "ca/http/request.h"
#include "ca/store/object.h"

/* Let's Encrypt shows neither contacts nor orders (ca.md 5.5). Answers r. */
void account_view_answer(struct ca_request *r, int status, const struct store_account *a);
