/*
 * apache: challenges through a running Apache, by edits that last as long as the challenges, and certificates in its virtual
 * hosts (certbot.md 16).
 */
#include <signal.h>
#include <string.h>

#include "base/fs.h"
#include "plugins/apache/auto_hsts.h"
#include "plugins/apache/beside.h"
#include "plugins/apache/install.h"
#include "plugins/apache/knowledge.h"
#include "plugins/apache/mention.h"
#include "plugins/apache/place.h"
#include "plugins/apache/planned.h"
#include "plugins/apache/publish.h"
#include "plugins/conf_lock.h"
#include "plugins/plugins.h"
#include "plugins/started.h"
#include "srv/transaction.h"

struct apache {
	const struct plugin_env *env;
	struct apache_place place;
	struct lock *lock;
	struct apache_said *said;
	struct apache_config *config; /* NULL: not read since it was changed */
	/* the server as data, and the words it points to */
	const char **test, *reload[3], *start[3], *pid_files[2];
	struct webserver server;
	struct fronts fronts;
	struct change *planned; /* by the installer; NULL: nothing */
	unsigned media;         /* of the last tasks, for hints */
};

static const char *const programs[] = { "apache2", "httpd", NULL };

/* --- opening --- */

static void describe_server(struct apache *s)
{
	static const char *const test[] = { "-t" };
	const char *reload[] = { s->place.ctl, "graceful", NULL };
	const char *start[] = { s->place.ctl, "start", NULL };

	free(s->test);
	s->test = apache_httpd_argv(&s->place, test, ARRAY_LEN(test));
	memcpy(s->reload, reload, sizeof(reload));
	memcpy(s->start, start, sizeof(start));
	s->pid_files[0] = s->said->facts.pid_file;
	s->server = (struct webserver){
		.name = "Apache",
		.test = s->test,
		.reload_signal = SIGUSR1,
		.old_go_first = true,
		.reload = { s->reload },
		.start = s->start,
		.unit = s->place.unit,
		.of_system = s->place.of_system,
		.pid_files = s->said->facts.pid_file != NULL ? s->pid_files : NULL,
		.programs = programs,
		.error_log = s->said->facts.error_log,
		.refusal =
			"emerg]", /* "[:emerg] [pid 812] AH00020: Configuration Failed, exiting" */
	};
}

static struct err *read_config(struct apache *s)
{
	AUTO(apache_said_free) struct apache_said *old = NULL;
	struct apache_said *fresh = NULL;

	apache_config_free(MOVE(s->config));
	TRY(apache_learn(&s->config, &fresh, s->env, &s->place));
	old = s->said; /* what describes the server leans on it */
	s->said = fresh;
	fronts_release(&s->fronts);
	describe_server(s);
	return NULL;
}

/* After a change it is read when somebody wants to know. */
static struct err *have_config(struct apache *s)
{
	return s->config == NULL ? read_config(s) : NULL;
}

static void close_apache(void *state)
{
	struct apache *s = state;

	if (s == NULL)
		return;
	change_free(s->planned);
	fronts_release(&s->fronts);
	apache_config_free(s->config);
	apache_said_free(s->said);
	apache_place_release(&s->place);
	free(s->test);
	lock_release(s->lock);
	free(s);
}

AUTO_FREE(void, close_apache)

static struct err *open_apache(void **state, const struct plugin_env *env)
{
	struct apache *s = xcalloc(1, sizeof(*s));
	AUTO(close_apache) void *owner = s;

	s->env = env;
	apache_place_init(&s->place, env->opt);
	TRY(apache_place_check(&s->place));
	TRY(conf_lock_acquire(&s->lock, env, s->place.server_root));
	TRY(read_config(s));
	*state = MOVE(owner);
	return NULL;
}

static const struct webserver *server_of(const void *state)
{
	return &((const struct apache *)state)->server;
}

/* --- challenges --- */

static struct err *publish(void *state, struct task *tasks, size_t n)
{
	struct apache *s = state;
	AUTO(change_free) struct change *change = change_new();
	enum webserver_outcome outcome = WEBSERVER_RELOADED;

