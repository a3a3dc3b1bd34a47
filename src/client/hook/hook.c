/* One hook: run it, show what it said. */
#include "client/hook/hook.h"

#include <string.h>

#include "base/buf.h"
#include "base/environment.h"
#include "base/limits.h"

/* A daemon that a hook leaves behind says its first lines to us: nobody there to read them would kill it. */
enum { LINGER_MS = 2000 };

static void add_indented(struct buf *b, const char *text)
{
	AUTO(strlist_release) struct strlist lines = { 0 };

	strlist_split(&lines, text, '\n');
	for (size_t i = 0; i < lines.count; i++) {
		AUTO(free) char *shown = str_printable(lines.items[i], LIMIT_HOOK_OUTPUT);

		buf_addf(b, "%s %s", i > 0 ? "\n" : "", shown);
	}
}

/* "Hook 'pre-hook'", "Hook '--manual-auth-hook' for a.test" */
static char *title_of(const struct hook_call *call)
{
	if (call->about == NULL)
		return str_fmt("Hook '%s'", call->label);
	return str_fmt("Hook '%s' for %s", call->label, call->about);
}

static void show_output(struct ui *ui, enum event_kind kind, const struct hook_call *call, const char *heading, const char *text)
{
	AUTO(buf_release) struct buf shown = BUF_INIT(4 * LIMIT_HOOK_OUTPUT);
	AUTO(free) char *title = title_of(call);

	if (*text == '\0')
		return;
	add_indented(&shown, text);
	ui_emit(ui, kind, FIELDS(STR("hook", call->label), STR("identifier", call->about), STR("output", text)),
		"%s ran with %s:\n%s", title, heading, buf_str(&shown));
}

static void show_result(struct ui *ui, const struct hook_call *call, const struct command_result *r)
{
	AUTO(free) char *title = title_of(call);

	if (r->status != 0)
		ui_emit(ui, EVENT_HOOK_FAILED,
			FIELDS(STR("hook", call->label), STR("identifier", call->about), INT("status", r->status)),
			"%s reported error code %d", title, r->status);
	show_output(ui, EVENT_HOOK_OUTPUT, call, "output", r->out);
	show_output(ui, EVENT_HOOK_ERROR_OUTPUT, call, "error output", r->err);
}

struct err *hook_run(const struct world *w, struct ui *ui, const struct hook_call *call, char **out, int *status)
{
	AUTO(command_result_release) struct command_result result = { 0 };
	const struct command c = { .set = call->env,
				   .unset = call->unset,
				   .max_output = LIMIT_HOOK_OUTPUT,
				   .linger_ms = LINGER_MS,
				   .stop = w->stop };

	ui_emit(ui, EVENT_HOOK_RUNNING,
		FIELDS(STR("hook", call->label), STR("identifier", call->about), STR("command", call->command)),
		"Running %s command: %s", call->label, call->command);
	TRY_WRAP(spawn_shell(w->spawner, call->command, &c, &result), "running the %s", call->label);
	show_result(ui, call, &result);
	if (status != NULL)
		*status = result.status;
	if (out != NULL)
		*out = MOVE(result.out);
	return NULL;
}

static struct err *validate(const char *label, const char *command)
{
	AUTO(free) char *trimmed = str_trimmed(command);
	AUTO(free) char *word = xstrndup(trimmed, strcspn(trimmed, " \t\n"));
	AUTO(free) char *program = program_path(word);
	AUTO(free) char *dirs = environment_path();

	if (program != NULL)
		return NULL;
	if (strchr(word, '/') != NULL)
		return err_new(ERR_CONFIG, "%s command %s is not there or not executable; correct it, or use "
			       "--disable-hook-validation", label, word);
	return err_new(ERR_CONFIG, "Unable to find %s command %s in the PATH (%s); give its full path, or use "
		       "--disable-hook-validation", label, word, dirs);
}

struct err *hooks_validate(const struct options *opt)
{
	const struct {
		const char *label, *command;
	} hooks[] = {
		{ "pre-hook", opt->pre_hook },
		{ "post-hook", opt->post_hook },
		{ "deploy-hook", opt->deploy_hook },
	};

	if (!opt->validate_hooks)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(hooks); i++)
		if (hook_is_set(hooks[i].command))
			TRY(validate(hooks[i].label, hooks[i].command));
	return NULL;
}

struct err *hook_validate(const struct options *opt, const char *label, const char *command)
{
	return opt->validate_hooks && hook_is_set(command) ? validate(label, command) : NULL;
}
