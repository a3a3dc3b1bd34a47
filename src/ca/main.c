/* signet-ca: one command, what went wrong, an exit status. */
#include <errno.h>
#include <signal.h>

#include "base/fs.h"
#include "base/version.h"
#include "ca/cmd/command_line.h"
#include "ca/config/config.h"
#include "jose/openssl.h"
#include "net/resolver.h"

enum exit_status { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static struct err *run(const struct command_line *l)
{
	const struct world world = {
		.clock = &system_clock,
		.random = &system_random,
		.resolver = &system_resolver,
		.spawner = &system_spawner,
	};
	AUTO(ca_config_free) struct ca_config *config = NULL;
	const struct command_run r = {
		.world = &world,
		.config_path = l->config_path,
		.words = l->words,
		.out = stdout,
		.options = &l->options,
	};

	if (!l->command->wants_config)
		return l->command->run(&r);
	TRY(ca_config_load(&config, l->config_path));
	struct command_run with_config = r;

	with_config.config = config;
	return l->command->run(&with_config);
}

static struct err *do_command(struct command_line *l)
{
	switch (l->action) {
	case COMMAND_HELP:
		command_help(stdout, l->command);
		return NULL;
	case COMMAND_VERSION:
		(void)printf("signet-ca %s\n", SIGNET_VERSION);
		return NULL;
	case COMMAND_RUN:
		return run(l);
	}
	return NULL;
}

static struct err *flush_output(void)
{
	if (fflush(stdout) != 0)
		return err_errno(errno, "writing standard output");
	return ferror(stdout)
		     ? err_new(ERR_IO,
			       "writing standard output: some of it is lost; is the disk full, or its reader gone?")
		     : NULL;
}

static enum exit_status tell(const struct err *e, const struct subcommand *c)
{
	AUTO(free) char *text = err_text(e);
	bool usage = e->code == ERR_USAGE;

	if (usage)
		command_usage(stderr, c);
	(void)fprintf(stderr, "signet-ca: error: %s\n", text);
	return usage ? EXIT_USAGE : EXIT_FAILED;
}

int main(int argc, char *argv[])
{
	AUTO(command_line_release) struct command_line l = { 0 };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	fd_fill_standard();
	openssl_start();
	(void)sigaction(SIGPIPE, &ignore, NULL); /* a peer that closes is an error, not the end */
	size_t count = argc > 0 ? (size_t)argc - 1 : 0;
	AUTO(err_free) struct err *e = command_line_parse(&l, count, argv + 1);

	if (e == NULL)
		e = do_command(&l);
	if (e == NULL)
		e = flush_output();
	return (int)(e != NULL ? tell(e, l.command) : EXIT_OK);
}
