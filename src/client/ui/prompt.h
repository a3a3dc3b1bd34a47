/*
 * Questions to a person (certbot.md 5). Non-interactive: the default in silence, or ERR_USAGE that names the missing flag.
 * Without a terminal nobody is asked either, unless the question is safe.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct ui;
struct interrupt;

enum prompt_default { PROMPT_YES, PROMPT_NO, PROMPT_NONE };

struct question {
	const char *text;
	const char *flag; /* the option that answers it, such as "--agree-tos"; NULL: none */
	bool safe;        /* asked without a terminal too: the answer is what standard input holds */
};

#define PROMPT_CANCELLED SIZE_MAX

MUST_CHECK struct err *prompt_yes_no(struct ui *ui, bool *yes, const struct question *q, enum prompt_default preset);
/* The same with other words, which begin with different capitals: { "Expand", "Cancel" }. PROMPT_YES is the first. */
MUST_CHECK struct err *prompt_either(struct ui *ui, bool *first, const struct question *q, const char *const labels[2],
				     enum prompt_default preset);
/* *choice is an index, or PROMPT_CANCELLED; preset < 0: none. */
MUST_CHECK struct err *prompt_menu(struct ui *ui, size_t *choice, const struct question *q, const struct strlist *items,
				   int preset);
/* Adds those picked, each once and in their order; none: cancelled. */
MUST_CHECK struct err *prompt_checklist(struct ui *ui, struct strlist *picked, const struct question *q,
					const struct strlist *items);
/* *out NULL: cancelled. preset NULL: none. */
MUST_CHECK struct err *prompt_text(struct ui *ui, char **out, const struct question *q, const char *preset);
/* Shows text and waits for Enter; returns at once when non-interactive and not `always`. */
MUST_CHECK struct err *prompt_enter(struct ui *ui, const char *text, bool always);
/* Would a person be asked? */
bool prompt_possible(const struct ui *ui, bool safe);
