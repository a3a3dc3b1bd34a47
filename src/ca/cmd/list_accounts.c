/* list accounts: newest first. */
#include "ca/cmd/account_row.h"
#include "ca/cmd/desk.h"
#include "ca/cmd/registry.h"

enum { PAGE = 500 };

static struct err *run(const struct command_run *r)
{
	AUTO(desk_close) struct desk *d = NULL;
	AUTO(table_free) struct table *t = table_new(r->out, command_has(r, "--json"));
	int64_t before = 0;

	TRY(desk_open(&d, r->config, r->world));
	for (size_t count = PAGE; count == PAGE;) {
		AUTO(desk_answer_release) struct store_answer answer = { 0 };

		store_accounts(desk_store(d), desk_asker(d), before, PAGE);
		TRY(desk_wait(d, &answer));
		count = answer.account_count;
		for (size_t i = 0; i < count; i++)
			account_row(t, &answer.accounts[i]);
		if (count > 0)
			before = answer.accounts[count - 1].id;
	}
	return NULL;
}

static const struct command_option options[] = {
	{ "--json", NULL, "Print a JSON object a line" },
};

const struct subcommand subcommand_list_accounts = {
	.name = "list accounts",
	.summary = "List accounts, newest first",
	.options = options,
	.option_count = ARRAY_LEN(options),
	.wants_config = true,
	.run = run,
};
