/* What the views of events share; nobody outside client/ui looks into it. */
#pragma once

#include <pthread.h>

#include "base/buf.h"
#include "client/ui/event.h"
#include "client/ui/log.h"

struct ui {
	struct ui_options o;
	struct log log;
	char *waiting_for;   /* what was last waited for; NULL: nothing since another event */
	bool progress_shown; /* the cursor is behind a progress line */
	int output_errno;    /* why something did not get to standard output, the first time; 0: nothing was lost */
	bool warned;         /* that questions are not asked without a terminal */
	pthread_mutex_t lock; /* of a root: its log and its output, which asides use from other threads */

	struct ui *root; /* of an aside: whose log it writes in; NULL: this one speaks for itself */
	struct said said;
	char *about;
};

struct event_kind_row {
	const char *name; /* on the wire; docs/json.md */
	enum event_level level;
	bool framed; /* between two rules on the terminal, as Certbot frames it */
	bool at_once; /* about the run: an aside does not keep it */
};

extern const struct event_kind_row event_kinds[EVENT_KIND_COUNT];
extern const char *const event_level_names[]; /* "debug" ... */

/* One event on its way to the views. */
struct event {
	const struct event_kind_row *row;
	const struct event_field *fields;
	const char *text; /* control characters made visible; NULL: nothing for people */
};

/* Every line printable, line ends kept. */
char *visible_lines(const char *text);

/* ui/aside.c */
void said_add(struct said *s, bool error, const char *text);
char *aside_log_text(const struct ui *ui, const char *text);

/* ui/output.c: to standard error as it is. */
void ui_print_error(struct ui *ui, const char *text);

/* ui/terminal.c */
void terminal_show(struct ui *ui, const struct event *e);
void terminal_clear_progress(struct ui *ui);
extern const char terminal_rule[]; /* "- - - ... -" */

/* ui/jsonl.c */
void json_show(struct ui *ui, const struct event *e);
char *json_fields_text(const struct event_field *fields); /* {"name": value ...} in one line */
