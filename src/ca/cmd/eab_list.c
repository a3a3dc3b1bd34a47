/* eab list: external account keys and what became of them; never the keys themselves. */
#include "base/json.h"
#include "ca/cmd/desk.h"
#include "ca/cmd/registry.h"
#include "ca/cmd/table.h"
#include "ca/config/config.h"

enum { PAGE = 500 };

static const char *state_of(const struct store_eab *e, bool single_use, time_t now)
{
	if (e->revoked)
		return "revoked";
	if (single_use && e->account_id != 0)
		return "used";
	return e->expires != 0 && e->expires <= now ? "expired" : "usable";
}

static void show(struct table *t, const struct store_eab *e, const struct command_run *r)
{
	table_text(t, "kid", e->kid);
	table_text(t, "state",
		   state_of(e, r->config->accounts.eab_single_use, world_now(r->world)));
	table_number(t, "account", e->account_id);
	table_time(t, "created", e->created);
	table_time(t, "expires", e->expires);
	table_text(t, "note", e->note);
	table_end_row(t);
}

static struct err *run(const struct command_run *r)
{
	AUTO(desk_close) struct desk *d = NULL;
	AUTO(table_free) struct table *t = table_new(r->out, command_has(r, "--json"));
	AUTO(free) char *after = NULL;

	TRY(desk_open(&d, r->config, r->world));
	for (size_t count = PAGE; count == PAGE;) {
		AUTO(desk_answer_release) struct store_answer answer = { 0 };

		store_eabs(desk_store(d), desk_asker(d), after, PAGE);
		TRY(desk_wait(d, &answer));
		count = answer.eab_count;
		for (size_t i = 0; i < count; i++)
			show(t, &answer.eabs[i], r);
		if (count > 0) {
			free(after);
			after = xstrdup(answer.eabs[count - 1].kid);
		}
	}
	return NULL;
}

static const struct command_option options[] = {
	{ "--json", NULL, "Print a JSON object a line" },
};

const struct subcommand subcommand_eab_list = {
	.name = "eab list",
	.summary = "List external account keys",
	.options = options,
	.option_count = ARRAY_LEN(options),
	.wants_config = true,
	.run = run,
};
