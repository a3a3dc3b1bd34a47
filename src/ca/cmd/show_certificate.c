/* show certificate: one or some, by serial number. */
#include "ca/cmd/cert_row.h"
#include "ca/cmd/desk.h"
#include "ca/cmd/registry.h"

static struct err *show(const struct command_run *r, struct desk *d, const char *word, void *ctx)
{
	AUTO(desk_answer_release) struct store_answer answer = { 0 };
	AUTO(free) char *serial = cert_serial(word);
	struct table *t = ctx;

	(void)r;
	store_cert_by_serial(desk_store(d), desk_asker(d), serial);
	TRY(desk_wait(d, &answer));
	if (answer.outcome == STORE_NOT_FOUND)
		return err_new(ERR_CONFIG, "there is no certificate %s", word);
	cert_row(t, &answer.certs[0]);
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

const struct subcommand subcommand_show_certificate = {
	.name = "show certificate",
	.summary = "Show certificates by their serial numbers",
	.words = "SERIAL...",
	.min_words = 1,
	.max_words = SIZE_MAX,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.wants_config = true,
	.run = run,
};
