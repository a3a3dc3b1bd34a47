/* init: from nothing to a working CA. */
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "ca/cmd/registry.h"
#include "ca/config/form.h"
#include "ca/setup/setup.h"

#define PRIVATE_NETWORKS "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7"
#define LOOPBACK "127.0.0.0/8, ::1"

/* The next port of the same address; 80 beside 443. NULL: there is none. */
static char *beside(const char *listen)
{
	const char *colon = strrchr(listen, ':');
	int64_t port;

	if (colon == NULL || !str_to_int(colon + 1, 1, 65534, &port))
		return NULL;
	return str_fmt("%.*s:%lld", (int)(colon - listen), listen,
		       (long long)(port == 443 ? 80 : port + 1));
}

static struct err *check_dir(const struct command_run *r, const char *dir)
{
	AUTO(strlist_release) struct strlist entries = { 0 };

	TRY(fs_list(&entries, dir));
	if (entries.count == 0 || command_has(r, "--force"))
		return NULL;
	return err_new(ERR_USAGE,
		       "%s is not empty: take another directory, or --force to use it "
		       "(no file is written over)",
		       dir);
}

static void tell(const struct command_run *r, const struct setup *s, const char *url)
{
	(void)fprintf(
		r->out,
		"A CA of its own stands in %s.\n\n"
		"  %s/root.pem    clients have to trust this, and nothing else\n"
		"  %s/root.key    signs issuers only: take it off this machine\n"
		"  %s/%s\n\n"
		"Serve:    signet-ca serve --config %s/%s\n"
		"Clients:  REQUESTS_CA_BUNDLE=%s/root.pem signet certonly --server %s/directory ...\n"
		"Renew the server's own certificate (397 days): signet-ca server-cert --config %s/%s\n",
		s->dir, s->dir, s->dir, s->dir, SETUP_CONFIG, s->dir, SETUP_CONFIG, s->dir, url,
		s->dir, SETUP_CONFIG);
}

static struct err *run(const struct command_run *r)
{
	AUTO(free) char *dir = fs_absolute(r->words.items[0]);
	const char *listen = command_value_or(r, "--listen", "127.0.0.1:14000");
	AUTO(free) char *next = beside(listen);
	AUTO(free) char *url = NULL;
	struct setup s = {
		.dir = dir,
		.name = command_value_or(r, "--name", "Signet CA"),
		.listen = listen,
		.http_listen = command_value_or(r, "--http-listen", next),
		.url = command_value(r, "--url"),
		.allow = command_value_or(r, "--allow",
					  command_has(r, "--loopback") ? PRIVATE_NETWORKS
						  ", " LOOPBACK
								       : PRIVATE_NETWORKS),
	};

	TRY(authority_keys_parse(&s.keys, command_value_or(r, "--key-type", "ecdsa")));
	TRY(check_dir(r, dir));
	TRY(setup_make(&s, r->world));
	TRY(setup_url(&url, &s));
	tell(r, &s, url);
	return NULL;
}

static const struct command_option options[] = {
	{ "--name", "TEXT", "What its certificates call it (default: Signet CA)" },
	{ "--listen", "ADDRESS:PORT", "Where it serves HTTPS (default: 127.0.0.1:14000)" },
	{ "--http-listen", "ADDRESS:PORT",
	  "Where it serves CRLs by plain HTTP (default: the port after it; 80 beside 443)" },
	{ "--url", "URL", "How clients reach it (default: https://localhost:PORT)" },
	{ "--key-type", "TYPE", "Of root and issuer: ecdsa (P-384, P-256) or rsa (4096, 2048)" },
	{ "--allow", "NETWORKS", "Special networks to issue for (default: " PRIVATE_NETWORKS ")" },
	{ "--loopback", NULL, "Issue for loopback addresses too, to try things out" },
	{ "--force", NULL, "Use a directory that is not empty" },
};

const struct subcommand subcommand_init = {
	.name = "init",
	.summary = "Make a CA in a directory: keys, certificates, configuration",
	.words = "DIR",
	.min_words = 1,
	.max_words = 1,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.run = run,
};
