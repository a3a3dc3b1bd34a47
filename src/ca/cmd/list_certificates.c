/* list certificates: newest first, all or those of a name. */
#include "ca/cmd/cert_row.h"
#include "ca/cmd/desk.h"
#include "ca/cmd/registry.h"

enum { PAGE = 500 };

static struct err *run(const struct command_run *r)
{
	AUTO(desk_close) struct desk *d = NULL;
	AUTO(table_free) struct table *t = table_new(r->out, command_has(r, "--json"));
	const char *name = r->words.count > 0 ? r->words.items[0] : NULL;
	int64_t before = 0;

	TRY(desk_open(&d, r->config, r->world));
	for (size_t count = PAGE; count == PAGE;) {
		AUTO(desk_answer_release) struct store_answer answer = { 0 };

		store_certs(desk_store(d), desk_asker(d), name, before, PAGE);
		TRY(desk_wait(d, &answer));
		count = answer.cert_count;
		for (size_t i = 0; i < count; i++)
			cert_row(t, &answer.certs[i]);
		if (count > 0)
			before = answer.certs[count - 1].order_id;
	}
	return NULL;
}

static const struct command_option options[] = {
	{ "--json", NULL, "Print a JSON object a line" },
};

const struct subcommand subcommand_list_certificates = {
	.name = "list certificates",
	.summary = "List certificates, newest first, all or those of a name",
	.words = "[NAME]",
	.max_words = 1,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.wants_config = true,
	.run = run,
};
