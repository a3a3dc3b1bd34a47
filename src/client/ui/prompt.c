#include "client/ui/prompt.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/limits.h"
#include "client/ui/ui.h"

#define ANSWER_TIMEOUT_MS (36000 * 1000)

static bool is_never(const struct ui *ui)
{
	return ui->o.quiet || ui->o.json || ui->o.noninteractive;
}

bool prompt_possible(const struct ui *ui, bool safe)
{
	return !is_never(ui) &&
	       (safe || ui->o.force_interactive || (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)));
}

/* One byte at a time: what is typed behind the line end is for the next question, or for a hook. */
static struct err *read_byte(const struct ui *ui, char *c, bool *end)
{
	struct pollfd watch[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = interrupt_fd(ui->o.stop), .events = POLLIN },
	};
	int ready = poll(watch, ARRAY_LEN(watch), ANSWER_TIMEOUT_MS);
	ssize_t n;

	TRY(interrupt_check(ui->o.stop));
	if (ready == 0)
		return err_new(ERR_TIMEOUT, "no answer within %d s", ANSWER_TIMEOUT_MS / 1000);
	n = read(STDIN_FILENO, c, 1);
	if (n < 0 && errno != EINTR)
		return err_errno(errno, "reading the answer");
	*end = n == 0;
	if (n < 0)
		return read_byte(ui, c, end);
	return NULL;
}

static struct err *no_answer(const char *flag)
{
	return flag != NULL
		     ? err_new(ERR_CONFIG, "the input ended where an answer is needed; %s gives it",
			       flag)
		     : err_new(ERR_CONFIG, "the input ended where an answer is needed");
}

static struct err *read_answer(const struct ui *ui, char **out, const char *flag)
{
	AUTO(buf_release) struct buf line = BUF_INIT(LIMIT_KIB(64));
	bool end = false;
	char c = '\0';

	for (;;) {
		TRY(read_byte(ui, &c, &end));
		if (end && line.len == 0)
			return no_answer(flag);
		if (end || c == '\n')
			break;
		buf_addc(&line, c);
	}
	TRY(buf_check(&line, "answer"));
	*out = str_trimmed(buf_str(&line));
	return NULL;
}

static struct err *ask(struct ui *ui, char **answer, const char *prompt, const char *flag)
{
	ui_print(ui, prompt);
	return read_answer(ui, answer, flag);
}

static void show_framed(struct ui *ui, const char *text)
{
	AUTO(free) char *visible = visible_lines(text);
	AUTO(free) char *framed = str_fmt("\n%s\n%s\n%s\n", terminal_rule, visible, terminal_rule);

	ui_print(ui, framed);
}

static struct err *missing(const struct question *q, const char *choices)
{
	AUTO(free)
	char *hint = q->flag != NULL ? str_fmt("\n\n(You can set this with the %s flag)", q->flag)
				     : xstrdup("");

	return err_new(ERR_USAGE,
		       "Missing command line flag or config entry for this setting:\n%s%s%s",
		       q->text, choices, hint);
}

/* No terminal although nobody asked for silence: the default is taken, and that is said once. */
static void warn_once(struct ui *ui)
{
	if (is_never(ui) || ui->warned)
		return;
	ui->warned = true;
	ui_emit(ui, EVENT_WARNING_TEXT, NO_FIELDS,
		"There is no terminal to ask on: default answers are taken. -n says that this is meant, "
		"--force-interactive asks all the same.");
}

struct err *prompt_either(struct ui *ui, bool *first, const struct question *q,
			  const char *const labels[2], enum prompt_default preset)
{
	AUTO(free)
	char *line = str_fmt("(%c)%s/(%c)%s: ", labels[0][0], labels[0] + 1, labels[1][0],
			     labels[1] + 1);

	if (!prompt_possible(ui, q->safe)) {
		if (preset == PROMPT_NONE)
			return missing(q, "");
		warn_once(ui);
		*first = preset == PROMPT_YES;
		return NULL;
	}
	show_framed(ui, q->text);
	for (;;) {
		AUTO(free) char *answer = NULL;

		TRY(ask(ui, &answer, line, q->flag));
		int typed = toupper((unsigned char)answer[0]);

		if (typed != labels[0][0] && typed != labels[1][0])
			continue;
		*first = typed == labels[0][0];
		return NULL;
	}
}

struct err *prompt_yes_no(struct ui *ui, bool *yes, const struct question *q,
			  enum prompt_default preset)
{
	static const char *const labels[2] = { "Yes", "No" };

	return prompt_either(ui, yes, q, labels, preset);
}

static void show_menu(struct ui *ui, const char *text, const struct strlist *items)
{
	AUTO(free) char *visible = visible_lines(text);
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_MIB(1));

	buf_addf(&b, "\n%s\n%s\n", visible, terminal_rule);
	for (size_t i = 0; i < items->count; i++) {
		AUTO(free) char *item = str_printable(items->items[i], LIMIT_KIB(1));

		buf_addf(&b, "%zu: %s\n", i + 1, item);
	}
	buf_addf(&b, "%s\n", terminal_rule);
	ui_print(ui, buf_str(&b));
}

