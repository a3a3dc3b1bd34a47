/* Which certificates and keys a host has, a pair for each kind of key; and lines of which the last one counts. */
#pragma once

#include "plugins/apache/site.h"

/* The host shows this certificate, in place of those it has; of several kinds of keys, of that of the same kind. */
MUST_CHECK struct err *apache_set_pair(const struct apache_sites *s, struct apache_vhost *v,
				       const struct deployment *files);
/* Is the n-th certificate shown, or a later one of its kind instead? */
bool apache_certificate_counts(const struct apache_vhost *v, size_t n);
/* One line of this name, with this value. */
MUST_CHECK struct err *apache_set_directive(const struct apache_sites *s, struct apache_vhost *v,
					    const char *name, const char *value);
