/* A key that is in wrong hands, from the command line: what a revocation signed by the key itself does (ca/res/revoke_cert.c). */
#pragma once

#include "ca/cmd/cmd.h"
#include "ca/cmd/desk.h"

/* Blocks the certificate's key, ends its account if it has one, and revokes the other certificates of it. Each is printed. */
MUST_CHECK struct err *compromised(const struct command_run *r, struct desk *d,
				   const struct store_cert *c);
