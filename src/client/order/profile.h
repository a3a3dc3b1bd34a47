/* The profile of an order: which one is asked for, and whether the CA took the order for it (draft-ietf-acme-profiles). */
#pragma once

#include "acme/session.h"
#include "client/client.h"

/* *out NULL: none, the CA chooses. ERR_CONFIG: --required-profile names one that the CA does not offer. */
MUST_CHECK struct err *profile_choose(char **out, struct acme_session *s, const struct options *opt);

/* ERR_PROTOCOL when the order is not for the required profile; one that is not for the preferred profile is a warning. */
MUST_CHECK struct err *profile_check(struct ui *ui, const struct options *opt, const char *asked, const struct acme_order *o);
