/* The CA at work: loops that serve, and the main thread that takes signals, keeps the store small and ends it all. */
#pragma once

#include "base/world.h"
#include "ca/config/config.h"

struct service_options {
	const struct ca_config *config;
	const char *config_path; /* SIGHUP reads it again */
	const struct world *world;
};

/* Until SIGTERM or SIGINT. What keeps it from starting is an error; what happens later is logged. */
MUST_CHECK struct err *service_run(const struct service_options *o);
