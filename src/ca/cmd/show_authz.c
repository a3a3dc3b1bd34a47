/* show authz: one or some, by id: the last number of its URL. */
#include "ca/cmd/desk.h"
#include "ca/cmd/proof_text.h"
#include "ca/cmd/registry.h"
#include "ca/cmd/sheet.h"

static void describe(struct sheet *s, const struct store_authz *a, time_t now)
{
	AUTO(strlist_release) struct strlist problem = { 0 };
	AUTO(strlist_release) struct strlist record = { 0 };
	AUTO(free) char *name = str_fmt("%s%s", a->wildcard ? "*." : "", a->ident.value);

	problem_lines(&problem, a->error);
	record_lines(&record, a->record);
	sheet_number(s, "id", a->id);
	sheet_number(s, "account", a->account_id);
	sheet_text(s, "identifier", name);
	sheet_text(s, "status", authz_status_name(store_authz_status(a, now)));
	sheet_text(s, "profile", a->profile);
	sheet_time(s, "expires", a->expires);
	sheet_list(s, "offered", &a->offered);
	sheet_text(s, "attempt", a->attempt);
	sheet_time(s, "judged", a->validated);
	sheet_stored(s, "problem", a->error, &problem);
	sheet_stored(s, "seen", a->record, &record);
}

static struct err *show(const struct command_run *r, struct desk *d, const char *word, void *ctx)
{
	AUTO(desk_answer_release) struct store_answer answer = { 0 };
	int64_t id = 0;

	(void)ctx;
	TRY(command_id(&id, word));
	store_authz_by_id(desk_store(d), desk_asker(d), id);
	TRY(desk_wait(d, &answer));
	if (answer.outcome == STORE_NOT_FOUND)
		return err_new(ERR_CONFIG, "there is no authorization %s", word);
	AUTO(sheet_free) struct sheet *s = sheet_new(r->out, command_has(r, "--json"));

	describe(s, &answer.authzs[0], world_now(r->world));
	return NULL;
}

static struct err *run(const struct command_run *r)
{
	return desk_each_word(r, show, NULL);
}

static const struct command_option options[] = {
	{ "--json", NULL, "Print a JSON object a line" },
};

const struct subcommand subcommand_show_authz = {
	.name = "show authz",
	.summary = "Show authorizations by their ids, and what their validation saw",
	.words = "ID...",
	.min_words = 1,
	.max_words = SIZE_MAX,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.wants_config = true,
	.run = run,
};
