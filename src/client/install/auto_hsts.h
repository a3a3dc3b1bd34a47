/* What `renew` does for --auto-hsts: the next step, where it is time, whether or not a certificate is due (certbot.md 13.10). */
#pragma once

#include "client/client.h"

/* names: the lineages of this run; one of them says how the server is spoken to. */
MUST_CHECK struct err *auto_hsts_raise(struct client *c, const struct strlist *names);