	TRY(have_config(s));
	const struct apache_publication p = { s->env, &s->place, s->config };

	s->media = 0;
	for (size_t i = 0; i < n; i++)
		s->media |= 1u << tasks[i].proof.medium;
	TRY(apache_publication_plan(change, &p, tasks, n));
	const struct transaction t = {
		.checkpoints = &s->env->checkpoints,
		.server = &s->server,
		.change = change,
	};

	TRY(transaction_run(&t, &outcome));
	note_started(s->env, t.server, outcome);
	for (size_t i = 0; i < n; i++)
		tasks[i].published = true;
	return apache_publication_look(&p, tasks, n);
}

/* The tree in memory has our edits: whatever becomes of the files, they are read anew. */
static struct err *withdraw(void *state, struct task *tasks, size_t n)
{
	struct apache *s = state;

	for (size_t i = 0; i < n; i++)
		tasks[i].published = false;
	apache_config_free(MOVE(s->config));
	TRY(transaction_withdraw(&s->env->checkpoints, &s->server, s->env->reload_follows));
	return read_config(s);
}

static void hint(const void *state, struct buf *out)
{
	const struct apache *s = state;
	bool http = (s->media & 1u << MEDIUM_HTTP) != 0;
	const struct options *opt = s->env->opt;

	buf_addf(
		out,
		"Apache was told to answer for these names on port %d of this machine. Do their A and AAAA records lead here, and does "
		"no firewall, proxy or other server take port %d before it?",
		(int)(http ? opt->http01_port : opt->https_port), http ? 80 : 443);
}

static const struct authenticator_ops authenticator = {
	.media = 1u << MEDIUM_HTTP,
	.historical_media = 1u << MEDIUM_TLS, /* by no means acme-tls/1 */
	.preference = { MEDIUM_HTTP, MEDIUM_COUNT },
	.publish = publish,
	.withdraw = withdraw,
	.hint = hint,
};

/* --- installing --- */

static const struct fronts *fronts_of(struct apache *s)
{
	fronts_look(&s->fronts, &s->server, (unsigned)s->env->opt->https_port);
	return &s->fronts;
}

static bool is_behind_another(void *state)
{
	return fronts_are_there(fronts_of(state));
}

static struct err *sites_of(struct apache_sites *out, struct apache *s)
{
	TRY(have_config(s));
	if (s->planned == NULL)
		s->planned = change_new();
	*out = (struct apache_sites){
		.env = s->env,
		.place = &s->place,
		.config = s->config,
		.change = s->planned,
		.http_port = (unsigned)s->env->opt->http01_port,
		.https_port = (unsigned)s->env->opt->https_port,
		.front = fronts_own(fronts_of(s)),
	};
	return NULL;
}

static bool is_name(const char *text)
{
	return strchr(text, '.') != NULL && strpbrk(text, "?$%{}/:") == NULL &&
	       (strchr(text, '*') == NULL || str_starts(text, "*."));
}

static void add_names(struct strlist *out, const struct apache_vhost *v)
{
	if (v->name != NULL && is_name(v->name))
		(void)strlist_add_unique(out, v->name);
	for (size_t i = 0; i < v->aliases.count; i++)
		if (is_name(v->aliases.items[i]))
			(void)strlist_add_unique(out, v->aliases.items[i]);
}

static struct err *names(void *state, struct strlist *out)
{
	struct apache *s = state;

	TRY(have_config(s));
	for (size_t i = 0; s->config != NULL && i < s->config->vhost_count; i++)
		add_names(out, s->config->vhosts[i]);
	strlist_sort(out);
	return NULL;
}

static struct err *covered(void *state, const char *wildcard, struct sites *out)
{
	struct apache_sites sites;

	TRY(sites_of(&sites, state));
	apache_covered(out, &sites, wildcard);
	return NULL;
}

static struct err *deploy(void *state, const char *name, const struct deployment *files,
			  struct bystanders *beside)
{
	struct apache_sites sites;

