/*
 * nginx: proves control of names through the running server, and installs certificates into it (certbot.md 15).
 *
 * What is edited for a challenge is a temporary checkpoint: it is taken back when the challenges are over, or by the next run when
 * this one is killed.
 */
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "plugins/conf_lock.h"
#include "plugins/nginx/beside.h"
#include "plugins/nginx/daemon.h"
#include "plugins/nginx/enhance.h"
#include "plugins/nginx/install.h"
#include "plugins/nginx/known.h"
#include "plugins/nginx/mention.h"
#include "plugins/nginx/places.h"
#include "plugins/nginx/publish.h"
#include "plugins/nginx/reach.h"
#include "plugins/nginx/stream.h"
#include "plugins/nginx/tls_defaults.h"
#include "plugins/plugins.h"
#include "plugins/started.h"
#include "srv/transaction.h"

struct nginx {
	const struct plugin_env *env;
	struct lock *lock;
	struct daemon *daemon;
	struct config *config;
	struct change *plan;
	struct fronts fronts;
	struct tls_door *door;    /* what nginx hands over to us; NULL: nothing */
	unsigned media;           /* of the last tasks, for hints */
	char *options, *dhparams; /* paths */
};

static void close_nginx(void *state)
{
	struct nginx *n = state;

	change_free(n->plan);
	fronts_release(&n->fronts);
	tls_door_free(n->door);
	config_free(n->config);
	daemon_free(n->daemon);
	lock_release(n->lock);
	free(n->options);
	free(n->dhparams);
	free(n);
}

static void nginx_free(struct nginx *n)
{
	if (n != NULL)
		close_nginx(n);
}

AUTO_FREE(struct nginx, nginx_free)

static struct err *read_config(struct nginx *n)
{
	change_free(MOVE(n->plan));
	config_free(MOVE(n->config));
	fronts_release(&n->fronts);
	TRY(config_load(&n->config, n->env->opt->nginx_server_root));
	return daemon_read(n->daemon, n->config);
}

/* What could not be read, or has edits that are gone, is read when somebody wants to know. */
static struct err *have_config(struct nginx *n)
{
	return n->config == NULL ? read_config(n) : NULL;
}

static struct err *open_nginx(void **state, const struct plugin_env *env)
{
	AUTO(nginx_free) struct nginx *n = xcalloc(1, sizeof(*n));
	const char *root = env->opt->nginx_server_root;
	AUTO(free) char *about = known_about(env);
	int64_t took_ms;

	n->env = env;
	n->options = kept_file_path(&tls_options_file, env->opt);
	n->dhparams = kept_file_path(&tls_dhparams_file, env->opt);
	TRY(daemon_new(&n->daemon, env->world, env->opt->nginx_ctl, root, about));
	TRY(conf_lock_acquire(&n->lock, env, root));
	if (about == NULL) /* else it is tested before it is reloaded */
		TRY(webserver_test(daemon_server(n->daemon), env->world, &took_ms));
	TRY(read_config(n));
	known_keep(env, daemon_about(n->daemon));
	*state = MOVE(n);
	return NULL;
}

/* --- proving control --- */

static void add_edit(void *change, const char *path, const struct buf *old, const struct buf *new)
{
	change_edit(change, path, old, new);
}

static struct err *edit_for(struct nginx *n, struct change *change, const struct task *tasks,
			    size_t count)
{
	const struct publication p = { n->env, n->config, change, &n->door };

	n->media = 0;
	for (size_t i = 0; i < count; i++)
		n->media |= 1u << tasks[i].proof.medium;
	TRY(publication_plan(&p, tasks, count));
	config_edits(n->config, add_edit, change);
	return NULL;
}

/* Where nothing can be seen of its processes (a container of its own), time has to do. */
static struct err *wait_unseen(const struct nginx *n)
{
	if (webserver_pid(daemon_server(n->daemon)) != 0)
		return NULL;
	return world_sleep_ms(n->env->world, n->env->opt->nginx_sleep_s * 1000);
}

/* One reload, however many names there are. */
static struct err *publish(void *state, struct task *tasks, size_t count)
{
	struct nginx *n = state;
	AUTO(change_free) struct change *change = change_new();
	enum webserver_outcome outcome = WEBSERVER_RELOADED;

	TRY(have_config(n));
	TRY(edit_for(n, change, tasks, count));
	const struct transaction t = {
		.checkpoints = &n->env->checkpoints,
		.server = daemon_server(n->daemon),
		.change = change,
	};

