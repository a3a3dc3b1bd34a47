#include "check.h"

#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/limits.h"
#include "ca/log/log.h"

static char *log_path(const char *suffix)
{
	return str_fmt("/tmp/signet-test-ca-log-%d%s", (int)getpid(), suffix);
}

static struct ca_log *opened(const char *path, bool json)
{
	const struct log_options o = {
		.clock = &system_clock, .path = path, .level = LOG_LEVEL_INFO, .json = json
	};
	struct ca_log *l = NULL;

	assert_done(ca_log_new(&l, &o));
	return l;
}

/* What was written; the file goes. */
static char *written(const char *path)
{
	char *text = NULL;

	assert_done(fs_read(&text, NULL, path, LIMIT_MIB(1)));
	assert_done(fs_unlink(path));
	return text;
}

static void log_some(struct ca_log *l)
{
	AUTO(err_free) struct err *e = err_new(ERR_IO, "disk \"a\"");

	ca_log(l, LOG_LEVEL_DEBUG, "too_low", LOG_FIELDS(LOG_NUM("n", 1)));
	ca_log(l, LOG_LEVEL_WARNING, "some_event",
	       LOG_FIELDS(LOG_STR("word", "a.b-c"), LOG_STR("text", "x y\n\"z\""),
			  LOG_STR("absent", NULL), LOG_NUM("count", -3), LOG_ERR(e)));
}

static void test_text(void **state)
{
	AUTO(free) char *path = log_path("");
	AUTO(ca_log_free) struct ca_log *l = opened(path, false);

	(void)state;
	log_some(l);
	AUTO(free) char *text = written(path);
	const char *event = strstr(text, "Z warning some_event word=a.b-c text=\"x y");

	assert_ptr_equal(event, text + strlen("2026-11-27T10:12:31.042"));
	assert_non_null(strstr(event, " count=-3 error=\"disk \\\"a\\\"\"\n"));
	assert_null(strstr(text, "absent"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
}

/* Ordinary lines are written together; what warns is written at once, behind what came before it. */
static void test_waiting(void **state)
{
	AUTO(free) char *path = log_path("");
	AUTO(ca_log_free) struct ca_log *l = opened(path, false);
	AUTO(free) char *before = NULL;
	AUTO(free) char *after = NULL;

	(void)state;
	ca_log(l, LOG_LEVEL_INFO, "first", NULL, 0);
	assert_done(fs_read(&before, NULL, path, LIMIT_MIB(1)));
	assert_string_equal(before, "");
	ca_log(l, LOG_LEVEL_WARNING, "second", NULL, 0);
	assert_done(fs_read(&after, NULL, path, LIMIT_MIB(1)));
	assert_true(strstr(after, " first\n") < strstr(after, " second\n"));
	ca_log(l, LOG_LEVEL_INFO, "third", NULL, 0);
	ca_log_flush(l);
	AUTO(free) char *all = written(path);

	assert_non_null(strstr(all, " third\n"));
}

static void test_too_many_waiting(void **state)
{
	AUTO(free) char *path = log_path("");
	AUTO(ca_log_free) struct ca_log *l = opened(path, false);

	(void)state;
	for (size_t i = 0; i < LIMIT_LOG_WAITING / 32; i++)
		ca_log(l, LOG_LEVEL_INFO, "some", NULL, 0);
	AUTO(free) char *text = written(path);

	assert_in_range(strlen(text), LIMIT_LOG_WAITING, LIMIT_LOG_WAITING + LIMIT_LOG_LINE);
}

static void test_json(void **state)
{
	AUTO(free) char *path = log_path("");
	AUTO(ca_log_free) struct ca_log *l = opened(path, true);
	AUTO(json_release) json_t *line = NULL;
	int64_t count = 0;
	const char *word = NULL;

	(void)state;
	log_some(l);
	AUTO(free) char *text = written(path);

	assert_done(json_parse(&line, text, strlen(text) - 1, "line"));
	assert_done(json_get_int(&count, line, "count", JSON_REQUIRED));
	assert_int_equal(count, -3);
	assert_done(json_get_string(&word, line, "event", JSON_REQUIRED));
	assert_string_equal(word, "some_event");
	assert_done(json_get_string(&word, line, "error", JSON_REQUIRED));
	assert_string_equal(word, "disk \"a\"");
	assert_null(json_object_get(line, "absent"));
}

static void test_rotation(void **state)
{
	AUTO(free) char *path = log_path("");
	AUTO(free) char *moved = log_path(".1");
	AUTO(ca_log_free) struct ca_log *l = opened(path, false);

	(void)state;
	ca_log(l, LOG_LEVEL_INFO, "before", LOG_FIELDS(LOG_NUM("n", 1)));
	assert_done(fs_rename(path, moved));
	assert_done(ca_log_reopen(l));
	ca_log(l, LOG_LEVEL_INFO, "after", LOG_FIELDS(LOG_NUM("n", 2)));
	ca_log_flush(l);
	AUTO(free) char *old = written(moved);
	AUTO(free) char *new = written(path);

	assert_non_null(strstr(old, "before n=1\n"));
	assert_null(strstr(old, "after"));
	assert_non_null(strstr(new, "after n=2\n"));
}

static void test_no_such_place(void **state)
{
	const struct log_options o = { .clock = &system_clock, .path = "/nonexistent/log" };
	struct ca_log *l = NULL;

	(void)state;
	assert_refused(ca_log_new(&l, &o), ERR_IO, "/nonexistent/log");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_too_many_waiting),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_no_such_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
