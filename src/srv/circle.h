/*
 * Names that lead to themselves: the redirects that https://NAME/ answers with come back to where they began, through plain HTTP
 * or without, so that no browser comes to an end. An answer that sets a cookie may be another one the second time: it is none.
 */
#pragma once

#include "base/str.h"
#include "base/world.h"
#include "srv/endpoint.h"

struct circle_search {
	const struct endpoints *at; /* each name is asked for at the first of its own */
	unsigned http_port;         /* where http:// of these names is asked; 0: 80 */
};

/* Adds the names that do. Who does not answer does not; who is slow has no more others looked at. */
MUST_CHECK struct err *circles_find(struct strlist *out, const struct world *w,
				    const struct circle_search *s);
/* ERR_CHALLENGE: one does that did not `before`. The error tells the way. */
MUST_CHECK struct err *circles_refuse(const struct world *w, const struct circle_search *s,
				      const struct strlist *before);
