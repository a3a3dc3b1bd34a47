/* Certbot's lock in the directory of a server's configuration. */
#pragma once

#include "base/lock.h"
#include "client/plugin.h"

/* *out: NULL where that directory is read-only: no lock file can be made there, and nobody of this machine edits what it is to protect. */
MUST_CHECK struct err *conf_lock_acquire(struct lock **out, const struct plugin_env *env,
					 const char *root);
