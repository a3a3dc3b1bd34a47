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

bool prompt_possible(const struct ui *ui)
{
	return !is_never(ui) &&
	       (ui->o.force_interactive || (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)));
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

static struct err *read_answer(const struct ui *ui, char **out)
{
	AUTO(buf_release) struct buf line = BUF_INIT(LIMIT_KIB(64));
	bool end = false;
	char c = '\0';

	for (;;) {
		TRY(read_byte(ui, &c, &end));
		if (end && line.len == 0)
			return err_new(ERR_CONFIG, "the input ended where an answer is needed");
		if (end || c == '\n')
			break;
		buf_addc(&line, c);
	}
	TRY(buf_check(&line, "answer"));
	*out = str_trimmed(buf_str(&line));
	return NULL;
}

static struct err *ask(struct ui *ui, char **answer, const char *question)
{
	terminal_print(ui, question);
	return read_answer(ui, answer);
}

static void show_framed(struct ui *ui, const char *text)
{
	AUTO(free) char *visible = visible_lines(text);
	AUTO(free) char *framed = str_fmt("\n%s\n%s\n%s\n", terminal_rule, visible, terminal_rule);

	terminal_print(ui, framed);
}

static struct err *missing(const char *question, const char *choices, const char *flag)
{
	AUTO(free)
	char *hint = flag != NULL ? str_fmt("\n\n(You can set this with the %s flag)", flag)
				  : xstrdup("");

	return err_new(ERR_USAGE,
		       "Missing command line flag or config entry for this setting:\n%s%s%s",
		       question, choices, hint);
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

struct err *prompt_either(struct ui *ui, bool *first, const char *question,
			  const char *const labels[2], enum prompt_default preset, const char *flag)
{
	AUTO(free)
	char *line = str_fmt("(%c)%s/(%c)%s: ", labels[0][0], labels[0] + 1, labels[1][0],
			     labels[1] + 1);

	if (!prompt_possible(ui)) {
		if (preset == PROMPT_NONE)
			return missing(question, "", flag);
		warn_once(ui);
		*first = preset == PROMPT_YES;
		return NULL;
	}
	show_framed(ui, question);
	for (;;) {
		AUTO(free) char *answer = NULL;

		TRY(ask(ui, &answer, line));
		int typed = toupper((unsigned char)answer[0]);

		if (typed != labels[0][0] && typed != labels[1][0])
			continue;
		*first = typed == labels[0][0];
		return NULL;
	}
}

struct err *prompt_yes_no(struct ui *ui, bool *yes, const char *question,
			  enum prompt_default preset, const char *flag)
{
	static const char *const labels[2] = { "Yes", "No" };

	return prompt_either(ui, yes, question, labels, preset, flag);
}

static void show_menu(struct ui *ui, const char *question, const struct strlist *items)
{
	AUTO(free) char *visible = visible_lines(question);
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_MIB(1));

	buf_addf(&b, "%s\n%s\n", visible, terminal_rule);
	for (size_t i = 0; i < items->count; i++) {
		AUTO(free) char *item = str_printable(items->items[i], LIMIT_KIB(1));

		buf_addf(&b, "%zu: %s\n", i + 1, item);
	}
	buf_addf(&b, "%s\n", terminal_rule);
	terminal_print(ui, buf_str(&b));
}

static struct err *ask_number(struct ui *ui, size_t *choice, bool *cancelled, size_t count)
{
	AUTO(free)
	char *question = str_fmt(
		"Select the appropriate number [1-%zu] then [enter] (press 'c' to cancel): ",
		count);

	for (;;) {
		AUTO(free) char *answer = NULL;
		int64_t n = 0;

		TRY(ask(ui, &answer, question));
		*cancelled = tolower((unsigned char)answer[0]) == 'c';
		if (*cancelled)
			return NULL;
		if (str_to_int(answer, 1, (int64_t)count, &n)) {
			*choice = (size_t)n - 1;
			return NULL;
		}
		terminal_print(ui, "** Error - Invalid selection **\n");
	}
}

struct err *prompt_menu(struct ui *ui, size_t *choice, bool *cancelled, const char *question,
			const struct strlist *items, int preset, const char *flag)
{
	*cancelled = false;
	if (!prompt_possible(ui)) {
		AUTO(free) char *joined = strlist_join(items, ", ");
		AUTO(free) char *choices = str_fmt("\nChoices: [%s]", joined);

		if (preset < 0)
			return missing(question, choices, flag);
		warn_once(ui);
		*choice = (size_t)preset;
		return NULL;
	}
	show_menu(ui, question, items);
	return ask_number(ui, choice, cancelled, items->count);
}

struct err *prompt_text(struct ui *ui, char **out, bool *cancelled, const char *question,
			const char *preset, const char *flag)
{
	AUTO(free) char *shown = str_fmt("%s (Enter 'c' to cancel): ", question);
	AUTO(free) char *answer = NULL;

	*cancelled = false;
	if (!prompt_possible(ui)) {
		if (preset == NULL)
			return missing(question, "", flag);
		warn_once(ui);
		*out = xstrdup(preset);
		return NULL;
	}
	TRY(ask(ui, &answer, shown));
	*cancelled = streq_nocase(answer, "c");
	if (!*cancelled)
		*out = MOVE(answer);
	return NULL;
}

struct err *prompt_enter(struct ui *ui, const char *text, bool always)
{
	AUTO(free) char *answer = NULL;

	if (!always && is_never(ui))
		return NULL;
	show_framed(ui, text);
	if (!always && !prompt_possible(ui))
		return NULL;
	return ask(ui, &answer, "Press Enter to Continue");
}