	TRY_WRAP(transaction_run(&t, &outcome), "having nginx answer the challenges");
	note_started(n->env, t.server, outcome);
	TRY(wait_unseen(n));
	for (size_t i = 0; i < count; i++)
		tasks[i].published = true;
	return NULL;
}

static struct err *withdraw(void *state, struct task *tasks, size_t count)
{
	struct nginx *n = state;

	for (size_t i = 0; i < count; i++)
		tasks[i].published = false;
	/* a door that is closed is not to be had by others, as long as nginx leads to it */
	bool later = n->env->reload_follows && n->door == NULL;
	struct err *e = transaction_withdraw(&n->env->checkpoints, daemon_server(n->daemon), later);

	tls_door_free(MOVE(n->door));
	config_free(MOVE(n->config)); /* it has our edits, whatever became of the files */
	TRY_WRAP(e, "giving nginx back the configuration it had before the challenges");
	return read_config(n);
}

static void hint(const void *state, struct buf *out)
{
	const struct nginx *n = state;
	bool http = (n->media & 1u << MEDIUM_HTTP) != 0;
	const struct options *opt = n->env->opt;

	buf_addf(
		out,
		"nginx answered for the names, by temporary edits of the server blocks that they reach, but the CA did not get that answer. "
		"Do the names lead to this machine, and does its port %d (from outside: %d) lead to this nginx?",
		(int)(http ? opt->http01_port : opt->https_port), http ? 80 : 443);
}

static const struct authenticator_ops authenticator = {
	.media = 1u << MEDIUM_HTTP | 1u << MEDIUM_TLS,
	.preference = { MEDIUM_HTTP, MEDIUM_COUNT },
	.publish = publish,
	.withdraw = withdraw,
	.hint = hint,
};

/* --- installing --- */

static const struct fronts *fronts_of(struct nginx *n)
{
	fronts_look(&n->fronts, daemon_server(n->daemon), (unsigned)n->env->opt->https_port);
	return &n->fronts;
}

static bool is_behind_another(void *state)
{
	return fronts_are_there(fronts_of(state));
}

static struct target_ports ports_of(struct nginx *n)
{
	return (struct target_ports){ n->env->opt->http01_port, n->env->opt->https_port,
				      stream_passing(n->config, n->env->opt->https_port),
				      fronts_own(fronts_of(n)),
				      webserver_pid(daemon_server(n->daemon)) != 0 };
}

static struct err *names(void *state, struct strlist *out)
{
	struct nginx *n = state;
	AUTO(vhosts_release) struct vhosts v = { 0 };

	TRY(have_config(n));
	TRY(vhosts_gather(&v, n->config));
	vhosts_names(out, &v);
	return NULL;
}

static struct err *covered(void *state, const char *wildcard, struct sites *out)
{
	struct nginx *n = state;
	AUTO(vhosts_release) struct vhosts v = { 0 };

	TRY(have_config(n));
	const struct target_ports ports = ports_of(n);

	TRY(vhosts_gather(&v, n->config));
	return targets_covered(out, &v, wildcard, &ports);
}

/* What is going to be included is not there before the plan is carried out. */
static struct err *foresee_options(struct nginx *n)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_KIB(4));

	tls_options_text(&text, n->daemon);
	return fs_exists(n->options) ? NULL : config_foresee(n->config, n->options, &text);
}

static struct err *deploy(void *state, const char *name, const struct deployment *files,
			  struct bystanders *beside)
{
	struct nginx *n = state;
	AUTO(strlist_release) struct strlist notices = { 0 };
	const struct install_files wanted = { files->fullchain, files->key,   n->options,
					      n->dhparams,      files->names, &notices };

	if (files->fullchain == NULL || files->key == NULL)
		return err_new(
			ERR_CONFIG,
			"nginx needs the full chain and the key: name them by --fullchain-path and --key-path");
	if (!daemon_has_tls(n->daemon))
		return err_new(
			ERR_CONFIG,
			"this nginx was built without TLS (--with-http_ssl_module): install one that was built with it");
	TRY(have_config(n));
	const struct target_ports ports = ports_of(n);

	TRY(foresee_options(n));
	TRY(install_certificate(n->config, name, &wanted, &ports, beside));
	for (size_t i = 0; i < notices.count; i++)
		ui_emit(n->env->ui, EVENT_NOTICE_TEXT, NO_FIELDS, "%s", notices.items[i]);
	return NULL;
}

