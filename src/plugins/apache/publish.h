/* All that Apache answers challenges with: edits of its configuration, and what they lean on. */
#pragma once

#include "client/plugin.h"
#include "plugins/apache/config.h"
#include "plugins/apache/place.h"

struct apache_publication {
	const struct plugin_env *env;
	const struct apache_place *place;
	struct apache_config *config; /* is edited */
};

/* ERR_CONFIG: an address, or what Apache cannot answer, with the way out. */
MUST_CHECK struct err *apache_publication_plan(struct change *out,
					       const struct apache_publication *p,
					       const struct task *tasks, size_t n);
/* Published, can it be seen from here? A doubt is told. */
MUST_CHECK struct err *apache_publication_look(const struct apache_publication *p,
					       const struct task *tasks, size_t n);
