/* eab revoke: nobody registers with this key any more. Accounts that did stay. */
#include "ca/cmd/desk.h"
#include "ca/cmd/registry.h"

static struct err *run(const struct command_run *r)
{
	AUTO(desk_close) struct desk *d = NULL;
	AUTO(desk_answer_release) struct store_answer answer = { 0 };
	const char *kid = r->words.items[0];

	TRY(desk_open(&d, r->config, r->world));
	store_eab_revoke(desk_store(d), desk_asker(d), kid);
	TRY(desk_wait(d, &answer));
	if (answer.outcome == STORE_NOT_FOUND)
		return err_new(ERR_CONFIG, "there is no external account key \"%s\"", kid);
	(void)fprintf(r->out, "%s is revoked\n", kid);
	return NULL;
}

const struct subcommand subcommand_eab_revoke = {
	.name = "eab revoke",
	.summary = "Revoke an external account key",
	.words = "KID",
	.min_words = 1,
	.max_words = 1,
	.wants_config = true,
	.run = run,
};
