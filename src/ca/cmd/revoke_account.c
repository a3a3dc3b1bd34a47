/* revoke account: the CA turns its back on it (RFC 8555 §7.1.6). */
#include "ca/cmd/end_account.h"
#include "ca/cmd/registry.h"

static struct err *run(const struct command_run *r)
{
	return end_accounts(r, ACCOUNT_REVOKED);
}

const struct subcommand subcommand_revoke_account = {
	.name = "revoke account",
	.summary = "Revoke accounts for good, as the CA",
	.words = "ID...",
	.min_words = 1,
	.max_words = SIZE_MAX,
	.wants_config = true,
	.run = run,
};
