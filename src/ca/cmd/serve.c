/* serve: the CA itself. */
#include "ca/cmd/registry.h"
#include "ca/service/service.h"

static struct err *run(const struct command_run *r)
{
	const struct service_options o = {
		.config = r->config,
		.config_path = r->config_path,
		.world = r->world,
	};

	return service_run(&o);
}

const struct subcommand subcommand_serve = {
	.name = "serve",
	.summary = "Serve ACME until told to stop (SIGTERM); SIGHUP reads the configuration again",
	.wants_config = true,
	.run = run,
};
