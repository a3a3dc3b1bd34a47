/*
 * Where a loop validates from: the primary perspective and the others of the configuration, each with its own resolver, source
 * addresses and user agent, or far away behind mutual TLS.
 */
#pragma once

#include "ca/ca.h"
#include "va/perspective.h"

struct vantages;

/* ERR_CONFIG, ERR_NETWORK. */
MUST_CHECK struct err *vantages_new(struct vantages **out, const struct ca_loop *loop);
void vantages_free(struct vantages *v);
/* Asks all of them. A loan. */
struct perspectives *vantages_perspectives(const struct vantages *v);

AUTO_FREE(struct vantages, vantages_free)
