/* What the names of a host are served with, before a certificate for some of them is put into it or into its copy. */
#pragma once

#include "plugins/apache/site.h"

/* In s->beside, if that is there. */
void apache_beside_note(const struct apache_sites *s, const struct apache_vhost *host,
			const char *fullchain);
/* Of each host that shows this file. */
void apache_beside_note_showing(const struct apache_sites *s, const char *fullchain);
