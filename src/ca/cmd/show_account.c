/* show account: one or some, by id. */
#include "ca/cmd/account_row.h"
#include "ca/cmd/desk.h"
#include "ca/cmd/registry.h"

static struct err *show(struct table *t, struct desk *d, const char *word)
{
	AUTO(desk_answer_release) struct store_answer answer = { 0 };
	int64_t id = 0;

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
	AUTO(desk_close) struct desk *d = NULL;
	AUTO(table_free) struct table *t = table_new(r->out, command_has(r, "--json"));

	TRY(desk_open(&d, r->config, r->world));
	for (size_t i = 0; i < r->words.count; i++)
		TRY(show(t, d, r->words.items[i]));
	return NULL;
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
