#include <stddef.h>

#include "ca/config/config.h"
#include "ca/config/key.h"

#define ROW(member) .offset = offsetof(struct log_config, member)

static const struct config_key keys[] = {
	{ .name = "file",
	  ROW(file),
	  .kind = CONFIG_PATH,
	  .doc = "Not set: standard error. SIGHUP opens it anew." },
	{ .name = "level",
	  ROW(level),
	  .kind = CONFIG_CHOICE,
	  .fallback = "info",
	  .words = (const char *const[]){ "debug", "info", "warning", "error", NULL },
	  .doc = "The least important that is written." },
	{ .name = "json",
	  ROW(json),
	  .kind = CONFIG_SWITCH,
	  .fallback = "no",
	  .doc = "Lines of JSON." },
};

const struct config_section config_section_log = {
	.name = "log",
	.doc = "The log.",
	.restart = true,
	.keys = keys,
	.key_count = ARRAY_LEN(keys),
	.size = sizeof(struct log_config),
	.offset = offsetof(struct ca_config, log),
};
