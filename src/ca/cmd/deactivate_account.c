/* deactivate account: as if its owner had done it (RFC 8555 §7.3.6). */
#include "ca/cmd/end_account.h"
#include "ca/cmd/registry.h"

static struct err *run(const struct command_run *r)
{
	return end_accounts(r, ACCOUNT_DEACTIVATED);
}

const struct subcommand subcommand_deactivate_account = {
	.name = "deactivate account",
	.summary = "Deactivate accounts for good, as their owners could",
	.words = "ID...",
	.min_words = 1,
	.max_words = SIZE_MAX,
	.wants_config = true,
	.run = run,
};
