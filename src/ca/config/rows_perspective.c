#include <stddef.h>

#include "ca/config/config.h"
#include "ca/config/form.h"
#include "ca/config/key.h"

#define ROW(member) .offset = offsetof(struct perspective_config, member)

static const struct config_key keys[] = {
	{ .name = "region",
	  ROW(region),
	  .kind = CONFIG_TEXT,
	  .fits = form_region,
	  .form = FORM_REGION,
	  .doc = "The registry that its addresses are from; a quorum needs two if any is set." },
	{ .name = "resolvers",
	  ROW(resolvers),
	  .kind = CONFIG_LIST,
	  .fits = form_resolver,
	  .form = FORM_RESOLVER,
	  .doc = "Simulated here: its DNS servers. Not set: those of [va]..." },
	{ .name = "user_agent",
	  ROW(user_agent),
	  .kind = CONFIG_TEXT,
	  .doc = "...its User-Agent..." },
	{ .name = "source_v4",
	  ROW(source_v4),
	  .kind = CONFIG_TEXT,
	  .fits = form_ipv4,
	  .form = FORM_IPV4,
	  .doc = "...and the address to connect from..." },
	{ .name = "source_v6",
	  ROW(source_v6),
	  .kind = CONFIG_TEXT,
	  .fits = form_ipv6,
	  .form = FORM_IPV6,
	  .doc = "...by IPv6." },
	{ .name = "url",
	  ROW(url),
	  .kind = CONFIG_TEXT,
	  .fits = form_url,
	  .form = FORM_URL,
	  .doc = "Elsewhere: of a `signet-ca va`. Not set: simulated here." },
	{ .name = "certificate",
	  ROW(certificate),
	  .kind = CONFIG_PATH,
	  .doc = "What is shown to it," },
	{ .name = "key", ROW(key), .kind = CONFIG_PATH, .doc = "with its key," },
	{ .name = "ca",
	  ROW(ca),
	  .kind = CONFIG_PATH,
	  .doc = "and the certificates that must have signed its own." },
};

const struct config_section config_section_perspective = {
	.name = "perspective",
	.doc = "A place in the network that has to see the same (Baseline Requirements 3.2.2.9).",
	.restart = true,
	.keys = keys,
	.key_count = ARRAY_LEN(keys),
	.size = sizeof(struct perspective_config),
	.offset = offsetof(struct ca_config, perspectives),
	.repeated = true,
	.count_offset = offsetof(struct ca_config, perspective_count),
};
