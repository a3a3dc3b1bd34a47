/* What of a host for plain HTTP must not be in its copy for HTTPS: it becomes comments there. */
#pragma once

#include "plugins/apache/config.h"
#include "srv/change.h"

/* host is the copy, in f. What is put out is noted. */
void apache_put_out(struct change *c, struct apache_file *f, struct apache_node *host,
		    const struct apache_vhost *plain);
