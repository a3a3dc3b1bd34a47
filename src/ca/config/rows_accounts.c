#include <stddef.h>

#include "ca/config/config.h"
#include "ca/config/key.h"

#define ROW(member) .offset = offsetof(struct accounts_config, member)

static const struct config_key keys[] = {
	{ .name = "eab_required",
	  ROW(eab_required),
	  .kind = CONFIG_SWITCH,
	  .fallback = "no",
	  .doc = "New accounts need an external account binding (`signet-ca eab` makes its keys)." },
	{ .name = "eab_single_use",
	  ROW(eab_single_use),
	  .kind = CONFIG_SWITCH,
	  .fallback = "yes",
	  .doc = "An external key binds one account only." },
	{ .name = "max_contacts",
	  ROW(max_contacts),
	  .kind = CONFIG_NUMBER,
	  .fallback = "10",
	  .min = 0,
	  .max = 100,
	  .doc = "Contacts of an account." },
	{ .name = "require_public_suffix",
	  ROW(require_public_suffix),
	  .kind = CONFIG_SWITCH,
	  .fallback = "no",
	  .doc = "A contact's domain has to end in a public suffix." },
	{ .name = "allow_p521",
	  ROW(allow_p521),
	  .kind = CONFIG_SWITCH,
	  .fallback = "no",
	  .doc = "Take P-521 in account keys and certificate requests (Let's Encrypt does not)." },
	{ .name = "blocked_keys",
	  ROW(blocked_keys),
	  .kind = CONFIG_PATH,
	  .doc = "Keys that are refused: the SHA-256 of a SubjectPublicKeyInfo in hex, one a line." },
	{ .name = "key_cache",
	  ROW(key_cache_s),
	  .restart = true,
	  .kind = CONFIG_DURATION,
	  .fallback = "1s",
	  .min = 0,
	  .max = 60,
	  .doc = "How long an account is believed to be as it was read: so long after it changed elsewhere (by a\n"
		 "command, at another CA of the same database) its old key may still be taken. 0s: asks each time." },
};

const struct config_section config_section_accounts = {
	.name = "accounts",
	.doc = "Accounts and the keys they may have.",
	.keys = keys,
	.key_count = ARRAY_LEN(keys),
	.size = sizeof(struct accounts_config),
	.offset = offsetof(struct ca_config, accounts),
};
