/* Which hooks run when, and how often: pre, deploy, post (certbot.md 11.1). */
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "client/hook/hook.h"
#include "client/store/tree.h"

/* Of a post hook, as Certbot cuts them; each of a deploy hook's has to go into what Linux takes of a variable (128 KiB). */
#define NAMES_MAX_CERTONLY 32000
#define NAMES_MAX_RENEW 16000
#define NAMES_MAX_DEPLOY 131000

struct hooks {
	pthread_mutex_t lock; /* while pre hooks run: who needs the same waits for their end */
	struct strlist pre_run;   /* commands that ran in this process */
	struct strlist post_owed; /* renew: commands for the end */
};

struct hooks *hooks_new(void)
{
	struct hooks *h = xcalloc(1, sizeof(*h));

	if (pthread_mutex_init(&h->lock, NULL) != 0)
		abort();
	return h;
}

void hooks_free(struct hooks *h)
{
	if (h == NULL)
		return;
	strlist_release(&h->pre_run);
	strlist_release(&h->post_owed);
	(void)pthread_mutex_destroy(&h->lock);
	free(h);
}

static bool is_hook_program(const char *path)
{
	struct stat st;

	return !str_ends(path, "~") && stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* renewal-hooks/<kind>/ in byte order, then the command of the options unless it is one of them. */
static void commands_of(struct strlist *out, const struct client *c, const struct options *opt, const char *kind,
			const char *command)
{
	AUTO(free) char *relative = str_fmt("renewal-hooks/%s", kind);
	AUTO(free) char *dir = tree_path(c->tree, relative);
	AUTO(strlist_release) struct strlist files = { 0 };

	if (opt->directory_hooks)
		err_ignore(fs_list(&files, dir));
	for (size_t i = 0; i < files.count; i++) {
		AUTO(free) char *path = fs_join(dir, files.items[i]);

		if (is_hook_program(path))
			strlist_add(out, path);
	}
	if (hook_is_set(command))
		(void)strlist_add_unique(out, command);
}

/* A hook that cannot be started is told like one that failed. */
static bool run_one(const struct world *w, struct ui *ui, const char *label, const char *command, const struct strlist *env)
{
	const struct hook_call call = { .label = label, .command = command, .env = env };
	int status = 0;
	AUTO(err_free) struct err *e = hook_run(w, ui, &call, NULL, &status);

	if (e == NULL)
		return status == 0;
	AUTO(free) char *text = err_text(e);

	ui_emit(ui, EVENT_HOOK_FAILED, FIELDS(STR("hook", label), ERROR("error", e)), "%s", text);
	return false;
}

void hooks_run_pre(struct client *c, const struct options *opt)
{
	AUTO(strlist_release) struct strlist commands = { 0 };

	commands_of(&commands, c, opt, "pre", opt->pre_hook);
	(void)pthread_mutex_lock(&c->hooks->lock);
	for (size_t i = 0; i < commands.count; i++)
		if (strlist_add_unique(&c->hooks->pre_run, commands.items[i]))
			(void)run_one(c->world, c->ui, "pre-hook", commands.items[i], NULL);
	(void)pthread_mutex_unlock(&c->hooks->lock);
}

bool hooks_expect_pre(struct strlist *expected, const struct client *c, const struct options *opt)
{
	AUTO(strlist_release) struct strlist commands = { 0 };
	bool any = false;

	commands_of(&commands, c, opt, "pre", opt->pre_hook);
	for (size_t i = 0; i < commands.count; i++)
		any |= strlist_add_unique(expected, commands.items[i]);
	return any;
}

/* "NAME=a b c", as many names as fit; what is left out is told. */
static void add_names(struct ui *ui, struct strlist *env, const char *variable, const struct strlist *names, size_t max)
{
	AUTO(buf_release) struct buf b = BUF_INIT(max);
	size_t i = 0;

	for (; i < names->count && b.len + strlen(names->items[i]) < max; i++)
		buf_addf(&b, "%s%s", i > 0 ? " " : "", names->items[i]);
	if (i < names->count)
		ui_emit(ui, EVENT_WARNING_TEXT, NO_FIELDS, "%s is cut to %zu characters: hooks are given %zu of %zu names", variable,
			max, i, names->count);
	strlist_take(env, str_fmt("%s=%s", variable, buf_str(&b)));
}

void hooks_run_deploy(struct client *c, const struct options *opt, const char *live_dir, const struct strlist *names,
		      bool *all_well)
{
	AUTO(strlist_release) struct strlist commands = { 0 };
	AUTO(strlist_release) struct strlist env = { 0 };

	*all_well = true;
	commands_of(&commands, c, opt, "deploy", opt->deploy_hook);
	if (commands.count == 0)
		return;
	add_names(c->ui, &env, "RENEWED_DOMAINS", names, NAMES_MAX_DEPLOY);
	strlist_take(&env, str_fmt("RENEWED_LINEAGE=%s", live_dir));
	for (size_t i = 0; i < commands.count; i++)
		*all_well &= run_one(c->world, c->ui, "deploy-hook", commands.items[i], &env);
}

/* What a pre hook stopped is started again, even when somebody asked this program to stop. */
static void run_post(struct client *c, const struct strlist *commands, const struct strlist *renewed,
		     const struct strlist *failed, size_t max)
{
	AUTO(strlist_release) struct strlist env = { 0 };
	struct world calm = *c->world;

	if (commands->count == 0)
		return;
	calm.stop = NULL;
	add_names(c->ui, &env, "RENEWED_DOMAINS", renewed, max);
	add_names(c->ui, &env, "FAILED_DOMAINS", failed, max);
	for (size_t i = 0; i < commands->count; i++)
		(void)run_one(&calm, c->ui, "post-hook", commands->items[i], &env);
}

void hooks_run_post(struct client *c, const struct options *opt, const struct strlist *renewed, const struct strlist *failed)
{
	AUTO(strlist_release) struct strlist commands = { 0 };

	commands_of(&commands, c, opt, "post", opt->post_hook);
	run_post(c, &commands, renewed, failed, NAMES_MAX_CERTONLY);
}

void hooks_owe_post(struct client *c, const struct options *opt)
{
	AUTO(strlist_release) struct strlist commands = { 0 };

	commands_of(&commands, c, opt, "post", opt->post_hook);
	for (size_t i = 0; i < commands.count; i++)
		(void)strlist_add_unique(&c->hooks->post_owed, commands.items[i]);
}

void hooks_run_owed_post(struct client *c, const struct strlist *renewed, const struct strlist *failed)
{
	run_post(c, &c->hooks->post_owed, renewed, failed, NAMES_MAX_RENEW);
	strlist_release(&c->hooks->post_owed);
}
