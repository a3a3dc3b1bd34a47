/* What of an event comes out where: stdout, stderr, JSON lines; and the questions (certbot.md 4.2, 5). */
#include "check.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "client/ui/prompt.h"
#include "client/ui/ui.h"

static time_t fixed_now(const struct clock *c)
{
	(void)c;
	return 1795302586;
}

static const struct clock fixed = { .now = fixed_now };

/* The streams of this process while a case runs: files, and an answer on stdin. */
struct streams {
	int saved[3];
	FILE *files[3];
};

static void redirect(struct streams *s, const char *answer)
{
	(void)fflush(NULL);
	for (int fd = 0; fd < 3; fd++) {
		s->saved[fd] = dup(fd);
		s->files[fd] = tmpfile();
		assert_non_null(s->files[fd]);
		if (fd == 0)
			assert_true(fputs(answer, s->files[fd]) >= 0 && fflush(s->files[fd]) == 0);
		rewind(s->files[fd]);
		assert_int_equal(dup2(fileno(s->files[fd]), fd), fd);
	}
}

static char *whole(FILE *f)
{
	struct buf b = BUF_INIT(LIMIT_MIB(1));
	char chunk[1000];
	size_t n;

	rewind(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, chunk, n);
	(void)fclose(f);
	return buf_detach(&b);
}

static void restore(struct streams *s, char **out, char **err)
{
	(void)fflush(NULL);
	for (int fd = 0; fd < 3; fd++) {
		assert_int_equal(dup2(s->saved[fd], fd), fd);
		(void)close(s->saved[fd]);
	}
	(void)fclose(s->files[0]);
	*out = whole(s->files[1]);
	*err = whole(s->files[2]);
}

static void emit_all_levels(struct ui *ui)
{
	ui_emit(ui, EVENT_DEBUG_TEXT, NO_FIELDS, "d");
	ui_emit(ui, EVENT_INFO_TEXT, NO_FIELDS, "i");
	ui_emit(ui, EVENT_NOTICE_TEXT, NO_FIELDS, "n");
	ui_emit(ui, EVENT_WARNING_TEXT, NO_FIELDS, "w");
	ui_emit(ui, EVENT_ERROR_TEXT, NO_FIELDS, "e");
	ui_emit(ui, EVENT_LINEAGE_RENEWED, FIELDS(STR("lineage", "a.test")),
		NULL); /* nothing for people */
	ui_progress(ui, "waiting for", "a.test", 3000);
	ui_progress(ui, "waiting for", "a.test",
		    4000); /* the same wait, and no terminal: nothing */
}

