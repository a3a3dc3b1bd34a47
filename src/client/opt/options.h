/*
 * Everything a user can say, in one struct, and where each value came from.
 *
 * Values come from argv, cli.ini files, a lineage's renewal file, or defaults, in this order of strength (certbot.md 2.3).
 * A row of options.c (option_rows) describes each: names, kind, default, help, topics, key in the renewal file.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/ini.h"
#include "base/str.h"
#include "base/world.h"

struct ui;
struct subcommand;

enum option_source { SOURCE_DEFAULT, SOURCE_RENEWAL, SOURCE_CONFIG, SOURCE_ARGV, SOURCE_RUNTIME };

/* Names and the web root each is served from (-w, -d, --webroot-map), in order. */
struct webroot_map {
	struct strlist names;
	struct strlist roots; /* roots.items[i] serves names.items[i] */
};

struct options {
	const struct subcommand *verb;

	/* what */
	struct strlist domains;      /* canonical, order kept, no duplicates */
	struct strlist ip_addresses; /* canonical text */
	char *cert_name;
	/* where */
	char *config_dir, *work_dir, *logs_dir;
	char *server;
	/* who */
	char *account;
	char *email; /* comma list as typed */
	bool agree_tos, register_without_email;
	char *eab_kid, *eab_hmac_key, *eab_hmac_alg;
	/* how to talk to people */
	bool quiet, noninteractive, force_interactive, debug, json;
	int64_t verbosity;      /* 0, 1, 2 */
	int64_t verbose_level;  /* what a file says; wins over the number of -v */
	struct strlist notes;   /* to be said once: options that are accepted without effect */
	int64_t max_log_backups;
	int64_t wait_s; /* for locks */
	int64_t jobs; /* renewals side by side; 0: by the number of processors */
	bool preconfigured_renewal; /* a timer came with the package */
	bool strict_permissions;
	/* which certificate, and when */
	bool keep, expand, force_renewal, renew_with_new_domains, duplicate, break_my_certs;
	bool allow_subset_of_names, dry_run, staging;
	bool reuse_key, new_key, must_staple;
	char *key_type;        /* "rsa", "ecdsa" */
	char *elliptic_curve;  /* "secp256r1" ... */
	int64_t rsa_key_size;
	char *preferred_profile, *required_profile, *preferred_chain;
	int64_t issuance_timeout_s;
	bool autorenew, random_sleep_on_renew;
	/* proving control */
	char *configurator;
	char *authenticator, *installer; /* after --standalone, --webroot, -a, --configurator */
	struct strlist preferred_challenges; /* type names, "http-01" */
	int64_t http01_port, https_port;
	char *http01_address, *tls_address; /* "" all */
	bool debug_challenges;
	char *apache_enmod, *apache_dismod, *apache_le_vhost_ext, *apache_server_root, *apache_vhost_root;
	char *apache_logs_root, *apache_challenge_location, *apache_handle_modules;
	char *apache_handle_sites, *apache_ctl, *apache_bin;
	struct strlist webroot_path;
	struct webroot_map webroot_map;
	char *nginx_server_root, *nginx_ctl;
	int64_t nginx_sleep_s;
	/* hooks */
	char *pre_hook, *post_hook, *deploy_hook;
	char *manual_auth_hook, *manual_cleanup_hook;
	bool validate_hooks, directory_hooks, run_deploy_hooks;
	/* the connection */
	char *user_agent, *user_agent_comment;
	bool no_verify_ssl;
	/* plugins */
	bool plugins_init, plugins_prepare, plugins_authenticators, plugins_installers;
	/* installing */
	bool redirect, hsts, uir, staple_ocsp, auto_hsts, disable_renew_updates;
	int64_t checkpoints;
	/* revoking */
	char *reason; /* "keycompromise" */
	bool delete_after_revoke; /* asked where nobody said */
	/* certonly with a foreign request, and other paths */
	char *csr; /* the request itself, in base64url */
	char *cert_path, *key_path, *chain_path, *fullchain_path;

	enum option_source *sources; /* by row */
};

/* Outcome of the command line apart from errors: help and version ask for output and exit 0. */
enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

/*
 * argv and the cli.ini files -> options. Usage errors are ERR_USAGE (exit 2, usage block); what certbot.md 2.4 checks after
 * parsing is ERR_CONFIG (exit 1). Creates no file.
 */
MUST_CHECK struct err *options_parse(struct options **out, enum options_action *action, char **topic, int argc, char *const *argv);
void options_free(struct options *o);
/* For a command line that was refused: do the configuration files that can be read say `json`? */
bool options_files_want_json(int argc, char *const *argv);
struct options *options_copy(const struct options *o);

/* Source of the value kept in this member: options_source(o, &o->key_type). */
enum option_source options_source(const struct options *o, const void *member);
bool options_set_by_user(const struct options *o, const void *member); /* anything but default */
/* A value decided while running counts as set by the user when it is saved. */
void options_set_runtime(struct options *o, char **member, const char *value);

/* Do both say the same about this plugin: one instance of it can work for both. */
bool options_agree_on(const struct options *a, const struct options *b, const char *plugin);

/* What --dry-run would have made of them: for trying options out before they are saved (certbot.md 13.7). */
void options_rehearse(struct options *o);

/* Names typed later, as for -d: "a.test,b.test". */
MUST_CHECK struct err *options_add_domains(struct options *o, const char *typed);

/* Overlays a lineage's [renewalparams] where argv and cli.ini said nothing (certbot.md 8.2). ERR_CONFIG: the file is skipped. */
MUST_CHECK struct err *options_apply_renewal(struct options *o, const struct ini *conf);
/* Writes [renewalparams] (and [[webroot_map]]) in Certbot's order into conf; keys not wanted any more are removed. */
void options_save_renewal(const struct options *o, struct ini *conf);

/* The request of --csr; NULL: none. */
struct csr;
MUST_CHECK struct err *options_request(struct csr **out, const struct options *o);

/* Reads the names asked for into one list: DNS names, then IPs. */
struct cert_names;
void options_names(struct cert_names *out, const struct options *o);

void options_usage(struct buf *out, const char *program); /* the usage block of errors */
bool options_help(struct buf *out, const char *program, const char *topic); /* false: no such topic */

AUTO_FREE(struct options, options_free)
