/*
 * Changes of sites for good, planned in memory: the configuration's trees are edited, and what belongs beside them (files, links,
 * commands) is noted in the change.
 */
#pragma once

#include "plugins/apache/config.h"
#include "plugins/apache/place.h"
#include "srv/change.h"
#include "srv/front.h"

struct apache_sites {
	const struct plugin_env *env;
	const struct apache_place *place;
	struct apache_config *config;
	struct change *change;
	unsigned http_port, https_port;
	const struct front *front; /* another program that has the https port; NULL: none */
	const struct strlist
		*certified; /* names of the certificate to install; NULL: none, or not known */
	struct bystanders *beside; /* the names of hosts that get it are noted; NULL: nobody asks */
};

/* The file that httpd reads first. */
struct apache_file *apache_root_file(const struct apache_sites *s);
/*
 * The host that a certificate for this name belongs to: the one that fits best, TLS before plain on its port, then those on other
 * ports, else the only one there is, else the one a person picks. ERR_CONFIG: nobody to ask.
 */
MUST_CHECK struct err *apache_pick(struct apache_vhost **out, const struct apache_sites *s,
				   const char *name);
/* The host that fits a name best, without asking; NULL: none has it. */
enum apache_kinds { APACHE_ALL, APACHE_TLS_ONLY };

struct apache_vhost *apache_best(const struct apache_sites *s, const char *name,
				 enum apache_kinds kinds);
/* Adds the hosts that have the names a wildcard covers. */
void apache_covered(struct sites *out, const struct apache_sites *s, const char *wildcard);
/* ERR_CONFIG: a macro makes a host of this name. plain: one that speaks no TLS. */
MUST_CHECK struct err *apache_refuse_macro(const struct apache_config *c, const char *name,
					   bool plain);
/* One site is all there is: a plain host, a TLS host, or both, one the copy of the other. NULL: there is none of that kind. */
struct apache_pair {
	struct apache_vhost *plain, *tls;
};

bool apache_only_site(struct apache_pair *out, const struct apache_sites *s);
/* Where the copy of a plain file's hosts is: in a file that is new, or that httpd reads. The caller's. */
char *apache_tls_path(const struct apache_sites *s, const char *plain);
/* A file of the configuration, or one that nobody reads yet and that may be new; *included: httpd reads it. */
MUST_CHECK struct err *apache_site_file(struct apache_file **out, bool *included,
					struct apache_sites *s, const char *path);
/* Somebody's, with something in it, that httpd does not read: to enable it would bring back all that is there. */
bool apache_site_is_left(const struct apache_sites *s, const char *path);
/* The directory from which httpd reads it, by the order of names, once it is enabled; NULL: it is included behind all others. */
char *apache_site_dir(const struct apache_sites *s, const char *path);
MUST_CHECK struct err *apache_site_enable(const struct apache_sites *s, const char *path);
MUST_CHECK struct err *apache_site_include(const struct apache_sites *s, const char *path);
/*
 * The TLS host beside a plain one: it is copied to FILE-le-ssl.conf, with the port of HTTPS and without redirects to it. One that
 * is there of this name, at each address that it would have, is that already.
 */
MUST_CHECK struct err *apache_have_tls(struct apache_vhost **out, struct apache_sites *s,
				       const struct apache_vhost *plain, const char *name);
/* The address that it has for one of the plain host: all of them, where TLS hosts are so far. */
const char *apache_tls_place(const struct apache_sites *s, const char *host);
/*
 * Have its new file read, behind the first hosts of its addresses where these answer for names of their certificates that nobody
 * has there. ERR_CONFIG: the directory is read as it is, by the order of names.
 */
MUST_CHECK struct err *apache_enable_behind(const struct apache_sites *s,
					    const struct apache_vhost *plain, const char *path);
/* Does one section without TLS have the port of HTTPS beside others? SSLEngine in it would end plain HTTP at these. */
bool apache_is_half_tls(const struct apache_sites *s, const struct apache_vhost *v);
/* It keeps its other addresses; that of HTTPS goes to a copy, as with apache_have_tls(). */
MUST_CHECK struct err *apache_split_tls(struct apache_vhost **out, struct apache_sites *s,
					struct apache_vhost *both);
/* A host for plain HTTP at the addresses of this name's TLS host, le-redirect-NAME.conf, which has no rule yet. */
MUST_CHECK struct err *apache_make_plain(struct apache_vhost **out, struct apache_sites *s,
					 const char *name);
/*
 * mod_ssl and a Listen on the port of HTTPS. Before anything is picked or edited: it is read anew where the module is. Where another
 * program has the port, a TLS host of the name on another one will do.
 */
MUST_CHECK struct err *apache_prepare_tls(struct apache_sites *s, const char *name);
/* A Listen on the port of plain HTTP, at the addresses that have the one of HTTPS. */
MUST_CHECK struct err *apache_prepare_plain(struct apache_sites *s);
/* ERR_CONFIG: not loaded, and not ours to enable. */
MUST_CHECK struct err *apache_need_module(struct apache_sites *s, const char *name); /* "rewrite" */
