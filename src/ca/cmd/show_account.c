/* show account: one or some, by id. */
#include "ca/cmd/account_row.h"
#include "ca/cmd/desk.h"
#include "ca/cmd/registry.h"

static struct err *show(const struct command_run *r, struct desk *d, const char *word, void *ctx)
{
	AUTO(desk_answer_release) struct store_answer answer = { 0 };
	struct table *t = ctx;
	int64_t id = 0;

	(void)r;
	TRY(command_id(&id, word));
	store_account_by_id(desk_store(d), desk_asker(d), id);
	TRY(desk_wait(d, &answer));
	if (answer.outcome == STORE_NOT_FOUND)
		return err_new(ERR_CONFIG, "there is no account %s", word);
	account_row(t, &answer.accounts[0]);
	return NULL;
}

static struct err *run(const struct command_run *r)
{
	AUTO(table_free) struct table *t = table_new(r->out, command_has(r, "--json"));

	return desk_each_word(r, show, t);
}

static const struct command_option options[] = {
	{ "--json", NULL, "Print a JSON object a line" },
};

const struct subcommand subcommand_show_account = {
	.name = "show account",
	.summary = "Show accounts by their ids",
	.words = "ID...",
	.min_words = 1,
	.max_words = SIZE_MAX,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.wants_config = true,
	.run = run,
};