	if (files->fullchain == NULL || files->key == NULL)
		return err_new(
			ERR_CONFIG,
			"Apache needs the full chain and the key: name them by --fullchain-path and --key-path");
	TRY(sites_of(&sites, state));
	sites.certified = files->names;
	sites.beside = beside;
	return apache_deploy(&sites, name, files);
}

static struct err *showing(void *state, const char *fullchain, struct bystanders *out)
{
	struct apache_sites sites;

	TRY(sites_of(&sites, state));
	sites.beside = out;
	apache_beside_note_showing(&sites, fullchain);
	return NULL;
}

/* Where the https port is another program's, it is to show the certificate before anybody is led there. */
static struct err *check_fronts(struct apache *s, const struct apache_sites *sites,
				const char *name, const char *fullchain)
{
	const struct fronts *f = fronts_of(s);
	const struct world *w = s->env->world;

	if (s->env->opt->dry_run)
		return NULL;
	if (!apache_addresses_have_port(&sites->config->listens, sites->https_port))
		TRY(front_prove(fronts_own(f), w, &s->server, name, fullchain));
	return front_prove(fronts_public(f), w, &s->server, name, fullchain);
}

static struct err *enhance(void *state, const char *name, enum enhancement what,
			   const struct deployment *files)
{
	struct apache_sites sites;

	TRY(sites_of(&sites, state));
	if (what == ENHANCE_REDIRECT)
		TRY(check_fronts(state, &sites, name, files->fullchain));
	return apache_enhance(&sites, name, what);
}

static struct err *enable_auto_hsts(void *state, const struct strlist *of)
{
	struct apache_sites sites;

	TRY(sites_of(&sites, state));
	return apache_auto_hsts_enable(&sites, of);
}

static struct err *update_auto_hsts(void *state)
{
	struct apache_sites sites;

	TRY(sites_of(&sites, state));
	return apache_auto_hsts_step(&sites);
}

static struct err *finish_auto_hsts(void *state, const char *key)
{
	struct apache_sites sites;

	TRY(sites_of(&sites, state));
	return apache_auto_hsts_finish(&sites, key);
}

static const struct auto_hsts_ops auto_hsts = {
	.enable = enable_auto_hsts,
	.owed = apache_auto_hsts_owed,
	.update = update_auto_hsts,
	.renewed = finish_auto_hsts,
};

static struct err *plan_of(void *state, const struct change **out)
{
	struct apache *s = state;
	struct apache_sites sites;

	TRY(sites_of(&sites, s));
	TRY(apache_plan_files(s->config, sites.change));
	TRY(apache_options_update(&sites));
	*out = change_is_empty(s->planned) ? NULL : s->planned;
	return NULL;
}

static struct err *endpoints_of(void *state, const char *name, struct endpoints *out)
{
	struct apache *s = state;

	TRY(have_config(s));
	return apache_endpoints(s->config, name, out);
}

static struct err *mentions(void *state, const struct mentions *m)
{
	struct apache *s = state;

	TRY(have_config(s));
	apache_mentions_add(m, s->config);
	return NULL;
}

static struct err *reread(void *state)
{
	struct apache *s = state;

	change_free(MOVE(s->planned));
	apache_config_free(MOVE(s->config));
	return NULL;
}

static const struct installer_ops installer = {
	.enhancements = 1u << ENHANCE_HSTS | 1u << ENHANCE_REDIRECT | 1u << ENHANCE_STAPLE |
			1u << ENHANCE_UIR,
	.auto_hsts = &auto_hsts,
	.names = names,
	.covered = covered,
	.question_of_sites =
		"Which VirtualHosts would you like to install the wildcard certificate for?",
	.deploy = deploy,
	.showing = showing,
	.enhance = enhance,
	.behind_another = is_behind_another,
	.plan = plan_of,
	.endpoints = endpoints_of,
	.mentions = mentions,
	.reread = reread,
};

const struct plugin plugin_apache = {
	.name = "apache",
	.description =
		"Answers HTTP challenges through your running Apache, and installs certificates in its virtual hosts",
	.open = open_apache,
	.close = close_apache,
	.server = server_of,
	.test = apache_place_test,
	.authenticator = &authenticator,
	.installer = &installer,
};
