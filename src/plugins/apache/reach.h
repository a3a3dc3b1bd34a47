/* Whether a name is heard by TLS wherever it is heard in plain HTTP. */
#pragma once

#include "plugins/apache/site.h"

/* A warning where it is not. */
void apache_reach_tell(const struct apache_sites *s, const char *name);
