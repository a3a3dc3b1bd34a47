/* show order: one or some, by id: the last number of its URL. */
#include "ca/cmd/desk.h"
#include "ca/cmd/proof_text.h"
#include "ca/cmd/registry.h"
#include "ca/cmd/sheet.h"

static char *authz_text(const struct store_authz *a, time_t now)
{
	return str_fmt("%lld (%s%s, %s)", (long long)a->id, a->wildcard ? "*." : "", a->ident.value,
		       authz_status_name(store_authz_status(a, now)));
}

static void describe(struct sheet *s, const struct store_order *o, time_t now)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	AUTO(strlist_release) struct strlist authzs = { 0 };
	AUTO(strlist_release) struct strlist problem = { 0 };

	for (size_t i = 0; i < o->idents.count; i++)
		strlist_add(&names, o->idents.items[i].value);
	for (size_t i = 0; i < o->authz_count; i++)
		strlist_take(&authzs, authz_text(&o->authzs[i], now));
	problem_lines(&problem, o->error);
	sheet_number(s, "id", o->id);
	sheet_number(s, "account", o->account_id);
	sheet_list(s, "identifiers", &names);
	sheet_text(s, "status", order_status_name(store_order_status(o, now)));
	sheet_text(s, "profile", o->profile);
	sheet_time(s, "created", o->created);
	sheet_time(s, "expires", o->expires);
	sheet_time(s, "not_before", o->not_before);
	sheet_time(s, "not_after", o->not_after);
	sheet_text(s, "replaces", o->replaces);
	sheet_list(s, "authzs", &authzs);
	sheet_text(s, "serial", o->certified ? o->serial : NULL);
	sheet_stored(s, "problem", o->error, &problem);
}

static struct err *show(const struct command_run *r, struct desk *d, const char *word, void *ctx)
{
	AUTO(desk_answer_release) struct store_answer answer = { 0 };
	int64_t id = 0;

	(void)ctx;
	TRY(command_id(&id, word));
	store_order_by_id(desk_store(d), desk_asker(d), id);
	TRY(desk_wait(d, &answer));
	if (answer.outcome == STORE_NOT_FOUND)
		return err_new(ERR_CONFIG, "there is no order %s", word);
	AUTO(sheet_free) struct sheet *s = sheet_new(r->out, command_has(r, "--json"));

	describe(s, &answer.orders[0], world_now(r->world));
	return NULL;
}

static struct err *run(const struct command_run *r)
{
	return desk_each_word(r, show, NULL);
}

static const struct command_option options[] = {
	{ "--json", NULL, "Print a JSON object a line" },
};

const struct subcommand subcommand_show_order = {
	.name = "show order",
	.summary = "Show orders by their ids, with their authorizations",
	.words = "ID...",
	.min_words = 1,
	.max_words = SIZE_MAX,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.wants_config = true,
	.run = run,
};
