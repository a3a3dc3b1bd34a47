#include <stddef.h>

#include "ca/config/config.h"
#include "ca/config/key.h"

#define ROW(member) .offset = offsetof(struct store_config, member)

static const struct config_key keys[] = {
	{ .name = "backend",
	  ROW(backend),
	  .kind = CONFIG_CHOICE,
	  .fallback = "sqlite",
	  .words = (const char *const[]){ "sqlite", "postgresql", NULL },
	  .doc = "One file of this machine, or a server that several CAs can share." },
	{ .name = "path",
	  ROW(path),
	  .kind = CONFIG_PATH,
	  .fallback = "ca.db",
	  .doc = "The file of SQLite." },
	{ .name = "connection",
	  ROW(connection),
	  .kind = CONFIG_TEXT,
	  .doc = "libpq's connection string, such as \"host=/run/postgresql dbname=signet\"." },
};

const struct config_section config_section_store = {
	.name = "store",
	.doc = "Where accounts, orders and certificates are kept.",
	.restart = true,
	.keys = keys,
	.key_count = ARRAY_LEN(keys),
	.size = sizeof(struct store_config),
	.offset = offsetof(struct ca_config, store),
};