static void test_levels(void **state)
{
	static const struct {
		struct ui_options o;
		const char *out, *err;
	} rows[] = {
		{ { 0 }, "n\n", "w\ne\n" },
		{ { .verbosity = 1 }, "n\n", "i\nw\ne\nwaiting for a.test\n" },
		{ { .verbosity = 2 }, "n\n", "d\ni\nw\ne\nwaiting for a.test\n" },
		{ { .quiet = true }, "", "e\n" },
		{ { .quiet = true, .verbosity = 2 }, "", "e\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(ui_free) struct ui *ui = ui_new(&(struct ui_options){ .clock = &fixed });
		AUTO(free) char *out = NULL;
		AUTO(free) char *err = NULL;
		struct streams s;

		ui_configure(ui, &rows[i].o);
		redirect(&s, "");
		emit_all_levels(ui);
		restore(&s, &out, &err);
		assert_string_equal(out, rows[i].out);
		assert_string_equal(err, rows[i].err);
	}
}

static void test_frames_and_control_characters(void **state)
{
	AUTO(ui_free) struct ui *ui = ui_new(&(struct ui_options){ .clock = &fixed });
	AUTO(free) char *out = NULL;
	AUTO(free) char *err = NULL;
	struct streams s;

	(void)state;
	redirect(&s, "");
	ui_emit(ui, EVENT_LINEAGE_PROCESSING, NO_FIELDS, "Processing %s", "a\x1b[31m\nb");
	ui_emit(ui, EVENT_ERROR_TEXT, NO_FIELDS, "the CA said: %s", "\x1b]0;x\x07");
	restore(&s, &out, &err);
	AUTO(free)
	char *wanted = str_fmt("\n%s\nProcessing a\\x1b[31m\nb\n%s\n", terminal_rule,
			       terminal_rule);

	assert_int_equal(strlen(terminal_rule), 79);
	assert_string_equal(out, wanted);
	assert_string_equal(err, "the CA said: \\x1b]0;x\\x07\n");
}

/* What several threads say of a lineage each comes whole; what is about the run comes at once. */
static void test_an_aside_is_said_whole_and_logged_at_once(void **state)
{
	AUTO(ui_free) struct ui *ui = ui_new(&(struct ui_options){ .clock = &fixed });
	AUTO(ui_free) struct ui *aside = ui_new_aside(ui);
	AUTO(free) char *out = NULL;
	AUTO(free) char *err = NULL;
	struct streams s;

	(void)state;
	redirect(&s, "");
	ui_aside_about(aside, "a.test");
	ui_emit(aside, EVENT_NOTICE_TEXT, NO_FIELDS, "two\nlines");
	ui_emit(aside, EVENT_WARNING_TEXT, NO_FIELDS, "a warning");
	ui_emit(ui, EVENT_NOTICE_TEXT, NO_FIELDS, "of another");
	ui_emit(aside, EVENT_CA_LIMITED, NO_FIELDS, "wait");
	struct said said = ui_aside_take(aside);

	ui_emit(ui, EVENT_WARNING_TEXT, NO_FIELDS, "later");
	ui_say(ui, &said);
	restore(&s, &out, &err);
	assert_string_equal(out, "of another\ntwo\nlines\n");
	assert_string_equal(err, "wait\nlater\na warning\n");
	assert_non_null(
		strstr(buf_str(&ui->log.waiting), ":notice:[a.test] two\n[a.test] lines\n"));
	assert_non_null(strstr(buf_str(&ui->log.waiting), ":notice:of another\n"));
}

static void test_debug_shows_the_causes(void **state)
{
	AUTO(ui_free)
	struct ui *ui = ui_new(&(struct ui_options){ .debug = true, .clock = &fixed });
	AUTO(err_free) struct err *e = err_wrap(err_new(ERR_IO, "inner"), "outer");
	AUTO(free) char *out = NULL;
	AUTO(free) char *err = NULL;
	struct streams s;

	(void)state;
	redirect(&s, "");
	ui_emit(ui, EVENT_FAILED, FIELDS(ERROR("error", e)), "outer: inner");
	restore(&s, &out, &err);
	assert_string_equal(err, "outer: inner\n  because: outer\n  because: inner\n");
}

static struct err *refusal(void)
{
	struct err *e = err_new(ERR_PROBLEM, "refused");
	struct err *sub = err_new(ERR_PROBLEM, "no address");

	sub->urn = xstrdup("urn:ietf:params:acme:error:dns");
	sub->identifier = xstrdup("a.test");
	sub->detail = xstrdup("\xff not UTF-8");
	err_add_subproblem(e, sub);
	return err_wrap(e, "proving control");
}

static void test_json(void **state)
{
	AUTO(ui_free) struct ui *ui = ui_new(&(struct ui_options){ .json = true, .clock = &fixed });
	AUTO(err_free) struct err *e = refusal();
	AUTO(strlist_release) struct strlist names = { 0 };
	AUTO(free) char *out = NULL;
	AUTO(free) char *err = NULL;
	struct streams s;

	(void)state;
	strlist_split(&names, "a.test,b.test", ',');
	redirect(&s, "");
	emit_all_levels(ui);
	ui_emit(ui, EVENT_CHALLENGES_FAILED,
		FIELDS(LIST("names", &names), INT("n", -1), BOOL("yes", true), TIME("when", 86400), TIME("never", 0),
		       STR("none", NULL), ERROR("error", e)),
		"%s", "\"quoted\"");
	restore(&s, &out, &err);
	assert_string_equal(
		out,
		"{\"event\":\"info\",\"level\":\"info\",\"time\":\"2026-11-21T23:09:46Z\",\"message\":\"i\"}\n"
		"{\"event\":\"notice\",\"level\":\"notice\",\"time\":\"2026-11-21T23:09:46Z\",\"message\":\"n\"}\n"
		"{\"event\":\"warning\",\"level\":\"warning\",\"time\":\"2026-11-21T23:09:46Z\",\"message\":\"w\"}\n"
		"{\"event\":\"error\",\"level\":\"error\",\"time\":\"2026-11-21T23:09:46Z\",\"message\":\"e\"}\n"
		"{\"event\":\"lineage.renewed\",\"level\":\"notice\",\"time\":\"2026-11-21T23:09:46Z\",\"lineage\":\"a.test\"}\n"
		"{\"event\":\"waiting\",\"level\":\"info\",\"time\":\"2026-11-21T23:09:46Z\",\"activity\":\"waiting for\",\"subject\":\"a.test\",\"message\":\"waiting for a.test\"}\n"
		"{\"event\":\"challenges.failed\",\"level\":\"notice\",\"time\":\"2026-11-21T23:09:46Z\","
		"\"names\":[\"a.test\",\"b.test\"],\"n\":-1,\"yes\":true,\"when\":\"1970-01-02T00:00:00Z\",\"never\":null,\"none\":null,"
		"\"error\":{\"message\":\"proving control: refused\",\"code\":\"problem\","
		"\"causes\":[\"proving control\",\"refused\"],\"type\":null,\"detail\":null,\"identifier\":null,"
		"\"hint\":null,\"http_status\":0,\"retry_after\":0,\"subproblems\":[{\"message\":\"no address\","
		"\"code\":\"problem\",\"causes\":[\"no address\"],"
		"\"type\":\"urn:ietf:params:acme:error:dns\",\"detail\":\"\\\\xff not UTF-8\",\"identifier\":\"a.test\","
		"\"hint\":\"check that the name exists and that its DNS servers answer\","
		"\"http_status\":0,\"retry_after\":0}]},\"message\":\"\\\"quoted\\\"\"}\n");
	assert_string_equal(err, "w\ne\n");
}

static void test_json_of_a_quiet_run_has_errors_only(void **state)
{
	AUTO(ui_free)
	struct ui *ui = ui_new(
		&(struct ui_options){ .json = true, .quiet = true, .clock = &fixed });
	AUTO(free) char *out = NULL;
	AUTO(free) char *err = NULL;
	struct streams s;

	(void)state;
	redirect(&s, "");
	emit_all_levels(ui);
	restore(&s, &out, &err);
	assert_string_equal(
		out,
		"{\"event\":\"error\",\"level\":\"error\",\"time\":\"2026-11-21T23:09:46Z\",\"message\":\"e\"}\n");
}

/* A slow reader of a pipe that somebody made non-blocking: nothing is lost. */
static void test_output_waits_for_its_reader(void **state)
{
	AUTO(ui_free) struct ui *ui = ui_new(&(struct ui_options){ .clock = &fixed });
	AUTO(free) char *text = xcalloc(1, LIMIT_KIB(300) + 1);
	int saved = dup(STDOUT_FILENO);
	int ends[2];

	(void)state;
	memset(text, 'x', LIMIT_KIB(300));
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	pid_t reader = fork();

	if (reader == 0) {
		char chunk[1000];
		size_t seen = 0;
		struct pollfd in = { .fd = ends[0], .events = POLLIN };

		ui_free(ui);
		free(text);
		(void)close(ends[1]);
		for (ssize_t n = 1; n != 0 && poll(&in, 1, -1) >= 0; seen += n > 0 ? (size_t)n : 0)
			n = read(ends[0], chunk, sizeof(chunk));
		_exit(seen == LIMIT_KIB(300) ? 0 : 1);
	}
	assert_int_equal(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
	ui_print(ui, text);
	assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
	(void)(close(saved) + close(ends[0]) + close(ends[1]));
	int status = 0;

	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_int_equal(status, 0);
	assert_null(ui_lost_output(ui));
}

/* The first reason counts, and it stays. */
static void test_lost_output_is_remembered(void **state)
{
	AUTO(ui_free) struct ui *ui = ui_new(&(struct ui_options){ .clock = &fixed });
	AUTO(free) char *out = NULL;
	AUTO(free) char *err = NULL;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct streams s;

	(void)state;
	redirect(&s, "");
	int kept = dup(STDOUT_FILENO);
	(void)dup2(full, STDOUT_FILENO);
	ui_emit(ui, EVENT_NOTICE_TEXT, NO_FIELDS, "lost");
	(void)dup2(kept, STDOUT_FILENO);
	ui_emit(ui, EVENT_NOTICE_TEXT, NO_FIELDS, "shown");
	restore(&s, &out, &err);
	(void)(close(full) + close(kept));
	assert_string_equal(out, "shown\n");
	assert_string_equal(err, "");
	assert_refused(ui_lost_output(ui), ERR_IO,
		       "writing standard output: No space left on device");
}

static void test_kinds_have_distinct_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < EVENT_KIND_COUNT; i++) {
		assert_non_null(event_kinds[i].name);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(event_kinds[i].name, event_kinds[k].name);
	}
}

