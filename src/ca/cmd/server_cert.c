/* server-cert: a new certificate for the CA's own HTTPS server. */
#include "ca/setup/server_cert.h"
#include "ca/cmd/registry.h"
#include "ca/config/config.h"
#include "ca/config/form.h"

static struct err *take_names(struct idents *out, const struct command_run *r)
{
	if (r->words.count == 0)
		return server_cert_names(out, r->config);
	for (size_t i = 0; i < r->words.count; i++) {
		const char *name = r->words.items[i];

		if (!form_address(name) && !form_domain(name))
			return err_new(ERR_USAGE, "\"%s\" is neither a host name nor an address",
				       name);
		idents_add(out, form_address(name) ? IDENT_IP : IDENT_DNS, name);
	}
	return NULL;
}

static struct err *run(const struct command_run *r)
{
	AUTO(idents_release) struct idents names = { 0 };

	TRY(take_names(&names, r));
	TRY(server_cert_issue(r->config, r->world, &names, true));
	(void)fprintf(r->out, "%s is new. A server that runs takes it by SIGHUP.\n",
		      r->config->server.tls_certificate);
	return NULL;
}

const struct subcommand subcommand_server_cert = {
	.name = "server-cert",
	.summary = "Sign a new certificate for the server itself (default: for the same names)",
	.words = "[NAME...]",
	.max_words = 100,
	.wants_config = true,
	.run = run,
};
