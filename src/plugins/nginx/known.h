/* What a run knows of an nginx it has opened before: what it was built with, and that it took its configuration then. */
#pragma once

#include "client/plugin.h"

/* What `nginx -V` said; NULL: it is opened for the first time. The caller's. */
char *known_about(const struct plugin_env *env);
void known_keep(const struct plugin_env *env, const char *about);