#define QUESTION(words, option) (&(struct question){ .text = (words), .flag = (option) })

static void test_without_questions(void **state)
{
	AUTO(ui_free)
	struct ui *ui = ui_new(&(struct ui_options){ .noninteractive = true, .clock = &fixed });
	AUTO(strlist_release) struct strlist items = { 0 };
	AUTO(free) char *text = NULL;
	AUTO(strlist_release) struct strlist picked = { 0 };
	bool yes = false;
	size_t choice = 9;

	(void)state;
	strlist_split(&items, "one,two", ',');
	assert_false(prompt_possible(ui, true));
	assert_done(prompt_yes_no(ui, &yes, QUESTION("Really?", NULL), PROMPT_YES));
	assert_true(yes);
	assert_refused(
		prompt_yes_no(ui, &yes, QUESTION("Agree?", "--agree-tos"), PROMPT_NONE), ERR_USAGE,
		"Missing command line flag or config entry for this setting:\nAgree?\n\n(You can set this with the "
		"--agree-tos flag)");
	assert_done(prompt_menu(ui, &choice, QUESTION("Which?", NULL), &items, 1));
	assert_int_equal(choice, 1);
	assert_refused(prompt_menu(ui, &choice, QUESTION("Which?", NULL), &items, -1), ERR_USAGE,
		       "Choices: [one, two]");
	assert_refused(prompt_checklist(ui, &picked, QUESTION("Which?", "--cert-name"), &items),
		       ERR_USAGE,
		       "Which?\none? two?\n\n(You can set this with the --cert-name flag)");
	assert_done(prompt_text(ui, &text, QUESTION("Mail", "--email"), ""));
	assert_string_equal(text, "");
	assert_refused(prompt_text(ui, &text, QUESTION("Names", "--domains"), NULL), ERR_USAGE,
		       "--domains");
	assert_done(prompt_enter(ui, "ready", false));
}

