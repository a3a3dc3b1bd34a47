/* enhance: more security for a server that has its certificate (certbot.md 13.6). */
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/install/enhancement.h"
#include "client/install/wildcard.h"
#include "client/lineage/lineage.h"
#include "client/lineage/pick.h"
#include "client/ui/prompt.h"

static struct err *choose_names(struct strlist *out, struct client *c, const struct lineage *l)
{
	static const struct question q = {
		.text = "Which domain names would you like to enable the selected enhancements for?",
		.safe = true,
	};

	if (!prompt_possible(c->ui, true)) {
		strlist_add_all(out, &l->cert->names.dns);
		return NULL;
	}
	TRY(prompt_checklist(c->ui, out, &q, &l->cert->names.dns));
	return out->count > 0 ? NULL : err_new(ERR_CONFIG, "no names were chosen");
}

static struct err *enhance(struct client *c)
{
	AUTO(installer_free) struct installer *installer = NULL;
	AUTO(strlist_release) struct strlist chosen = { 0 };
	AUTO(strlist_release) struct strlist names = { 0 };
	AUTO(lineage_free) struct lineage *l = NULL;
	AUTO(free) char *name = NULL;

	if (!enhancements_asked(c->opt))
		return err_new(
			ERR_CONFIG,
			"Please specify one or more enhancement types to configure. `signet --help enhance` "
			"lists them.");
	TRY(installer_for(&installer, c, c->opt));
	TRY(enhancements_check(installer, c->opt));
	TRY(lineage_pick_one(
		&name, c,
		"Which certificate would you like to use to enhance your configuration?"));
	TRY(lineage_load(&l, c->tree, name));
	TRY(choose_names(&chosen, c, l));
	TRY(wildcards_settle(&names, installer, c, &chosen, WILDCARD_TLS_SITES));
	const struct deployment files = deployment_of(l);

	return enhancements_apply(installer, c,
				  &(struct installation){ .names = &names, .files = &files });
}

const struct subcommand subcommand_enhance = {
	.name = "enhance",
	.summary = "Add security enhancements to a server's configuration",
	.needs_tree = true,
	.run = enhance,
};
