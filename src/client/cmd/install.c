/* install: deploy a certificate that is there (certbot.md 13.5). */
#include <openssl/crypto.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/install/enhancement.h"
#include "client/install/setup.h"
#include "client/lineage/lineage.h"
#include "client/lineage/pick.h"
#include "client/order/wanted.h"

static struct err *choose(struct client *c)
{
	struct options *opt = c->opt;
	AUTO(free) char *name = NULL;

	if (opt->cert_name != NULL || (opt->key_path != NULL && opt->cert_path != NULL))
		return NULL;
	TRY(lineage_pick_one(&name, c, "Which certificate would you like to install?"));
	options_set_runtime(opt, &opt->cert_name, name);
	return NULL;
}

/* The lineage's files, where the command line names none; a broken one has none. */
static void add_files(struct options *opt, const struct lineage *l)
{
	const struct {
		char **member;
		enum lineage_kind kind;
	} files[] = {
		{ &opt->cert_path, KIND_CERT },
		{ &opt->key_path, KIND_PRIVKEY },
		{ &opt->chain_path, KIND_CHAIN },
		{ &opt->fullchain_path, KIND_FULLCHAIN },
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (*files[i].member == NULL)
			options_set_runtime(opt, files[i].member, l->live[files[i].kind]);
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* why: the lineage that was named gives none; NULL: none was named. */
static struct err *check_files(const struct options *opt, const struct err *why)
{
	if (opt->cert_path == NULL || opt->key_path == NULL) {
		AUTO(free) char *text = why != NULL ? err_text(why) : NULL;

		return err_new(
			ERR_CONFIG,
			"%s%sPath to certificate or key was not defined. `signet certificates` lists what can be "
			"named with --cert-name; for others give --cert-path and --key-path.",
			text != NULL ? text : "",
			text == NULL          ? ""
			: str_ends(text, ".") ? " "
					      : ". ");
	}
	if (!is_file(opt->cert_path))
		return err_new(ERR_CONFIG, "Error while reading certificate from path %s",
			       opt->cert_path);
	if (!is_file(opt->key_path))
		return err_new(ERR_CONFIG, "Error while reading private key from path %s",
			       opt->key_path);
	return NULL;
}

/* A server that is told to take a pair that does not fit may end, and not only refuse it. */
static struct err *check_pair(const char *certificate, const char *key)
{
	AUTO(cert_free) struct cert *c = NULL;
	AUTO(free) char *pem = NULL, *key_pem = NULL;
	size_t len = 0, key_len = 0;
	bool fits = false;

	TRY(fs_read(&pem, &len, certificate, LIMIT_CHAIN_BYTES));
	TRY_WRAP(cert_from_pem(&c, pem, len), "%s", certificate);
	TRY(fs_read(&key_pem, &key_len, key, LIMIT_KIB(64)));
	TRY_WRAP(cert_has_key_file(&fits, c, key_pem, key_len), "%s", key);
	OPENSSL_cleanse(key_pem, key_len);
	return fits ? NULL
		    : err_new(ERR_CONFIG,
			      "The key in %s is not that of the certificate in %s: nothing was installed",
			      key, certificate);
}

static struct err *check_pairs(const struct options *opt)
{
	TRY(check_pair(opt->cert_path, opt->key_path));
	return opt->fullchain_path != NULL ? check_pair(opt->fullchain_path, opt->key_path) : NULL;
}

static struct err *names_to_serve(struct cert_names *names, struct client *c,
				  const struct lineage *l)
{
	if (c->opt->domains.count > 0 || l == NULL)
		return names_wanted(names, c);
	strlist_add_all(&names->dns, &l->cert->names.dns);
	return NULL;
}

/* For programs: people have been told by the installer. */
static void report_installed(struct client *c, const struct strlist *names)
{
	ui_emit(c->ui, EVENT_CERTIFICATE_INSTALLED,
		FIELDS(STR("lineage", c->opt->cert_name), STR("installer", c->opt->installer),
		       LIST("identifiers", names)),
		NULL);
}

static struct err *install(struct client *c)
{
	AUTO(installer_free) struct installer *installer = NULL;
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(lineage_free) struct lineage *l = NULL;
	const struct options *opt = c->opt;

	if (opt->authenticator != NULL &&
	    (opt->installer == NULL || !streq(opt->authenticator, opt->installer)))
		ui_emit(c->ui, EVENT_WARNING_TEXT, NO_FIELDS,
			"Specifying an authenticator doesn't make sense with install");
	TRY(installer_for(&installer, c, c->opt));
	TRY(choose(c));
	TRY(enhancements_check(installer, c->opt));
	AUTO(err_free)
	struct err *why = opt->cert_name != NULL ? lineage_load(&l, c->tree, opt->cert_name) : NULL;

	if (l != NULL)
		add_files(c->opt, l);
	TRY(check_files(opt, why));
	TRY(names_to_serve(&names, c, l));
	if (installer->open->plugin->server != NULL)
		TRY(check_pairs(opt));
	const struct deployment files = { .cert = opt->cert_path,
					  .key = opt->key_path,
					  .chain = opt->chain_path,
					  .fullchain = opt->fullchain_path };

	const struct installation what = { .names = &names.dns, .files = &files };
	bool installed = false;

	TRY(set_up(&installed, installer, c, &what));
	if (!opt->dry_run)
		report_installed(c, &names.dns);
	return NULL;
}

const struct subcommand subcommand_install = {
	.name = "install",
	.summary = "Install a certificate that is there",
	.needs_tree = true,
	.run = install,
};