/* No terminal, but nobody said -n: the default, after one warning. */
static void test_without_a_terminal(void **state)
{
	AUTO(ui_free) struct ui *ui = ui_new(&(struct ui_options){ .clock = &fixed });
	AUTO(free) char *out = NULL;
	AUTO(free) char *err = NULL;
	bool yes = true;
	struct streams s;

	(void)state;
	redirect(&s, "y\n");
	struct err *first = prompt_yes_no(ui, &yes, QUESTION("Really?", NULL), PROMPT_NO);
	struct err *second = prompt_yes_no(ui, &yes, QUESTION("Really?", NULL), PROMPT_NO);

	restore(&s, &out, &err);
	assert_done(first);
	assert_done(second);
	assert_false(yes);
	assert_string_equal(out, "");
	assert_int_equal(strchr(err, '\n') - err, strlen(err) - 1); /* one line */
	assert_non_null(strstr(err, "--force-interactive"));
}

/* Without a terminal too: a safe question reads what there is. */
static void test_safe_question(void **state)
{
	static const struct question q = { .text = "Which names?",
					   .flag = "--domains",
					   .safe = true };
	AUTO(ui_free) struct ui *ui = ui_new(&(struct ui_options){ .clock = &fixed });
	AUTO(free) char *typed = NULL;
	AUTO(free) char *nothing = NULL;
	AUTO(free) char *out = NULL;
	AUTO(free) char *err = NULL;
	struct streams s;

	(void)state;
	redirect(&s, "a.test\n");
	struct err *first = prompt_text(ui, &typed, &q, NULL);
	struct err *second = prompt_text(ui, &nothing, &q, NULL);

	restore(&s, &out, &err);
	assert_done(first);
	assert_string_equal(typed, "a.test");
	assert_refused(second, ERR_CONFIG, "--domains");
	assert_string_equal(err, "");
}

static struct ui *asking(void)
{
	return ui_new(&(struct ui_options){ .force_interactive = true, .clock = &fixed });
}

