/*
 * The CA's configuration as the rest of the CA reads it. Read-only after start; SIGHUP makes a new one.
 *
 * Each key is a row of a table beside these structs (rows_*.c) with its kind, default, bounds and documentation. The file is
 * lines of `key = value` under `[section]`; a key, section or value that no row allows is refused with its line.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum quirks { QUIRKS_LETSENCRYPT, QUIRKS_RFC };

/* [server] */
struct server_config {
	struct strlist listen; /* "127.0.0.1:14000", "[::]:443" */
	struct strlist
		http_listen; /* plain HTTP for what is not secret: CRLs, issuers' certificates */
	char *tls_certificate, *tls_key; /* paths; both NULL: plain HTTP */
	char *url;                       /* "https://ca.example.org"; NULL: from Host */
	struct strlist former_urls;      /* what url was; accounts are known by them too */
	bool trust_forwarded;            /* X-Forwarded-Proto of a proxy in front */
	int64_t threads;                 /* 0: one a processor but for one */
	int64_t max_connections;         /* of a thread */
	int64_t idle_timeout_s, header_timeout_s, body_timeout_s, drain_timeout_s;
};

/* [directory] */
struct directory_config {
	char *terms_of_service, *website;
	struct strlist caa_identities;
	char *default_profile; /* NULL: the first */
};

/* [accounts] */
struct accounts_config {
	bool eab_required, eab_single_use;
	int64_t max_contacts;
	bool require_public_suffix; /* of a contact's domain */
	bool allow_p521;            /* in account keys and requests */
	char *blocked_keys;         /* path: SHA-256 of SubjectPublicKeyInfo in hex, one a line */
	int64_t key_cache_s;        /* how long an account is believed to be as it was read */
};

/* [limits]; each "COUNT / DURATION" or "off" */
struct rate {
	int64_t count; /* 0: off */
	int64_t period_s;
};

struct limits_config {
	bool on;
	struct rate accounts_per_address, accounts_per_network;
	struct rate orders_per_account;
	struct rate certificates_per_domain, certificates_per_set;
	struct rate failures_per_name;
	/* of one IP address */
	struct rate requests_directory, requests_new_nonce, requests_new_account,
		requests_new_order, requests_revoke_cert, requests_renewal_info, requests_other;
	int64_t pause_after; /* failures in a row of an account for a name; 0: never */
	char *help_url, *unpause_url;
	char *overrides; /* path */
};

/* [log] */
struct log_config {
	char *file; /* NULL: standard error */
	int level;  /* enum log_level */
	bool json;
};

/* [store] */
struct store_config {
	int backend;      /* enum store_backend below */
	char *path;       /* of SQLite */
	char *connection; /* of PostgreSQL: a libpq connection string */
};

enum store_backend { STORE_SQLITE, STORE_PGSQL };

/* [policy]: what may be ordered, and for how long it stands */
struct policy_config {
	int quirks;                 /* enum quirks */
	bool dns, ip, wildcard;     /* identifiers that may be ordered */
	bool private_names;         /* names outside of the Public Suffix List */
	struct strlist allow, deny; /* domains (with their subdomains) */
	struct strlist deny_exact;  /* names; also refuses the wildcard that covers one */
	struct strlist
		on_demand_labels; /* labels that misguided machines put before names again and again */
	struct strlist allow_ip, deny_ip; /* networks */
	bool not_before_after;            /* the order's notBefore and notAfter are honoured */
	bool reuse_orders, reuse_authorizations;
	struct strlist challenges; /* types offered */
	char *incidents;           /* path: "SERIAL URL" a line */
};

/* [profile NAME] */
struct profile_config {
	char *name;
	char *description;
	int64_t max_names;
	bool dns, ip;
	int64_t lifetime_s, backdate_s;
	int64_t order_s, pending_s, valid_s; /* of orders and authorizations */
	bool common_name, subject_key_id, key_encipherment;
	struct strlist policies; /* OIDs */
	struct strlist issuers;  /* names; empty: all */
	struct strlist accounts; /* that may use it; empty: all */
};

/* [issuer NAME] */
struct issuer_config {
	char *name;
	char *certificate, *key; /* paths */
	struct strlist
		chains; /* paths: each what follows the certificate up to a root; the first is the default */
	char *caissuers_url, *crl_url;
	int64_t crl_shards, crl_lifetime_s, crl_refresh_s;
	int64_t serial_prefix;
	bool active;
};

/* [va] */
struct va_config {
	struct strlist resolvers;     /* "192.0.2.53", "[::1]:5353"; empty: the system's */
	bool dnssec;                  /* validate in-process */
	struct strlist trust_anchors; /* DS or DNSKEY records; empty: the root's */
	bool trust_ad;
	struct strlist
		allow; /* networks that may be connected to although the registries call them special */
	int64_t http_port, https_port, tls_port;
	int64_t timeout_s;
	bool redirect_to_ip;
	bool redirect_to_any_name; /* also outside of the Public Suffix List */
	bool verbose; /* quotes what a server answered even after a redirect to another host */
	bool tls_sni; /* labs */
	bool caa;
	char *user_agent;
	char *source_v4, *source_v6;
	int64_t max_open, max_per_address, max_per_domain;
	int64_t quorum_failures; /* perspectives that may disagree; -1: as many as ca.md 4 says */
};

/* [perspective NAME] */
struct perspective_config {
	char *name;
	char *region;
	struct strlist resolvers;
	char *user_agent, *source_v4, *source_v6;
	char *url;                    /* NULL: simulated here */
	char *certificate, *key, *ca; /* of mutual TLS */
};

/* [test]: what only tests of clients want */
struct test_config {
	bool always_valid;
	int64_t nonce_reject_percent, busy_percent;
	bool strict; /* refuses what Pebble's -strict does */
	bool need_user_agent;
};

struct ca_config {
	char *path, *dir;
	struct server_config server;
	struct directory_config directory;
	struct accounts_config accounts;
	struct limits_config limits;
	struct log_config log;
	struct store_config store;
	struct policy_config policy;
	struct va_config va;
	struct test_config test;
	struct profile_config *profiles;
	size_t profile_count;
	struct issuer_config *issuers;
	size_t issuer_count;
	struct perspective_config *perspectives;
	size_t perspective_count;
};

/* ERR_CONFIG names file and line. */
MUST_CHECK struct err *ca_config_load(struct ca_config **out, const char *path);
/* The same from text; path is for messages and for what is relative to it. */
MUST_CHECK struct err *ca_config_parse(struct ca_config **out, const char *text, size_t len,
				       const char *path);
/* All that is wrong with the lines of a file, as ca_config_load() would say it of the first. */
MUST_CHECK struct err *ca_config_problems(struct strlist *out, const char *path);
/* "listen of [server]": what differs from the configuration that runs and needs a restart. */
void ca_config_restart_needed(struct strlist *out, const struct ca_config *running,
			      const struct ca_config *c);
/* Every key with its documentation and default, as a file that could be loaded. */
void ca_config_document(struct buf *out);
/* NULL: there is none. */
const struct issuer_config *issuer_by_name(const struct ca_config *c, const char *name);
void ca_config_free(struct ca_config *c);

AUTO_FREE(struct ca_config, ca_config_free)