static struct err *showing(void *state, const char *fullchain, struct bystanders *out)
{
	struct nginx *n = state;

	TRY(have_config(n));
	return beside_note_showing(out, n->config, fullchain);
}

static struct err *endpoints(void *state, const char *name, struct endpoints *out)
{
	struct nginx *n = state;

	TRY(have_config(n));
	return places_find(out, n->config, name);
}

/* Where the https port is another program's, it is to show the certificate before anybody is led there. */
static struct err *check_fronts(struct nginx *n, const char *name, const struct deployment *files)
{
	const struct fronts *f = fronts_of(n);
	const struct webserver *s = daemon_server(n->daemon);
	bool own = false;

	if (!fronts_are_there(f) || n->env->opt->dry_run)
		return NULL;
	TRY(places_have_port(&own, n->config, name, (unsigned)n->env->opt->https_port));
	if (!own)
		TRY(front_prove(fronts_own(f), n->env->world, s, name, files->fullchain));
	return front_prove(fronts_public(f), n->env->world, s, name, files->fullchain);
}

static struct err *enhance(void *state, const char *name, enum enhancement what,
			   const struct deployment *files)
{
	struct nginx *n = state;

	TRY(have_config(n));
	const struct target_ports ports = ports_of(n);

	switch (what) {
	case ENHANCE_REDIRECT:
		TRY(check_fronts(n, name, files));
		TRY(enhance_redirect(n->config, name, &ports));
		return reach_tell(n->env->ui, n->config, name, &ports);
	case ENHANCE_HSTS:
		return enhance_hsts(n->env->ui, n->config, name, &ports);
	case ENHANCE_STAPLE:
		return enhance_staple(n->config, name, files->chain, &ports);
	case ENHANCE_UIR:
	case ENHANCEMENT_COUNT:
		break;
	}
	return err_new(ERR_CONFIG, "nginx cannot be given that enhancement");
}

static struct err *plan_kept_file(const struct nginx *n, const struct kept_file *f,
				  const struct buf *text, bool needed)
{
	if (needed)
		TRY(kept_file_create(n->plan, f, n->env->opt, text));
	return kept_file_update(n->plan, f, n->env, text);
}

/* needed: blocks may include them from now on. */
static struct err *plan_kept_files(const struct nginx *n, bool needed)
{
	AUTO(buf_release)
	struct buf options = BUF_INIT(LIMIT_KIB(4)), dhparams = BUF_INIT(LIMIT_KIB(4));

	tls_options_text(&options, n->daemon);
	tls_dhparams_text(&dhparams);
	TRY(plan_kept_file(n, &tls_options_file, &options, needed));
	return plan_kept_file(n, &tls_dhparams_file, &dhparams, needed);
}

static struct err *plan(void *state, const struct change **out)
{
	struct nginx *n = state;

	TRY(have_config(n));
	change_free(n->plan);
	n->plan = change_new();
	config_edits(n->config, add_edit, n->plan);
	TRY(plan_kept_files(n, !change_is_empty(n->plan)));
	*out = change_is_empty(n->plan) ? NULL : n->plan;
	return NULL;
}

static struct err *mentions(void *state, const struct mentions *m)
{
	struct nginx *n = state;

	TRY(have_config(n));
	return mentions_add(m, n->config);
}

static struct err *reread(void *state)
{
	return read_config(state);
}

static const struct webserver *server_of(const void *state)
{
	const struct nginx *n = state;

	return daemon_server(n->daemon);
}

static const struct installer_ops installer = {
	.enhancements = 1u << ENHANCE_REDIRECT | 1u << ENHANCE_HSTS | 1u << ENHANCE_STAPLE,
	.unnamable = "$", /* a variable, however it is quoted */
	.names = names,
	.covered = covered,
	.question_of_sites = "Which server blocks would you like to modify?",
	.deploy = deploy,
	.showing = showing,
	.enhance = enhance,
	.behind_another = is_behind_another,
	.plan = plan,
	.endpoints = endpoints,
	.mentions = mentions,
	.reread = reread,
};

const struct plugin plugin_nginx = {
	.name = "nginx",
	.description =
		"Answers HTTP and TLS challenges through the nginx that runs here, and installs certificates into it",
	.open = open_nginx,
	.close = close_nginx,
	.server = server_of,
	.test = daemon_test,
	.authenticator = &authenticator,
	.installer = &installer,
};