static void test_yes_no(void **state)
{
	static const struct {
		const char *typed;
		bool yes;
	} rows[] = {
		{ "y\n", true }, { "NO\n", false }, { "\nmaybe\nYes\n", true }, { "n", false }
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(ui_free) struct ui *ui = asking();
		AUTO(free) char *out = NULL;
		AUTO(free) char *err = NULL;
		bool yes = !rows[i].yes;
		struct streams s;

		redirect(&s, rows[i].typed);
		struct err *e = prompt_yes_no(ui, &yes, QUESTION("Really?", NULL), PROMPT_NONE);

		restore(&s, &out, &err);
		assert_done(e);
		assert_int_equal(yes, rows[i].yes);
		assert_non_null(strstr(out, "Really?"));
		assert_non_null(strstr(out, "(Y)es/(N)o: "));
	}
}

static void test_menu(void **state)
{
	static const struct {
		const char *typed;
		size_t choice;
	} rows[] = { { "1\n", 0 }, { "0\n3\nx\n\n2\n", 1 }, { "c\n", PROMPT_CANCELLED } };
	AUTO(strlist_release) struct strlist items = { 0 };

	(void)state;
	strlist_split(&items, "one,two", ',');
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(ui_free) struct ui *ui = asking();
		AUTO(free) char *out = NULL;
		AUTO(free) char *err = NULL;
		size_t choice = 9;
		struct streams s;

		redirect(&s, rows[i].typed);
		struct err *e = prompt_menu(ui, &choice, QUESTION("Which?", NULL), &items, -1);

		restore(&s, &out, &err);
		assert_done(e);
		assert_int_equal(choice, rows[i].choice);
		assert_non_null(strstr(out, "1: one\n2: two\n"));
		assert_non_null(strstr(out, "[1-2]"));
	}
}

static void test_checklist(void **state)
{
	static const struct {
		const char *typed, *picked;
	} rows[] = {
		{ "2\n", "two" },          { "3, 1\n", "one three" },   { "2 2,2\n", "two" },
		{ "\n", "one two three" }, { "0\n4\n1 x\n1\n", "one" }, { "C\n", "" },
	};
	AUTO(strlist_release) struct strlist items = { 0 };

	(void)state;
	strlist_split(&items, "one,two,three", ',');
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(ui_free) struct ui *ui = asking();
		AUTO(strlist_release) struct strlist picked = { 0 };
		AUTO(free) char *out = NULL;
		AUTO(free) char *err = NULL;
		struct streams s;

		redirect(&s, rows[i].typed);
		struct err *e = prompt_checklist(ui, &picked, QUESTION("Which?", NULL), &items);

		restore(&s, &out, &err);
		assert_done(e);
		AUTO(free) char *joined = strlist_join(&picked, " ");
		assert_string_equal(joined, rows[i].picked);
		assert_non_null(strstr(out, "3: three\n"));
	}
}

static void test_text_and_what_is_typed_ahead(void **state)
{
	AUTO(ui_free) struct ui *ui = asking();
	AUTO(free) char *first = NULL;
	AUTO(free) char *second = NULL;
	AUTO(free) char *out = NULL;
	AUTO(free) char *err = NULL;
	struct streams s;

	(void)state;
	redirect(&s, " a.test \nC\nlast");
	struct err *e[] = {
		prompt_text(ui, &first, QUESTION("Names", NULL), NULL),
		prompt_text(ui, &second, QUESTION("Names", NULL), NULL),
		prompt_enter(ui, "Look at this", false), /* takes the line that has no end */
		prompt_enter(ui, "And this", false),     /* the input is at its end */
	};

	restore(&s, &out, &err);
	assert_done(e[0]);
	assert_done(e[1]);
	assert_done(e[2]);
	assert_refused(e[3], ERR_CONFIG, "the input ended");
	assert_string_equal(first, "a.test");
	assert_null(second);
	assert_non_null(strstr(out, "(Enter 'c' to cancel): "));
	assert_non_null(strstr(out, "Press Enter to Continue"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_frames_and_control_characters),
		cmocka_unit_test(test_an_aside_is_said_whole_and_logged_at_once),
		cmocka_unit_test(test_debug_shows_the_causes),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_of_a_quiet_run_has_errors_only),
		cmocka_unit_test(test_output_waits_for_its_reader),
		cmocka_unit_test(test_lost_output_is_remembered),
		cmocka_unit_test(test_kinds_have_distinct_names),
		cmocka_unit_test(test_without_questions),
		cmocka_unit_test(test_without_a_terminal),
		cmocka_unit_test(test_yes_no),
		cmocka_unit_test(test_safe_question),
		cmocka_unit_test(test_menu),
		cmocka_unit_test(test_checklist),
		cmocka_unit_test(test_text_and_what_is_typed_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
