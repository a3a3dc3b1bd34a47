#include "ca/config/key.h"

/* As they are documented, which is the order in which people meet them. */
const struct config_section *const config_sections[] = {
	&config_section_server,   &config_section_directory, &config_section_store,
	&config_section_issuer,   &config_section_profile,   &config_section_policy,
	&config_section_accounts, &config_section_va,        &config_section_perspective,
	&config_section_limits,   &config_section_log,       &config_section_test,
};

const size_t config_section_count = ARRAY_LEN(config_sections);
