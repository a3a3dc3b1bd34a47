/*
 * Redirects to https that a block has for its own names: when the block speaks TLS as well, they would lead back to themselves for
 * ever. They are made to hold for plain HTTP alone, which needs something else in the block that TLS can serve.
 */
#pragma once

#include "plugins/nginx/vhost.h"

struct loop_guard {
	struct config *config;
	const struct vhost *vhost;
	const char *name;            /* that is to be served */
	const char *fullchain, *key; /* for advice */
};

/* ERR_CONFIG, with the place and what to do: nothing else is served there, or the redirect cannot be changed. */
MUST_CHECK struct err *loop_prevent(const struct loop_guard *g, struct edits *e);
/* `if ($scheme = http) { return 301 https://...; }` */
bool loop_is_prevented(const struct directive *d);
