/* reconfigure: change how a certificate will be renewed, after a rehearsal that shows that it can be (certbot.md 13.7). */
#include "base/limits.h"
#include "base/shell.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/hook/hook.h"
#include "client/lineage/conf.h"
#include "client/lineage/pick.h"
#include "client/lineage/reuse.h"
#include "client/order/issue.h"
#include "client/plugin.h"
#include "client/ui/prompt.h"

/* What is set now must be what the lineage has; keeps it where nothing is set. */
static struct err *keep_stored(struct options *opt, char **member, const struct lineage *l,
			       const char *key)
{
	AUTO(free) char *stored = NULL;

	TRY(ini_get(&stored, l->conf, "renewalparams", key));
	if (stored == NULL)
		return NULL;
	AUTO(free) char *name = shell_word(l->name);

	if (options_set_by_user(opt, member) && *member != NULL && !streq(*member, stored))
		return err_new(
			ERR_CONFIG,
			"reconfigure cannot change the %s of a certificate (it is %s); `signet renew "
			"--force-renewal --cert-name %s --%s ...` does",
			key, stored, name, key);
	options_set_runtime(opt, member, stored);
	return NULL;
}

static struct err *check_installer(const struct options *opt)
{
	if (opt->installer == NULL || plugin_by_name(opt->installer) != NULL)
		return NULL;
	return err_new(
		ERR_CONFIG,
		"The requested %s plugin does not appear to be installed; `signet plugins` lists those that are",
		opt->installer);
}

/* The options of the next renewal: the lineage's, and over them those of today. */
static struct err *future_options(struct options **out, struct client *c, const struct lineage *l)
{
	AUTO(options_free) struct options *opt = options_copy(c->opt);

	TRY(check_installer(opt));
	TRY(keep_stored(opt, &opt->server, l, "server"));
	TRY(keep_stored(opt, &opt->account, l, "account"));
	TRY_WRAP(options_apply_renewal(opt, l->conf), "renewal configuration file %s",
		 l->conf_path);
	*out = MOVE(opt);
	return NULL;
}

static struct err *ask_about_hooks(struct client *c)
{
	static const char *const labels[2] = { "Run deploy hooks", "Do not run deploy hooks" };
	static const struct question q = {
		.text = "You are attempting to set a --deploy-hook. Shall the deploy hooks be run in the dry run with the new "
			"settings? They would get the certificate that is live now, not the one that the dry run gets.",
		.flag = "--run-deploy-hooks",
	};

	if (c->opt->deploy_hook == NULL || c->opt->run_deploy_hooks)
		return NULL;
	return prompt_either(c->ui, &c->opt->run_deploy_hooks, &q, labels, PROMPT_NO);
}

static struct err *rehearse(struct client *c, const struct options *wanted, struct lineage *l)
{
	AUTO(options_free) struct options *opt = options_copy(wanted);
	AUTO(issued_release) struct issued none = { 0 };
	const struct strlist nothing = { 0 };
	const struct issue_request r = { .name = l->name, .existing = l, .names = &l->cert->names };

	options_rehearse(opt);
	ui_stop_asking(c->ui);
	TRY(reuse_check_in_place(opt, l));
	struct err *e = issue(&none, c, opt, &r);

	if (none.begun)
		hooks_run_post(c, opt, &nothing, &nothing);
	return e;
}

static struct err *text_of(char **out, const struct ini *conf)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_FILE);

	ini_write(conf, &b);
	TRY(buf_check(&b, "renewal configuration"));
	*out = buf_detach(&b);
	return NULL;
}

static struct err *save(bool *changed, const struct options *opt, const struct lineage *l)
{
	AUTO(free) char *before = NULL;
	AUTO(free) char *after = NULL;

	TRY(text_of(&before, l->conf));
	options_save_renewal(opt, l->conf);
	TRY(text_of(&after, l->conf));
	*changed = !streq(before, after);
	if (!*changed)
		return NULL;
	TRY(conf_stage(l, l->conf));
	return conf_publish(l);
}

static struct err *reconfigure(struct client *c)
{
	AUTO(free) char *name = NULL;
	AUTO(lineage_free) struct lineage *l = NULL;
	AUTO(options_free) struct options *opt = NULL;
	bool changed = false;

	TRY(lineages_settle(c->tree));
	TRY(lineage_pick_one(&name, c, "Which certificate would you like to reconfigure?"));
	TRY(lineage_load(&l, c->tree, name));
	TRY(ask_about_hooks(c));
	TRY(future_options(&opt, c, l));
	TRY_WRAP(rehearse(c, opt, l),
		 "the dry run with the new settings failed; nothing was changed");
	TRY(save(&changed, opt, l));
	ui_emit(c->ui, EVENT_LINEAGE_RECONFIGURED,
		FIELDS(STR("lineage", l->name), STR("path", l->conf_path),
		       BOOL("changed", changed)),
		"%s",
		changed ? "\nSuccessfully updated configuration.\nChanges will apply when the certificate renews."
			: "\nNo changes were made to the renewal configuration.");
	return NULL;
}

const struct subcommand subcommand_reconfigure = {
	.name = "reconfigure",
	.summary = "Change the renewal settings of a certificate",
	.needs_tree = true,
	.run = reconfigure,
};
