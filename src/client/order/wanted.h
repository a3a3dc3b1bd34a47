/* Which names a certificate is wanted for: -d and --ip-address, or what a person chooses or types (certbot.md 6.2). */
#pragma once

#include "client/client.h"
#include "pki/names.h"

/* None, if --cert-name says which certificate is meant. */
MUST_CHECK struct err *names_wanted(struct cert_names *names, struct client *c);
