#include "client/install/reload.h"

#include "client/install/installer.h"

struct err *reload_for(struct client *c, struct options *opt, const struct lineage *l)
{
	AUTO(installer_free) struct installer *i = NULL;
	const struct deployment files = { l->live[KIND_CERT], l->live[KIND_PRIVKEY],
					  l->live[KIND_CHAIN], l->live[KIND_FULLCHAIN] };

	if (opt->installer == NULL || opt->dry_run || plugin_by_name(opt->installer) == NULL)
		return NULL;
	const char *lost = "the certificate is saved, but the server does not serve it";

	TRY_WRAP(installer_for(&i, c, opt), "%s", lost);
	return err_wrap(
		installer_renewed(i, c, &(struct installation){ &l->cert->names.dns, &files }),
		"%s", lost);
}
