/* Lines of included files: a snippet speaks for every server block that includes it. */
#pragma once

#include "plugins/nginx/target.h"

struct sharing {
	const struct vhosts *vhosts;
	const struct targets *targets;
	const struct strlist *names; /* of the certificate that is installed; NULL: not known */
};

/* Do blocks have this line that are neither targets nor, by all their names, of the certificate? */
bool sharing_has_others(const struct sharing *s, const struct directive *d);
bool sharing_leads_to(const struct directive *include, const struct directive *line);
/* The include among first and what follows it that leads to this line; NULL: none does. */
struct directive *sharing_include(struct directive *first, const struct directive *line);
/* The include below this one that leads to it; NULL: it is in the file itself. */
struct directive *sharing_next_include(const struct directive *include,
				       const struct directive *line);
/* Of the includes by which block has the line the last one that nobody else has. */
struct directive *sharing_own_include(const struct sharing *s, const struct directive *block,
				      const struct directive *line);
