/*
 * A file of ours in the configuration directory that servers include. As long as it is as some version of Signet or Certbot wrote it,
 * it is kept up to date; one that a person has changed is theirs (certbot.md 15.1, 16.2). Both programs follow the same rule and
 * the same digest files.
 */
#pragma once

#include "client/plugin.h"

struct kept_file {
	const char *name; /* "options-ssl-nginx.conf" */
	const char
		*digest_name; /* has the digest of the version that was installed or told of last */
	const char *const
		*known; /* SHA-256 of all versions that were ever written, in hex; NULL-ended */
};

/* The caller's. */
char *kept_file_path(const struct kept_file *f, const struct options *o);
/* Plans the file where there is none. */
MUST_CHECK struct err *kept_file_create(struct change *c, const struct kept_file *f,
					const struct options *o, const struct buf *text);
/*
 * Plans the new version where there is an earlier one. Where a person has changed the file, the new version is put beside it, and that
 * is told once. None there: fine.
 */
MUST_CHECK struct err *kept_file_update(struct change *c, const struct kept_file *f,
					const struct plugin_env *env, const struct buf *text);
