#include "srv/said.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "check.h"

static void test_one_line(void **state)
{
	(void)state;
	AUTO(free) char *said = said_line(" AH00526: Syntax error on line 3\n\tof a.conf:\r\nno\x01\n");

	assert_string_equal(said, "AH00526: Syntax error on line 3 of a.conf: no\\x01");
}

static void test_what_is_said_again(void **state)
{
	(void)state;
	AUTO(free) char *said = said_line("bind() failed\nbind() failed\nbind() failed\nno bind()\n");

	assert_string_equal(said, "bind() failed no bind()");
}

/* What is said last is the reason. */
static void test_end_of_a_long_text(void **state)
{
	(void)state;
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_KIB(16));

	for (int i = 0; i < 1000; i++)
		buf_adds(&text, "a warning ");
	buf_adds(&text, "the reason");
	AUTO(free) char *said = said_line(buf_str(&text));

	assert_int_equal(strlen(said), LIMIT_KIB(2));
	assert_true(str_ends(said, "a warning the reason"));
}

static void test_refusal_without_its_marks(void **state)
{
	static const struct {
		const char *log, *mark, *wanted;
	} rows[] = {
		{ "emerg] [pid 812:tid 14] AH02572: no key\nnext", "emerg]", "AH02572: no key" },
		{ "emerg] [pid 8", "emerg]", "emerg] [pid 8" },
		{ "emerg] no brackets", "emerg]", "emerg] no brackets" },
		{ "[emerg] 81#81: bind() failed\n", "[emerg]", "[emerg] 81#81: bind() failed" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free) char *said = said_refusal(rows[i].log, rows[i].mark);

		assert_string_equal(said, rows[i].wanted);
	}
}

static void test_who_said_it(void **state)
{
	static const struct {
		const char *log, *mark;
		pid_t wanted;
	} rows[] = {
		{ "[emerg] 81#82: bind() failed\n", "[emerg]", 81 },
		{ "emerg] [pid 812:tid 14] AH02572: no key\n", "emerg]", 812 },
		{ "emerg] [pid 812] AH00020: Configuration Failed, exiting\n", "emerg]", 812 },
		{ "emerg] [client 192.0.2.1:99] no", "emerg]", 0 },
		{ "[emerg] 404 is no process", "[emerg]", 0 },
		{ "[emerg] 99999999999#0: too large", "[emerg]", 0 },
		{ "[emerg] ", "[emerg]", 0 },
		{ "[emerg]", "[emerg]", 0 },
		{ "emerg] [pid ", "emerg]", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(said_by(rows[i].log, rows[i].mark), rows[i].wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_line),
		cmocka_unit_test(test_what_is_said_again),
		cmocka_unit_test(test_end_of_a_long_text),
		cmocka_unit_test(test_refusal_without_its_marks),
		cmocka_unit_test(test_who_said_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
