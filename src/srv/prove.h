/* Proof that what was installed is what is served, everywhere and for good. */
#pragma once

#include "srv/sight.h"

enum showing {
	SHOWS_EXPECTED,
	SHOWS_SHORT_CHAIN, /* the certificate without its issuers */
	SHOWS_OTHER,
	SHOWS_NOTHING, /* no connection, or no handshake */
};

enum showing sight_showing(const struct sight *s, const struct chain *expected);

struct proof_wanted {
	const struct endpoints *at;
	const char *const *
		programs; /* of the server, NULL-ended: another one on a port is told as such; may be NULL */
	int patience_ms; /* 0: 10 s */
};

/*
 * Does each endpoint show its fullchain? All are looked at, and again until they agree or patience is over; one of each address
 * is then looked at twice more. The error says what is shown instead, and by whom: "a.test at 127.0.0.1:443 shows the
 * certificate 03ab instead of 04cd: served by nginx (PID 812), which runs since 2026-11-28 10:00:00+00:00".
 */
MUST_CHECK struct err *prove_served(const struct world *w, const struct proof_wanted *wanted);
