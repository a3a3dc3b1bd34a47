#include "ca/cmd/end_account.h"

#include "ca/cmd/desk.h"

static struct err *end(const struct command_run *r, struct desk *d, const char *word, void *ctx)
{
	const enum account_status status = *(const enum account_status *)ctx;
	AUTO(desk_answer_release) struct store_answer answer = { 0 };
	int64_t id = 0;

	TRY(command_id(&id, word));
	store_account_end(desk_store(d), desk_asker(d), id, status);
	TRY(desk_wait(d, &answer));
	if (answer.outcome == STORE_NOT_FOUND)
		return err_new(ERR_CONFIG, "there is no account %s", word);
	if (answer.outcome == STORE_TOO_LATE)
		return err_new(ERR_CONFIG, "account %s is %s already", word,
			       account_status_name(answer.accounts[0].status));
	(void)fprintf(r->out, "account %s is %s\n", word, account_status_name(status));
	return NULL;
}

struct err *end_accounts(const struct command_run *r, enum account_status status)
{
	return desk_each_word(r, end, &status);
}
