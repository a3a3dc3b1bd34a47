/* Files for mutual TLS: one self-signed certificate for 127.0.0.1 that is both sides' and its own CA. */
#pragma once

#include "net/mutual_tls.h"

struct mutual {
	char *dir, *certificate, *key;
	struct mutual_tls files; /* loans */
};

void mutual_make(struct mutual *m);
void mutual_release(struct mutual *m); /* removes them */
