#include <stddef.h>

#include "ca/config/config.h"
#include "ca/config/form.h"
#include "ca/config/key.h"

#define ROW(member) .offset = offsetof(struct directory_config, member)

static const struct config_key keys[] = {
	{ .name = "terms_of_service",
	  ROW(terms_of_service),
	  .kind = CONFIG_TEXT,
	  .fits = form_page,
	  .form = FORM_PAGE,
	  .doc = "Who makes an account has to agree to what is there. Not set: nothing to agree to." },
	{ .name = "website",
	  ROW(website),
	  .kind = CONFIG_TEXT,
	  .fits = form_page,
	  .form = FORM_PAGE,
	  .doc = "Where people read about this CA." },
	{ .name = "caa_identities",
	  ROW(caa_identities),
	  .restart = true,
	  .kind = CONFIG_LIST,
	  .fits = form_domain,
	  .form = FORM_DOMAIN,
	  .doc = "Names of this CA in CAA records (RFC 8659) and for dns-persist-01." },
	{ .name = "default_profile",
	  ROW(default_profile),
	  .kind = CONFIG_TEXT,
	  .doc = "For orders that name none. Not set: the first profile of this file." },
};

const struct config_section config_section_directory = {
	.name = "directory",
	.doc = "What the directory says about the CA (RFC 8555 section 7.1.1).",
	.keys = keys,
	.key_count = ARRAY_LEN(keys),
	.size = sizeof(struct directory_config),
	.offset = offsetof(struct ca_config, directory),
};
