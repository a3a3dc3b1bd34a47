/* config: every key there is. */
#include "ca/config/config.h"
#include "base/limits.h"
#include "ca/cmd/registry.h"

static struct err *run(const struct command_run *r)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_FILE);

	ca_config_document(&text);
	TRY(buf_check(&text, "the configuration's documentation"));
	(void)fputs(buf_str(&text), r->out);
	return NULL;
}

const struct subcommand subcommand_config = {
	.name = "config",
	.summary = "Print every key of the configuration with its default and what it means",
	.run = run,
};
