/*
 * Strict-Transport-Security whose max-age grows from one run of `renew` to the next (certbot.md 13.10, 16.6). Which step a host is at
 * is in the plugins' storage by the id that a comment in the host has: Certbot goes on with ours, and we with its.
 */
#pragma once

#include "plugins/apache/site.h"

MUST_CHECK struct err *apache_auto_hsts_enable(struct apache_sites *s, const struct strlist *names);
/* Has any host waited long enough for its next step? */
MUST_CHECK struct err *apache_auto_hsts_owed(bool *out, const struct options *o, time_t now);
MUST_CHECK struct err *apache_auto_hsts_step(struct apache_sites *s);
/* The hosts that have this key and are at the last step get the time for good. */
MUST_CHECK struct err *apache_auto_hsts_finish(struct apache_sites *s, const char *key);
