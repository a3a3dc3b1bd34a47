#include "check.h"

#include "base/fs.h"
#include "plugins/apache/install.h"
#include "plugins/fake_client.h"
#include "plugins/kept_file.h"

/* sha256 of "one\n" and of "two\n" */
#define ONE "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"
#define TWO "27dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d88c01184a07300a5a"

static const char *const known[] = { ONE, NULL };
static const struct kept_file file = { "a.conf", ".a-digest.txt", known };

struct desk {
	char dir[64];
	struct ui ui;
	struct options options;
	struct plugin_env env;
	struct buf text; /* today's: "two" */
};

static int set_up(void **state)
{
	struct desk *d = xcalloc(1, sizeof(*d));

	memcpy(d->dir, "/tmp/kept-file-XXXXXX", sizeof("/tmp/kept-file-XXXXXX"));
	assert_non_null(mkdtemp(d->dir));
	d->options.config_dir = d->dir;
	d->env = (struct plugin_env){ .ui = &d->ui, .opt = &d->options };
	d->text = BUF_INIT(64);
	buf_adds(&d->text, "two\n");
	*state = d;
	return 0;
}

static int tear_down(void **state)
{
	struct desk *d = *state;

	assert_done(fs_remove_tree(d->dir));
	buf_release(&d->text);
	fake_ui_release(&d->ui);
	free(d);
	return 0;
}

static void put(const struct desk *d, const char *name, const char *text)
{
	AUTO(free) char *path = fs_join(d->dir, name);

	assert_done(fs_replace(path, text, strlen(text), 0644, false));
}

/* text NULL: it is not there. */
static void expect_file(const struct desk *d, const char *name, const char *text)
{
	AUTO(free) char *path = fs_join(d->dir, name);
	AUTO(free) char *found = NULL;

	assert_done(fs_read_if_exists(&found, NULL, path, 4096));
	if (text == NULL)
		assert_null(found);
	else
		assert_string_equal(found, text);
}

/* Its lines that begin with + or -, without names. */
static void expect_plan(const struct change *c, const char *wanted)
{
	AUTO(buf_release) struct buf diff = BUF_INIT(4096);
	AUTO(buf_release) struct buf b = BUF_INIT(4096);
	AUTO(strlist_release) struct strlist lines = { 0 };

	change_diff(c, &diff);
	strlist_split(&lines, buf_str(&diff), '\n');
	for (size_t i = 0; i < lines.count; i++)
		if (strchr("+-", lines.items[i][0]) != NULL && !str_starts(lines.items[i], "+++") &&
		    !str_starts(lines.items[i], "---"))
			buf_addf(&b, "%s\n", lines.items[i]);
	assert_string_equal(buf_str(&b), wanted);
}

static void test_missing(void **state)
{
	struct desk *d = *state;
	AUTO(change_free) struct change *c = change_new();

	assert_done(kept_file_update(c, &file, &d->env, &d->text));
	assert_true(change_is_empty(c));
	assert_done(kept_file_create(c, &file, &d->options, &d->text));
	expect_plan(c, "+two\n+" TWO "\n");
	expect_file(d, "a.conf", NULL);
	expect_file(d, ".a-digest.txt", NULL);
}

static void test_an_earlier_version(void **state)
{
	struct desk *d = *state;
	AUTO(change_free) struct change *c = change_new();

	put(d, "a.conf", "one\n");
	put(d, ".a-digest.txt", ONE);
	assert_done(kept_file_create(c, &file, &d->options, &d->text));
	assert_true(change_is_empty(c));
	assert_done(kept_file_update(c, &file, &d->env, &d->text));
	expect_plan(c, "-one\n+two\n-" ONE "\n+" TWO "\n");
	assert_string_equal(buf_str(&d->ui.said), "");
}

static void test_todays_version(void **state)
{
	struct desk *d = *state;
	AUTO(change_free) struct change *c = change_new();

	put(d, "a.conf", "two\n");
	assert_done(kept_file_create(c, &file, &d->options, &d->text));
	assert_done(kept_file_update(c, &file, &d->env, &d->text));
	assert_true(change_is_empty(c));
	expect_file(d, ".a-digest.txt", NULL);
}

static void test_changed_by_hand(void **state)
{
	struct desk *d = *state;
	AUTO(change_free) struct change *c = change_new();

	put(d, "a.conf", "mine\n");
	put(d, ".a-digest.txt", ONE);
	d->options.dry_run = true;
	assert_done(kept_file_update(c, &file, &d->env, &d->text));
	expect_file(d, "a.conf.new", NULL);
	expect_file(d, ".a-digest.txt", ONE);
	d->options.dry_run = false;
	assert_done(kept_file_update(c, &file, &d->env, &d->text));
	assert_true(change_is_empty(c));
	assert_non_null(strstr(buf_str(&d->ui.said), "a.conf.new"));
	expect_file(d, "a.conf", "mine\n");
	expect_file(d, "a.conf.new", "two\n");
	expect_file(d, ".a-digest.txt", TWO);
	buf_reset(&d->ui.said);
	assert_done(kept_file_update(c, &file, &d->env, &d->text));
	assert_string_equal(buf_str(&d->ui.said), "");
}

/* Else the next version could not replace it. */
static void test_our_own_version_is_known(void **state)
{
	struct desk *d = *state;
	AUTO(buf_release) struct buf text = BUF_INIT(8192);
	AUTO(change_free) struct change *c = change_new();

	apache_options_text(&text);
	put(d, apache_options_file.name, buf_str(&text));
	assert_done(kept_file_update(c, &apache_options_file, &d->env, &d->text));
	assert_false(change_is_empty(c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_earlier_version, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_todays_version, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changed_by_hand, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_our_own_version_is_known, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
