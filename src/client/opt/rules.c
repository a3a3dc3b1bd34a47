/* What only can be said when all options are known (certbot.md 2.4). */
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/cmd/cmd.h"
#include "client/hook/hook.h"
#include "client/opt/option.h"
#include "dns/name.h"

static const char production_url[] = "https://acme-v02.api.letsencrypt.org/directory";
static const char staging_url[] = "https://acme-staging-v02.api.letsencrypt.org/directory";

#define RSA_BITS_MIN 2048

static bool is_given(const struct options *o, const char *long_name)
{
	return o->sources[option_index(long_name)] != SOURCE_DEFAULT;
}

static bool is_verb(const struct options *o, const char *name)
{
	return streq(o->verb->name, name);
}

static struct err *check_interaction(struct options *o)
{
	if (is_verb(o, "renew")) {
		if (o->force_interactive)
			return err_new(ERR_CONFIG, "--force-interactive cannot be used with renew");
		o->noninteractive = true;
	}
	if (o->force_interactive && o->noninteractive)
		return err_new(ERR_CONFIG,
			       "-n (or -q, --json) and --force-interactive contradict each other");
	o->noninteractive |= o->quiet || o->json;
	if (is_given(o, "verbose-level"))
		o->verbosity = o->verbose_level;
	return NULL;
}

/* Names that stand in a file for everyday use are not meant as a filter of renew. */
static struct err *check_names_of_renew(struct options *o)
{
	if (!is_verb(o, "renew"))
		return NULL;
	if (options_source(o, &o->domains) == SOURCE_CONFIG)
		strlist_release(&o->domains);
	for (size_t i = 0; i < o->domains.count + o->ip_addresses.count; i++) {
		const char *name = i < o->domains.count
					 ? o->domains.items[i]
					 : o->ip_addresses.items[i - o->domains.count];

		if (!strlist_has(&o->webroot_map.names, name))
			return err_new(
				ERR_CONFIG,
				"renew works on whole lineages and takes no names (%s); choose one by --cert-name",
				name);
	}
	return NULL;
}

static struct err *check_contradictions(struct options *o)
{
	if (is_given(o, "hsts") && is_given(o, "auto-hsts"))
		return err_new(ERR_CONFIG, "--hsts and --auto-hsts exclude each other");
	if (o->http01_port == o->https_port)
		return err_new(ERR_CONFIG,
			       "--http-01-port and --https-port are both %lld; they must differ",
			       (long long)o->http01_port);
	return NULL;
}

static bool is_lets_encrypt(const struct options *o)
{
	return streq(o->server, production_url) || streq(o->server, staging_url);
}

static bool has_accounts(const struct options *o)
{
	AUTO(free) char *path = fs_join(o->config_dir, "accounts");
	AUTO(strlist_release) struct strlist names = { 0 };

	err_ignore(fs_list(&names, path));
	return names.count > 0;
}

static void allow_what_dry_runs_may(struct options *o)
{
	o->break_my_certs = true;
	o->staging = true;
	if (has_accounts(o)) {
		o->agree_tos = true;
		o->register_without_email = true;
	}
}

static struct err *check_dry_run(struct options *o)
{
	if (!o->dry_run)
		return NULL;
	if (is_verb(o, "install") || is_verb(o, "enhance")) /* no CA: the plan is shown */
		return NULL;
	if (!is_verb(o, "run") && !is_verb(o, "certonly") && !is_verb(o, "renew"))
		return err_new(
			ERR_CONFIG,
			"--dry-run is for run, certonly, renew, install and enhance, not for %s",
			o->verb->name);
	allow_what_dry_runs_may(o);
	return NULL;
}

void options_rehearse(struct options *o)
{
	o->dry_run = true;
	allow_what_dry_runs_may(o);
	if (!streq(o->server, production_url))
		return;
	options_set_runtime(o, &o->server, staging_url);
	options_set_runtime(o, &o->account, NULL);
}

