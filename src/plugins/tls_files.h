/* The certificate of a TLS challenge and its key as files, for other programs to serve (certbot.md 19). */
#pragma once

#include "client/plugin.h"

struct tls_files {
	char *cert, *key; /* <work-dir>/<token>.crt and .pem */
};

void tls_files_name(struct tls_files *out, const struct options *opt, const struct task *t);
/* Makes both, mode 0600; what an earlier run left there is replaced. */
MUST_CHECK struct err *tls_files_write(const struct plugin_env *env, const struct task *t);
/* Both as part of a change of a server's configuration, whose undoing removes them. */
MUST_CHECK struct err *tls_files_plan(struct change *out, const struct plugin_env *env,
				      const struct task *t);
MUST_CHECK struct err *tls_files_remove(const struct options *opt,
					const struct task *t); /* missing: fine */
void tls_files_release(struct tls_files *f);

AUTO_RELEASE(struct tls_files, tls_files_release)
