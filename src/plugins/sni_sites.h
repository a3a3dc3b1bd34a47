/* tls-sni-01: the sites that a server is to have for a while, each with a certificate of its own. */
#pragma once

#include "plugins/tls_files.h"

struct sni_site {
	const char *name; /* that the CA asks for */
	const char *cert, *key;
};

struct sni_sites {
	struct sni_site *items;
	struct tls_files *files; /* items[i] is served from files[i] */
	size_t count;
};

/* Those of tls-sni-01 among the tasks; making their files is put into the change. */
MUST_CHECK struct err *sni_sites_gather(struct sni_sites *out, struct change *change, const struct plugin_env *env,
					const struct task *tasks, size_t n);
void sni_sites_release(struct sni_sites *s);

AUTO_RELEASE(struct sni_sites, sni_sites_release)
