/*
 * nginx: proves control of names through the running server (certbot.md 15.4).
 *
 * What is edited for a challenge is a temporary checkpoint: it is taken back when the challenges are over, or by the next run when
 * this one is killed.
 */
#include "base/lock.h"
#include "plugins/nginx/challenge.h"
#include "plugins/nginx/daemon.h"
#include "plugins/plugins.h"
#include "srv/transaction.h"

struct nginx {
	const struct plugin_env *env;
	struct lock *lock;
	struct daemon *daemon;
	struct config *config;
};

static void close_nginx(void *state)
{
	struct nginx *n = state;

	config_free(n->config);
	daemon_free(n->daemon);
	lock_release(n->lock);
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
	config_free(n->config);
	n->config = NULL;
	TRY(config_load(&n->config, n->env->opt->nginx_server_root));
	return daemon_read(n->daemon, n->config);
}

static struct err *open_nginx(void **state, const struct plugin_env *env)
{
	AUTO(nginx_free) struct nginx *n = xcalloc(1, sizeof(*n));
	const char *root = env->opt->nginx_server_root;

	n->env = env;
	TRY(daemon_new(&n->daemon, env->world, env->opt->nginx_ctl, root));
	TRY_WRAP(lock_acquire(&n->lock, root), "unable to lock %s", root);
	TRY(webserver_test(daemon_server(n->daemon), env->world));
	TRY(read_config(n));
	*state = MOVE(n);
	return NULL;
}

/* --- proving control --- */

static void add_edit(void *change, const char *path, const struct buf *old, const struct buf *new)
{
	change_edit(change, path, old, new);
}

static struct err *edit_for(struct nginx *n, const struct task *tasks, size_t count)
{
	const struct challenge_ports ports = { n->env->opt->http01_port, n->env->opt->https_port };
	AUTO(free) struct challenge_answer *answers = xcalloc(count, sizeof(*answers));

	for (size_t i = 0; i < count; i++)
		answers[i] = (struct challenge_answer){ tasks[i].identifier, tasks[i].token,
							tasks[i].proof.http_body };
	return challenge_edit(n->config, answers, count, &ports);
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

	TRY(edit_for(n, tasks, count));
	config_edits(n->config, add_edit, change);
	const struct transaction t = {
		.checkpoints = &n->env->checkpoints,
		.server = daemon_server(n->daemon),
		.change = change,
	};

	TRY_WRAP(transaction_run(&t, &outcome), "having nginx answer the challenges");
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
	TRY_WRAP(transaction_withdraw(&n->env->checkpoints, daemon_server(n->daemon)),
		 "giving nginx back the configuration it had before the challenges");
	return read_config(n);
}

static void hint(const void *state, struct buf *out)
{
	const struct nginx *n = state;

	buf_addf(
		out,
		"nginx answered for the names, by temporary edits of the server blocks that they reach, but the CA did not get that answer. "
		"Do the names lead to this machine, and does its port %d (from outside: 80) lead to this nginx?",
		(int)n->env->opt->http01_port);
}

static const struct authenticator_ops authenticator = {
	.media = 1u << MEDIUM_HTTP,
	.preference = { MEDIUM_HTTP, MEDIUM_COUNT },
	.publish = publish,
	.withdraw = withdraw,
	.hint = hint,
};

const struct plugin plugin_nginx = {
	.name = "nginx",
	.description = "Answers HTTP challenges through the nginx that runs here",
	.open = open_nginx,
	.close = close_nginx,
	.authenticator = &authenticator,
};
