/*
 * The whole configuration of a server: every file that it reads, as a tree, and the virtual hosts that it makes of them. Conditions
 * are judged and includes, macros and variables followed in the order in which httpd does it.
 */
#pragma once

#include "plugins/apache/facts.h"
#include "plugins/apache/vhost.h"

struct apache_config {
	struct apache_file **files; /* each once, by its own path */
	size_t file_count;
	struct apache_vhost *main;
	struct apache_vhost **vhosts; /* in the server's order */
	size_t vhost_count;
	struct apache_addresses listens;
	struct strlist modules;  /* loaded */
	struct strlist patterns; /* of includes that have wildcards, absolute */
	struct strlist doubts;   /* where the server and our reading differ, for people */
	/* what it was read by */
	char *root_file;
	const struct apache_facts *facts;
	struct strlist environment;
};

/*
 * root_file: what is read first. environment: NAME=VALUE that apachectl gives to httpd. Errors name the file and the line, and
 * where several files are included in each other, the way there. facts are lent for as long as the configuration lives.
 */
MUST_CHECK struct err *apache_config_load(struct apache_config **out, const char *root_file,
					  const struct apache_facts *facts,
					  const struct strlist *environment);
/* As it is read once the modules are loaded that c->modules has by now. Hosts, files and nodes are others then; nothing may be edited. */
MUST_CHECK struct err *apache_config_reread(struct apache_config *c);
/* One more host; takes v. */
void apache_config_keep(struct apache_config *c, struct apache_vhost *v);
/* Of the hosts at exactly this address: it answers for names that none of them has. NULL: there is none. */
const struct apache_vhost *apache_first_at(const struct apache_config *c, const char *host,
					   unsigned port);
bool apache_config_has_module(const struct apache_config *c, const char *module); /* "ssl_module" */
/* With SSLEngine; where nobody says anything of that, httpd takes a certificate for it. */
bool apache_speaks_tls(const struct apache_config *c, const struct apache_vhost *v);
void apache_config_free(struct apache_config *c);

AUTO_FREE(struct apache_config, apache_config_free)
