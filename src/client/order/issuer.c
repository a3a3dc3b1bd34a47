#include "client/order/issuer.h"

struct err *issuer_server(char **out, const struct options *opt, const struct lineage *l)
{
	AUTO(free) char *server = NULL;

	TRY(ini_get(&server, l->conf, "renewalparams", "server"));
	*out = server != NULL && !streq(server, opt->server) ? MOVE(server) : NULL;
	return NULL;
}

struct err *issuer_open(struct ca **out, struct client *c, const struct options *opt,
			const struct lineage *l)
{
	AUTO(options_free) struct options *of_issuer = NULL;
	AUTO(free) char *server = NULL;

	TRY(issuer_server(&server, opt, l));
	if (server == NULL)
		return ca_open(out, c, opt);
	of_issuer = options_copy(opt);
	options_set_runtime(of_issuer, &of_issuer->server, server);
	return ca_open(out, c, of_issuer);
}

void issuer_note(struct ca *ca, const struct err *failure, const struct acme_window *w)
{
	ca->silent |= err_is(failure, ERR_NETWORK) || err_is(failure, ERR_TIMEOUT);
	ca->adviceless |= failure == NULL && w->end == 0;
}
