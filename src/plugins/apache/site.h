/*
 * Changes of sites for good, planned in memory: the configuration's trees are edited, and what belongs beside them (files, links,
 * commands) is noted in the change.
 */
#pragma once

#include "plugins/apache/config.h"
#include "plugins/apache/place.h"
#include "srv/change.h"

struct apache_sites {
	const struct plugin_env *env;
	const struct apache_place *place;
	struct apache_config *config;
	struct change *change;
	unsigned http_port, https_port;
};

/* The file that httpd reads first. */
struct apache_file *apache_root_file(const struct apache_sites *s);
/*
 * The host that a certificate for this name belongs to: the one that fits best, TLS before plain, else the only one there is,
 * else the one a person picks. ERR_CONFIG: nobody to ask.
 */
MUST_CHECK struct err *apache_pick(struct apache_vhost **out, const struct apache_sites *s,
				   const char *name);
/* One site is all there is: a plain host, a TLS host, or both, one the copy of the other. NULL: there is none of that kind. */
struct apache_pair {
	struct apache_vhost *plain, *tls;
};

bool apache_only_site(struct apache_pair *out, const struct apache_sites *s);
/* Where the copy of a plain file's hosts is. The caller's. */
char *apache_tls_path(const struct apache_sites *s, const char *plain);
/* The TLS host beside a plain one: it is copied to FILE-le-ssl.conf, with the port of HTTPS and without redirects to it. */
MUST_CHECK struct err *apache_make_tls(struct apache_vhost **out, struct apache_sites *s,
				       struct apache_vhost *plain);
/* mod_ssl and a Listen on the port of HTTPS. */
MUST_CHECK struct err *apache_prepare_tls(struct apache_sites *s);
/* ERR_CONFIG: not loaded, and not ours to enable. */
MUST_CHECK struct err *apache_need_module(struct apache_sites *s, const char *name); /* "rewrite" */