/* server counts as set when --dry-run or --staging does, account when server does (certbot.md 2.3). */
static struct err *choose_server(struct options *o)
{
	enum option_source *server = &o->sources[option_index("server")];
	enum option_source *account = &o->sources[option_index("account")];
	bool wants_test_ca = is_given(o, "staging") || is_given(o, "dry-run");

	if (o->staging && is_lets_encrypt(o)) {
		free(o->server);
		o->server = xstrdup(staging_url);
	} else if (o->staging && !o->dry_run) {
		return err_new(ERR_CONFIG,
			       "--staging is for Let's Encrypt, but --server names another CA");
	}
	if (wants_test_ca && *server == SOURCE_DEFAULT)
		*server = SOURCE_RUNTIME;
	if (*server != SOURCE_DEFAULT && *account == SOURCE_DEFAULT)
		*account = *server;
	return NULL;
}

static struct err *check_subset(struct options *o)
{
	for (size_t i = 0; o->allow_subset_of_names && i < o->domains.count; i++)
		if (name_is_wildcard(o->domains.items[i]))
			return err_new(
				ERR_CONFIG,
				"--allow-subset-of-names cannot be used with a wildcard name");
	return NULL;
}

static struct err *check_values(struct options *o)
{
	o->staple_ocsp |= o->must_staple;
	if (o->rsa_key_size < RSA_BITS_MIN)
		return err_new(ERR_CONFIG, "--rsa-key-size %lld is too small; %d is the least",
			       (long long)o->rsa_key_size, RSA_BITS_MIN);
	if (o->cert_name != NULL && strchr(o->cert_name, '/') != NULL)
		return err_new(ERR_CONFIG, "the name of a certificate cannot hold a '/': %s",
			       o->cert_name);
	return NULL;
}

/* reconfigure takes the names that the certificate has; those in a file for everyday use are not meant for it. */
static struct err *check_names_of_reconfigure(struct options *o)
{
	if (!is_verb(o, "reconfigure"))
		return NULL;
	if (options_source(o, &o->domains) == SOURCE_CONFIG)
		strlist_release(&o->domains);
	if (o->domains.count + o->ip_addresses.count > 0)
		return err_new(ERR_CONFIG, "reconfigure cannot change the names of a certificate, and chooses one by --cert-name; "
					   "other names are for certonly --cert-name NAME -d ...");
	return NULL;
}

static struct err *choose_role(struct options *o, char **role, const char *roles,
			       const char *plugin)
{
	if (*role != NULL && !streq(*role, plugin))
		return err_new(ERR_CONFIG, "two different %s are asked for: '%s' -> '%s'", roles,
			       *role, plugin);
	options_set_runtime(o, role, plugin);
	return NULL;
}

static bool plays_both_roles(const char *plugin)
{
	return streq(plugin, "apache") || streq(plugin, "nginx");
}

/* -a, -i, --configurator, and the plugins' own flags must agree. */
static struct err *choose_plugins(struct options *o)
{
	if (o->configurator != NULL) {
		TRY(choose_role(o, &o->authenticator, "authenticators", o->configurator));
		TRY(choose_role(o, &o->installer, "installers", o->configurator));
	}
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->kind != &kind_plugin || o->sources[i] == SOURCE_DEFAULT)
			continue;
		TRY(choose_role(o, &o->authenticator, "authenticators", row->plugin));
		if (plays_both_roles(row->plugin))
			TRY(choose_role(o, &o->installer, "installers", row->plugin));
	}
	return NULL;
}

struct err *options_check(struct options *o)
{
	static struct err *(*const checks[])(struct options *) = {
		check_interaction, foreign_check, check_names_of_renew, check_names_of_reconfigure, check_contradictions,
		check_dry_run,     choose_server, check_subset,         check_values,
		choose_plugins,
	};

	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		TRY(checks[i](o));
	names_give_last_root(o);
	return hooks_validate(o);
}
