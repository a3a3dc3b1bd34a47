/* What a journal is after a kill, a full disk, or somebody's editor. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "client/order/journal.h"

static char name[] = "a.test";

struct bench {
	char directory[40];
	char *orders, *path; /* of the journal */
	struct tree tree;
	struct client client;
	struct cert_names names;
	EVP_PKEY *key;
};

static int set_up(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	const struct ui_options o = { .clock = &system_clock, .quiet = true };

	(void)snprintf(b->directory, sizeof(b->directory), "/tmp/signet-test-journal-XXXXXX");
	assert_non_null(mkdtemp(b->directory));
	b->orders = fs_join(b->directory, "signet/orders");
	b->path = fs_join(b->orders, "a.test.journal");
	assert_done(fs_mkdirs(b->orders, 0700));
	b->tree.work_dir = b->directory;
	b->client = (struct client){ .tree = &b->tree, .ui = ui_new(&o) };
	assert_done(ui_open_log(b->client.ui, b->directory, 0));
	strlist_add(&b->names.dns, name);
	assert_done(key_generate(&b->key, "secp256r1", 0));
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	ui_free(b->client.ui);
	assert_done(fs_remove_tree(b->directory));
	cert_names_release(&b->names);
	EVP_PKEY_free(b->key);
	free(b->orders);
	free(b->path);
	free(b);
	return 0;
}

static void begin(const struct bench *b)
{
	const struct journal_request r = { .server = "https://ca.test/",
					   .account_id = "4f2a",
					   .names = &b->names,
					   .key_spec = "secp256r1" };
	AUTO(journal_free) struct journal *j = NULL;

	assert_done(journal_begin(&j, &b->tree, name, &r, b->key));
	assert_done(journal_set_order(j, "https://ca.test/order/1"));
}

static bool is_told(const struct bench *b)
{
	AUTO(free) char *path = fs_join(b->directory, "letsencrypt.log");
	AUTO(free) char *log = NULL;

	assert_done(fs_read(&log, NULL, path, LIMIT_MIB(1)));
	return strstr(log, "cannot be used") != NULL;
}

/* What is in the orders' directory, "" for nothing. */
static void expect_files(const struct bench *b, const char *wanted)
{
	AUTO(strlist_release) struct strlist files = { 0 };

	assert_done(fs_list(&files, b->orders));
	AUTO(free) char *found = strlist_join(&files, " ");

	assert_string_equal(found, wanted);
}

static const struct {
	const char *text;
	const char *files;
} rows[] = {
	{ "", "" },
	{ "{\"request\":\"x\",\"ke", "" }, /* killed in the first line */
	{ "\n", "a.test.journal.unusable-1" },
	{ "no json\n", "a.test.journal.unusable-1" },
	{ "{}\n", "a.test.journal.unusable-1" },
	{ "{\"request\":\"{}\",\"key\":\"no key\"}\n", "a.test.journal.unusable-1" },
};

static void test_unusable_ones(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(journal_free) struct journal *j = NULL;
		AUTO(free) char *aside = str_fmt("%s.unusable-1", b->path);

		assert_done(fs_create(b->path, rows[i].text, strlen(rows[i].text), 0600));
		assert_done(journal_open(&j, &b->client, name));
		assert_null(j);
		expect_files(b, rows[i].files);
		assert_int_equal(is_told(b), i >= 2);
		assert_done(fs_unlink(aside));
	}
}

static void test_nothing_set_aside_is_lost(void **state)
{
	struct bench *b = *state;
	AUTO(free) char *large = xcalloc(1, LIMIT_FILE + 2);
	AUTO(journal_free) struct journal *j = NULL;

	assert_done(fs_create(b->path, "1\n", 2, 0600));
	assert_done(journal_open(&j, &b->client, name));
	memset(large, 'x', LIMIT_FILE + 1);
	assert_done(fs_create(b->path, large, LIMIT_FILE + 1, 0600));
	assert_done(journal_open(&j, &b->client, name));
	assert_null(j);
	expect_files(b, "a.test.journal.unusable-1 a.test.journal.unusable-2");
}

static void test_names_are_those_of_journals(void **state)
{
	struct bench *b = *state;
	AUTO(strlist_release) struct strlist names = { 0 };
	AUTO(journal_free) struct journal *j = NULL;

	assert_done(fs_create(b->path, "1\n", 2, 0600));
	assert_done(journal_open(&j, &b->client, name));
	assert_done(journal_names(&names, &b->tree));
	assert_int_equal(names.count, 0);
	begin(b);
	assert_done(journal_names(&names, &b->tree));
	assert_int_equal(names.count, 1);
	assert_string_equal(names.items[0], name);
}

/* Each challenge once, and the next run knows them. */
static void test_told_challenges_are_kept(void **state)
{
	struct bench *b = *state;
	AUTO(journal_free) struct journal *j = NULL;
	AUTO(free) char *before = NULL;
	AUTO(free) char *after = NULL;

	begin(b);
	assert_done(journal_open(&j, &b->client, name));
	assert_int_equal(j->told.count, 0);
	assert_done(journal_add_told(j, "https://ca.test/chall/1"));
	assert_done(journal_add_told(j, "https://ca.test/chall/2"));
	assert_done(fs_read(&before, NULL, b->path, LIMIT_FILE));
	assert_done(journal_add_told(j, "https://ca.test/chall/1"));
	assert_done(fs_read(&after, NULL, b->path, LIMIT_FILE));
	assert_string_equal(after, before);
	journal_free(MOVE(j));
	assert_done(journal_open(&j, &b->client, name));
	AUTO(free) char *told = strlist_join(&j->told, " ");

	assert_string_equal(told, "https://ca.test/chall/1 https://ca.test/chall/2");
	assert_string_equal(j->order_url, "https://ca.test/order/1");
}

/* Behind the first line whatever can be read counts; half a line is what a kill leaves. */
static void test_torn_last_line(void **state)
{
	struct bench *b = *state;
	AUTO(journal_free) struct journal *j = NULL;
	AUTO(free) char *text = NULL;

	begin(b);
	assert_done(fs_read(&text, NULL, b->path, LIMIT_FILE));
	AUTO(free) char *torn = str_fmt("%sgarbage\n{\"saved\":tr", text);

	assert_done(fs_replace(b->path, torn, strlen(torn), 0600, false));
	assert_done(journal_open(&j, &b->client, name));
	assert_non_null(j);
	assert_string_equal(j->order_url, "https://ca.test/order/1");
	assert_false(j->saved);
	assert_true(key_same_public(j->key, b->key));
	assert_false(is_told(b));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_unusable_ones),
		TEST(test_nothing_set_aside_is_lost),
		TEST(test_names_are_those_of_journals),
		TEST(test_told_challenges_are_kept),
		TEST(test_torn_last_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
