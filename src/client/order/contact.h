/* The e-mail addresses of an account: from the command line, or from a person (certbot.md 9.3). */
#pragma once

#include "client/client.h"

/* "mailto:" and each address of opt->email. */
void contacts_of(struct strlist *out, const struct options *opt);

/* Where neither an address nor the wish for none was given: asks, and nothing typed is none. */
MUST_CHECK struct err *contact_ask(struct client *c, struct options *opt);
/* An address must be given. refused: what the CA said to the last one; NULL: none was tried. */
MUST_CHECK struct err *contact_demand(struct client *c, struct options *opt,
				      const struct err *refused);

/* The CA takes no such address, and somebody is there to type another one. */
bool contact_is_refused(const struct client *c, const struct err *e);
