/* Events as text: notices on stdout, warnings and errors on stderr, more of them with -v (certbot.md 4.2). */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/ui.h"

const char terminal_rule[] =
	"- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -";

void terminal_clear_progress(struct ui *ui)
{
	if (!ui->progress_shown)
		return;
	(void)fputs("\r\x1b[K", stderr);
	(void)fflush(stderr);
	ui->progress_shown = false;
}

char *ui_framed(const char *text)
{
	return str_fmt("\n%s\n%s\n%s\n", terminal_rule, text, terminal_rule);
}

static void print_notice(struct ui *ui, const struct event *e)
{
	AUTO(free)
	char *text = e->row->framed ? ui_framed(e->text) : str_fmt("%s\n", e->text);

	ui_print(ui, text);
}

static bool is_on_stderr(const struct ui *ui, enum event_level level)
{
	switch (level) {
	case EVENT_DEBUG:
		return ui->o.verbosity >= 2 && !ui->o.quiet;
	case EVENT_INFO:
		return ui->o.verbosity >= 1 && !ui->o.quiet;
	case EVENT_WARNING:
		return !ui->o.quiet;
	case EVENT_ERROR:
		return true;
	case EVENT_NOTICE:
		return false;
	}
	return true;
}

static void print_stderr(struct ui *ui, const char *text, bool alarming)
{
	bool red = alarming && isatty(STDERR_FILENO);
	AUTO(free)
	char *line = str_fmt("%s%s%s\n", red ? "\x1b[31m" : "", text, red ? "\x1b[0m" : "");

	ui_print_error(ui, line);
}

/* --debug: the causes of the last error, one a line. */
static void print_causes(struct ui *ui, const struct event *e)
{
	for (const struct event_field *f = e->fields; f != NULL && f->name != NULL; f++) {
		if (f->type != FIELD_ERR)
			continue;
		for (const struct err *cause = f->value.err; cause != NULL; cause = cause->cause) {
			AUTO(free) char *msg = visible_lines(cause->msg);
			AUTO(free)
			char *line = str_fmt("  because: %s%s%s", msg,
					     cause->urn != NULL ? " | " : "",
					     cause->urn != NULL ? cause->urn : "");

			print_stderr(ui, line, false);
		}
	}
}

void terminal_show(struct ui *ui, const struct event *e)
{
	if (e->text == NULL)
		return;
	if (e->row->level == EVENT_NOTICE && !ui->o.quiet && !ui->o.json)
		print_notice(ui, e);
	if (!is_on_stderr(ui, e->row->level))
		return;
	print_stderr(ui, e->text, e->row->level >= EVENT_WARNING);
	if (ui->o.debug && e->row == &event_kinds[EVENT_FAILED])
		print_causes(ui, e);
}
