/* Accounts (RFC 8555 §7.1.2). */
#pragma once

#include "base/json.h"
#include "base/str.h"
#include "proto/status.h"

struct account {
	char *url;
	enum account_status status;
	struct strlist contacts;  /* "mailto:…" */
	char *orders_url; /* NULL if not said */
};

struct account_request {
	bool terms_agreed;
	bool only_existing;
	const struct strlist *contacts; /* NULL: field left out; empty: [] */
	const char *eab;                /* a JWS, JSON text; NULL: none */
	bool deactivate;                /* status: deactivated */
};

char *account_request_render(const struct account_request *r);
MUST_CHECK struct err *account_parse(struct account **out, const char *url, const json_t *obj);
void account_free(struct account *a);

AUTO_FREE(struct account, account_free)