static void show_invalid(struct ui *ui)
{
	ui_print(ui, "** Invalid selection **\n");
}

static struct err *ask_number(struct ui *ui, size_t *choice, const struct question *q, size_t count)
{
	AUTO(free)
	char *prompt =
		count > 1
			? str_fmt("Select the appropriate number [1-%zu] then [enter] (press 'c' to "
				  "cancel): ",
				  count)
			: xstrdup("Press 1 [enter] to confirm the selection (press 'c' to cancel): ");

	for (;;) {
		AUTO(free) char *answer = NULL;
		int64_t n = 0;

		TRY(ask(ui, &answer, prompt, q->flag));
		if (tolower((unsigned char)answer[0]) == 'c') {
			*choice = PROMPT_CANCELLED;
			return NULL;
		}
		if (str_to_int(answer, 1, (int64_t)count, &n)) {
			*choice = (size_t)n - 1;
			return NULL;
		}
		show_invalid(ui);
	}
}

struct err *prompt_menu(struct ui *ui, size_t *choice, const struct question *q,
			const struct strlist *items, int preset)
{
	if (!prompt_possible(ui, q->safe)) {
		AUTO(free) char *joined = strlist_join(items, ", ");
		AUTO(free) char *shown = str_printable(joined, LIMIT_ERROR_TEXT);
		AUTO(free) char *choices = str_fmt("\nChoices: [%s]", shown);

		if (preset < 0)
			return missing(q, choices);
		warn_once(ui);
		*choice = (size_t)preset;
		return NULL;
	}
	show_menu(ui, q->text, items);
	return ask_number(ui, choice, q, items->count);
}

static void unify_separators(char *text)
{
	for (char *p = text; *p != '\0'; p++)
		if (*p == ',' || *p == '\t')
			*p = ' ';
}

/* "1, 3 2": false when one is no number of the list. Nothing typed: all of them. */
static bool pick(bool *wanted, size_t count, char *answer)
{
	AUTO(strlist_release) struct strlist words = { 0 };
	int64_t n = 0;

	unify_separators(answer);
	strlist_split(&words, answer, ' ');
	for (size_t i = 0; i < count; i++)
		wanted[i] = words.count == 0;
	for (size_t i = 0; i < words.count; i++) {
		if (!str_to_int(words.items[i], 1, (int64_t)count, &n))
			return false;
		wanted[n - 1] = true;
	}
	return true;
}

static struct err *ask_numbers(struct ui *ui, bool *wanted, const struct question *q, size_t count)
{
	static const char prompt[] =
		"Select the appropriate numbers separated by commas and/or spaces, or leave input\n"
		"blank to select all options shown (Enter 'c' to cancel): ";

	for (;;) {
		AUTO(free) char *answer = NULL;

		TRY(ask(ui, &answer, prompt, q->flag));
		if (streq_nocase(answer, "c") || pick(wanted, count, answer))
			return NULL;
		memset(wanted, 0, count * sizeof(*wanted));
		show_invalid(ui);
	}
}

struct err *prompt_checklist(struct ui *ui, struct strlist *picked, const struct question *q,
			     const struct strlist *items)
{
	AUTO(free) bool *wanted = xcalloc(items->count + 1, sizeof(*wanted));

	if (!prompt_possible(ui, q->safe)) {
		AUTO(free) char *joined = strlist_join(items, "? ");
		AUTO(free) char *shown = str_printable(joined, LIMIT_ERROR_TEXT);
		AUTO(free) char *choices = str_fmt("\n%s?", shown);

		return missing(q, choices);
	}
	show_menu(ui, q->text, items);
	TRY(ask_numbers(ui, wanted, q, items->count));
	for (size_t i = 0; i < items->count; i++)
		if (wanted[i])
			strlist_add(picked, items->items[i]);
	return NULL;
}

struct err *prompt_text(struct ui *ui, char **out, const struct question *q, const char *preset)
{
	AUTO(free) char *shown = str_fmt("%s (Enter 'c' to cancel): ", q->text);
	AUTO(free) char *answer = NULL;

	if (!prompt_possible(ui, q->safe)) {
		if (preset == NULL)
			return missing(q, "");
		warn_once(ui);
		*out = xstrdup(preset);
		return NULL;
	}
	TRY(ask(ui, &answer, shown, q->flag));
	*out = streq_nocase(answer, "c") ? NULL : MOVE(answer);
	return NULL;
}

struct err *prompt_enter(struct ui *ui, const char *text, bool always)
{
	AUTO(free) char *answer = NULL;

	if (!always && is_never(ui))
		return NULL;
	show_framed(ui, text);
	if (!always && !prompt_possible(ui, false))
		return NULL;
	return ask(ui, &answer, "Press Enter to Continue", NULL);
}
