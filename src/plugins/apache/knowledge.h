/*
 * The configuration on the disk, read with what httpd says of it. That is kept for all instances of the plugin in this run: httpd is
 * asked again only when a file has changed that it reads, and for its version once.
 */
#pragma once

#include "client/plugin.h"
#include "plugins/apache/config.h"
#include "plugins/apache/place.h"

struct apache_said {
	struct apache_facts facts;
	struct strlist environment; /* NAME=VALUE that apachectl gives to httpd */
};

/* Both are the caller's; the configuration leans on what was said. Doubts about our reading are told once. */
MUST_CHECK struct err *apache_learn(struct apache_config **out, struct apache_said **said,
				    const struct plugin_env *env, const struct apache_place *p);
void apache_said_free(struct apache_said *s);

AUTO_FREE(struct apache_said, apache_said_free)
