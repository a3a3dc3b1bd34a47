#include "client/ui/event.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "client/ui/ui.h"

#define PROGRESS_WIDTH 100

struct ui *ui_new(const struct ui_options *o)
{
	struct ui *ui = xcalloc(1, sizeof(*ui));

	ui->o = *o;
	if (ui->o.clock == NULL)
		ui->o.clock = &system_clock;
	if (pthread_mutex_init(&ui->lock, NULL) != 0)
		abort();
	log_init(&ui->log);
	return ui;
}

void ui_configure(struct ui *ui, const struct ui_options *o)
{
	const struct clock *clock = o->clock != NULL ? o->clock : ui->o.clock;

	ui->o = *o;
	ui->o.clock = clock;
}

void ui_free(struct ui *ui)
{
	if (ui == NULL)
		return;
	said_release(&ui->said);
	free(ui->about);
	free(ui->waiting_for);
	if (ui->root == NULL) {
		terminal_clear_progress(ui);
		log_release(&ui->log);
		(void)pthread_mutex_destroy(&ui->lock);
	}
	free(ui);
}

char *visible_lines(const char *text)
{
	struct buf b = BUF_INIT(LIMIT_MIB(16));

	for (;;) {
		size_t len = strcspn(text, "\n");
		AUTO(free) char *line = xstrndup(text, len);
		AUTO(free) char *shown = str_printable(line, LIMIT_MIB(1));

		buf_adds(&b, shown);
		if (text[len] == '\0')
			return buf_detach(&b);
		buf_addc(&b, '\n');
		text += len + 1;
	}
}

static const char *log_level(enum event_level level)
{
	static const char *const names[] = {
		[EVENT_DEBUG] = "DEBUG",     [EVENT_INFO] = "INFO",   [EVENT_NOTICE] = "INFO",
		[EVENT_WARNING] = "WARNING", [EVENT_ERROR] = "ERROR",
	};

	return names[level];
}

static void log_event(const struct ui *ui, struct log *log, const struct event *e)
{
	AUTO(free) char *fields = e->text == NULL ? json_fields_text(e->fields) : NULL;
	AUTO(free) char *text = aside_log_text(ui, e->text != NULL ? e->text : fields);

	log_write(log, clock_now_ms(ui->o.clock), log_level(e->row->level), e->row->name, text);
}

static void show(struct ui *ui, const struct event *e)
{
	struct ui *root = ui->root != NULL ? ui->root : ui;

	(void)pthread_mutex_lock(&root->lock);
	log_event(ui, &root->log, e);
	if (e->row->at_once)
		ui = root;
	if (ui->o.json)
		json_show(ui, e);
	terminal_show(ui, e);
	(void)pthread_mutex_unlock(&root->lock);
}

void ui_emit(struct ui *ui, enum event_kind kind, const struct event_field *fields, const char *fmt,
	     ...)
{
	AUTO(free) char *text = NULL;
	AUTO(free) char *visible = NULL;
	va_list args;

	if (fmt != NULL) {
		va_start(args, fmt);
		text = str_vfmt(fmt, args);
		va_end(args);
		visible = visible_lines(text);
	}
	const struct event e = { .row = &event_kinds[kind], .fields = fields, .text = visible };

	show(ui, &e);
}

static void note_waiting(struct ui *ui, const char *activity, const char *subject)
{
	AUTO(free)
	char *text = subject != NULL ? str_fmt("%s %s", activity, subject) : xstrdup(activity);

	if (ui->waiting_for != NULL && streq(ui->waiting_for, text))
		return;
	ui_emit(ui, EVENT_WAITING, FIELDS(STR("activity", activity), STR("subject", subject)), "%s",
		text);
	free(ui->waiting_for);
	ui->waiting_for = MOVE(text);
}

/* The line is only for where somebody looks: in a file, what is written over again and again is noise. */
void ui_progress(struct ui *ui, const char *activity, const char *subject, int64_t waited_ms)
{
	note_waiting(ui, activity, subject);
	if (ui->o.quiet || ui->o.json || ui->root != NULL || !isatty(STDERR_FILENO))
		return;
	AUTO(free)
	char *text = str_fmt("%s (%lld s)", ui->waiting_for, (long long)(waited_ms / 1000));
	AUTO(free) char *shown = str_printable(text, PROGRESS_WIDTH);

	(void)fprintf(stderr, "\r\x1b[K%s", shown);
	(void)fflush(stderr);
	ui->progress_shown = true;
}

void ui_stop_asking(struct ui *ui)
{
	ui->o.noninteractive = true;
}

struct err *ui_open_log(struct ui *ui, const char *logs_dir, int64_t max_backups)
{
	TRY(log_open(&ui->log, logs_dir, max_backups));
	if (!ui->o.quiet)
		(void)fprintf(stderr, "Saving debug log to %s\n", ui->log.path);
	return NULL;
}

const char *ui_keep_temporary_log(struct ui *ui)
{
	return log_keep_temporary(&ui->log);
}

const char *ui_log_path(const struct ui *ui)
{
	return ui->log.path;
}
