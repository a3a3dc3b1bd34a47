/* issuer: another one below the root, where the root's key is. */
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "ca/cmd/registry.h"
#include "ca/setup/authority_files.h"

/* It is part of file names, of a section and of URLs. */
static struct err *check_word(const char *word)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	if (word[0] != '\0' && word[strspn(word, allowed)] == '\0')
		return NULL;
	return err_new(ERR_USAGE, "NAME is made of letters, digits, '-' and '_': \"%s\" is not",
		       word);
}

/* "Example Root" and "r2" make "Example r2": two issuers with one name would be told apart by their keys alone. */
static char *default_name(const struct authority *root, const char *word)
{
	const char *cn = root->cert->subject_cn != NULL ? root->cert->subject_cn : "Issuer";
	size_t len = strlen(cn) - (str_ends(cn, " Root") ? strlen(" Root") : 0);

	return str_fmt("%.*s %s", (int)len, cn, word);
}

static void tell(const struct command_run *r, const struct authority *issuer, const char *dir,
		 const char *word)
{
	AUTO(free) char *end = time_utc_long(issuer->cert->not_after);

	(void)fprintf(
		r->out,
		"%s/%s.pem and %s/%s.key are new, and sign until %s. Put them beside the\n"
		"configuration, and this into it, with the host that [issuer main] has there:\n\n"
		"  [issuer %s]\n  certificate = %s.pem\n  key = %s.key\n  chains = root.pem\n"
		"  crl_url = http://ca.example.org/crl/%s\n"
		"  caissuers_url = http://ca.example.org/issuer/%s\n\n"
		"With `active = no` the old one signs CRLs only; keep it until its last certificate has ended. Then:\n"
		"signet-ca check-config, and SIGHUP to a server that runs.\n",
		dir, word, dir, word, end, word, word, word, word, word);
}

static struct err *run(const struct command_run *r)
{
	const char *word = r->words.items[0];
	AUTO(free) char *dir = fs_absolute(command_value_or(r, "--dir", "."));
	AUTO(authority_release) struct authority root = { 0 };
	AUTO(authority_release) struct authority issuer = { 0 };
	struct authority_wish wish = { .dir = dir, .file = word, .by = &root };

	TRY(check_word(word));
	TRY(authority_keys_parse(&wish.keys, command_value_or(r, "--key-type", "ecdsa")));
	TRY(authority_files_load(&root, command_value_or(r, "--root", "root.pem"),
				 command_value_or(r, "--root-key", "root.key"),
				 world_now(r->world)));
	AUTO(free) char *fallback = default_name(&root, word);

	wish.name = command_value_or(r, "--name", fallback);
	TRY(authority_name_check(wish.name));
	TRY(authority_files_make(&issuer, &wish, r->world));
	TRY(fs_sync_dir(dir));
	tell(r, &issuer, dir, word);
	return NULL;
}

static const struct command_option options[] = {
	{ "--root", "FILE", "The certificate that signs (default: root.pem)" },
	{ "--root-key", "FILE", "Its key (default: root.key)" },
	{ "--dir", "DIR", "Where the files are made (default: .)" },
	{ "--name", "TEXT",
	  "What its certificate calls it (default: the root's, with NAME behind it)" },
	{ "--key-type", "TYPE", "ecdsa (P-256) or rsa (2048)" },
};

const struct subcommand subcommand_issuer = {
	.name = "issuer",
	.summary = "Make another issuer, NAME.pem and NAME.key, below the root",
	.words = "NAME",
	.min_words = 1,
	.max_words = 1,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.run = run,
};
