/* Questions to a person (certbot.md 5). Non-interactive: the default in silence, or ERR_USAGE that names the missing flag. */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct ui;
struct interrupt;

enum prompt_default { PROMPT_YES, PROMPT_NO, PROMPT_NONE };

/* flag: the option that answers it, such as "--agree-tos"; NULL if none. */
MUST_CHECK struct err *prompt_yes_no(struct ui *ui, bool *yes, const char *question, enum prompt_default preset, const char *flag);
/* The same with other words, which begin with different capitals: { "Expand", "Cancel" }. PROMPT_YES is the first. */
MUST_CHECK struct err *prompt_either(struct ui *ui, bool *first, const char *question, const char *const labels[2],
				     enum prompt_default preset, const char *flag);
/* *choice is an index; preset < 0: none. *cancelled when the person typed c. */
MUST_CHECK struct err *prompt_menu(struct ui *ui, size_t *choice, bool *cancelled, const char *question,
				   const struct strlist *items, int preset, const char *flag);
/* preset NULL: none. */
MUST_CHECK struct err *prompt_text(struct ui *ui, char **out, bool *cancelled, const char *question, const char *preset,
				   const char *flag);
/* Shows text and waits for Enter; returns at once when non-interactive and not `always`. */
MUST_CHECK struct err *prompt_enter(struct ui *ui, const char *text, bool always);
bool prompt_possible(const struct ui *ui);
