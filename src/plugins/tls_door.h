/* A server on loopback that answers TLS challenges, for another server to hand connections over to. */
#pragma once

#include "client/plugin.h"

#define TLS_DOOR_HOST "127.0.0.1"

struct tls_door;

/* On a port that the system picks, for the tasks of MEDIUM_TLS among n; they outlive it. */
MUST_CHECK struct err *tls_door_open(struct tls_door **out, const struct task *tasks, size_t n,
				     time_t now);
unsigned tls_door_port(const struct tls_door *d);
void tls_door_free(struct tls_door *d);

AUTO_FREE(struct tls_door, tls_door_free)
