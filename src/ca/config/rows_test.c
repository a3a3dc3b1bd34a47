#include <stddef.h>

#include "ca/config/config.h"
#include "ca/config/key.h"

#define ROW(member) .offset = offsetof(struct test_config, member)

static const struct config_key keys[] = {
	{ .name = "always_valid",
	  ROW(always_valid),
	  .kind = CONFIG_SWITCH,
	  .fallback = "no",
	  .doc = "Every challenge is valid, unseen." },
	{ .name = "nonce_reject_percent",
	  ROW(nonce_reject_percent),
	  .kind = CONFIG_NUMBER,
	  .fallback = "0",
	  .min = 0,
	  .max = 100,
	  .doc = "So many good nonces are refused." },
	{ .name = "busy_percent",
	  ROW(busy_percent),
	  .kind = CONFIG_NUMBER,
	  .fallback = "0",
	  .min = 0,
	  .max = 100,
	  .doc = "So many requests are answered with 503." },
	{ .name = "strict",
	  ROW(strict),
	  .kind = CONFIG_SWITCH,
	  .fallback = "no",
	  .doc = "Refuse what Pebble refuses by -strict." },
	{ .name = "need_user_agent",
	  ROW(need_user_agent),
	  .kind = CONFIG_SWITCH,
	  .fallback = "no",
	  .doc = "Refuse requests without User-Agent." },
};

const struct config_section config_section_test = {
	.name = "test",
	.doc = "For tests of ACME clients only.",
	.keys = keys,
	.key_count = ARRAY_LEN(keys),
	.size = sizeof(struct test_config),
	.offset = offsetof(struct ca_config, test),
};
