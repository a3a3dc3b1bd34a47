#include "srv/log_quote.h"

#include "srv/site.h"

static char *quote(struct site *s, const char *token)
{
	AUTO(free) char *path = site_path(s, "error.log");
	const struct webserver server = { .name = "none", .error_log = path };
	char *found = log_quote(&server, token);

	if (found == NULL)
		return NULL;
	assert_true(str_starts(found, path));
	memmove(found, found + strlen(path), strlen(found) - strlen(path) + 1);
	return found;
}

static void the_last_error_that_has_it(void **state)
{
	static const struct {
		const char *log, *wanted;
	} rows[] = {
		{ "[x:error] [pid 1] [client ::1] first for TOKEN [line \"5\"]\n[x:error] [pid 1] second for TOKEN\n[x:error] of others\n",
		  ": second for TOKEN" },
		{ "2026/11/28 [error] 8#8: *1 open() \"/TOKEN\" failed",
		  ": error] 8#8: *1 open() \"/TOKEN\" failed" },
		{ "127.0.0.1 GET /TOKEN 403\n[notice] TOKEN\n[x:error] another\n", NULL },
		{ "TOKEN before [x:error] what\n", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(site_free) struct site *s = site_new();

		site_write(s, "error.log", rows[i].log, 0644);
		AUTO(free) char *found = quote(s, "TOKEN");

		if (rows[i].wanted == NULL)
			assert_null(found);
		else
			assert_string_equal(found, rows[i].wanted);
	}
}

static void of_a_long_log_the_end(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(buf_release) struct buf log = BUF_INIT(LIMIT_MIB(1));

	(void)state;
	buf_adds(&log, "[x:error] OLD\n");
	for (size_t i = 0; i < 5000; i++)
		buf_adds(&log, "[x:error] of others\n");
	buf_adds(&log, "[x:error] NEW\n");
	site_write(s, "error.log", buf_str(&log), 0644);
	AUTO(free) char *old = quote(s, "OLD"), *new = quote(s, "NEW");

	assert_null(old);
	assert_non_null(new);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_error_that_has_it),
		cmocka_unit_test(of_a_long_log_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
