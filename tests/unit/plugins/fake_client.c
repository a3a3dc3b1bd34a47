#include "plugins/fake_client.h"

#include <string.h>

#include "base/limits.h"

void fake_ui_release(struct ui *ui)
{
	buf_release(&ui->said);
	buf_release(&ui->hook_env);
	strlist_release(&ui->answers);
	strlist_release(&ui->questions);
	strlist_release(&ui->hooks);
}

void fake_task(struct task *t, const char *identifier, const char *token, enum medium medium)
{
	*t = (struct task){ .identifier = xstrdup(identifier), .token = xstrdup(token) };
	t->proof.medium = medium;
	t->proof.key_authorization = str_fmt("%s.thumbprint", token);
	if (medium == MEDIUM_HTTP) {
		t->proof.http_path = str_fmt("/.well-known/acme-challenge/%s", token);
		t->proof.http_body = str_fmt("%s.thumbprint", token);
	} else if (medium == MEDIUM_TLS) {
		t->proof.tls_server_name = xstrdup(identifier);
		t->proof.tls_protocol = xstrdup("acme-tls/1");
		t->proof.tls_has_digest = true;
		strlist_add(&t->proof.tls_names.dns, identifier);
	} else {
		t->proof.dns_owner = str_fmt("_acme-challenge.%s", identifier);
		t->proof.dns_txt = str_fmt("txt-of-%s", token);
	}
}

void fake_tasks_release(struct task *tasks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(tasks[i].identifier);
		free(tasks[i].token);
		free(tasks[i].note);
		proof_release(&tasks[i].proof);
	}
}

void ui_emit(struct ui *ui, enum event_kind kind, const struct event_field *fields, const char *fmt,
	     ...)
{
	va_list args;

	(void)kind;
	(void)fields;
	if (fmt == NULL)
		return;
	if (ui->said.max == 0)
		ui->said = BUF_INIT(LIMIT_MIB(1));
	va_start(args, fmt);
	buf_addv(&ui->said, fmt, args);
	va_end(args);
	buf_addc(&ui->said, '\n');
}

bool prompt_possible(const struct ui *ui, bool safe)
{
	(void)safe;
	return ui->can_ask;
}

static const char *next_answer(struct ui *ui, const char *question)
{
	strlist_add(&ui->questions, question);
	return ui->asked < ui->answers.count ? ui->answers.items[ui->asked++] : NULL;
}

struct err *prompt_enter(struct ui *ui, const char *text, bool always)
{
	(void)always;
	return next_answer(ui, text) != NULL ? NULL : err_new(ERR_INTERRUPTED, "stopped");
}

struct err *prompt_yes_no(struct ui *ui, bool *yes, const struct question *q,
			  enum prompt_default preset)
{
	const char *answer = next_answer(ui, q->text);

	(void)preset;
	if (answer == NULL)
		return err_new(ERR_INTERRUPTED, "stopped");
	*yes = *answer != '\0';
	return NULL;
}

struct err *prompt_text(struct ui *ui, char **out, const struct question *q, const char *preset)
{
	const char *answer = next_answer(ui, q->text);

	(void)preset;
	*out = answer != NULL ? xstrdup(answer) : NULL;
	return NULL;
}

/* An answer is the item itself. */
struct err *prompt_menu(struct ui *ui, size_t *choice, const struct question *q,
			const struct strlist *items, int preset)
{
	const char *answer = next_answer(ui, q->text);

	(void)preset;
	*choice = PROMPT_CANCELLED;
	for (size_t i = 0; answer != NULL && i < items->count; i++)
		if (streq(items->items[i], answer))
			*choice = i;
	return NULL;
}

struct err *hook_run(const struct world *w, struct ui *ui, const struct hook_call *call, char **out,
		     int *status)
{
	(void)w;
	strlist_take(&ui->hooks, str_fmt("%s %s: %s", call->label, call->about, call->command));
	if (ui->hook_env.max == 0)
		ui->hook_env = BUF_INIT(LIMIT_MIB(1));
	for (size_t i = 0; i < call->env->count; i++)
		buf_addf(&ui->hook_env, "%s\n", call->env->items[i]);
	for (size_t i = 0; i < call->unset->count; i++)
		buf_addf(&ui->hook_env, "-%s\n", call->unset->items[i]);
	if (ui->hooks.count == ui->failing_hook)
		return err_new(ERR_INTERRUPTED, "hook %zu was stopped", ui->hooks.count);
	if (out != NULL)
		*out = xstrdup(ui->hook_output != NULL ? ui->hook_output : "");
	if (status != NULL)
		*status = 0;
	return NULL;
}

struct err *hook_validate(const struct options *opt, const char *label, const char *command)
{
	(void)opt;
	return command == NULL || *command == '/'
		     ? NULL
		     : err_new(ERR_CONFIG, "%s command %s is not there", label, command);
}
