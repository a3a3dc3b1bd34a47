/* Where a host says something: in its section, in conditions there, and in what these include and use. In httpd's order, so the last one counts. */
#pragma once

#include "plugins/apache/vhost.h"

struct apache_occurrence {
	struct apache_file *file;
	struct apache_node *node;
	bool included; /* it stands in another file, or in a macro */
	bool of_macro;
};

struct apache_occurrences {
	struct apache_occurrence
		*items; /* nodes are loans of the configuration, until they are edited */
	size_t count;
};

enum apache_reach {
	APACHE_OF_HOST,  /* what holds for the host as a whole */
	APACHE_ANYWHERE, /* in <Location> and the like too */
};

void apache_occurrences_find(struct apache_occurrences *out, const struct apache_vhost *v,
			     const char *directive, enum apache_reach reach);
/* NULL: none. */
const struct apache_occurrence *apache_occurrences_last(const struct apache_occurrences *l);
void apache_occurrences_release(struct apache_occurrences *l);

AUTO_RELEASE(struct apache_occurrences, apache_occurrences_release)
