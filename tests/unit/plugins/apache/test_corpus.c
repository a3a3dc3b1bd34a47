/* Real files of Apache come out as they went in, edits of them can be undone, and so it is with 10,000 copies that are damaged. */
#include "check.h"

#include "base/limits.h"
#include "plugins/apache/edit.h"
#include "plugins/damage.h"

enum { COPIES = 10000 };

static int load(void **state)
{
	struct corpus *c = xcalloc(1, sizeof(*c));

	corpus_load(c, "apache");
	*state = c;
	return 0;
}

static int unload(void **state)
{
	corpus_release(*state);
	free(*state);
	return 0;
}

static void assert_written(const struct apache_file *f, const char *text, size_t len)
{
	AUTO(buf_release) struct buf b = BUF_INIT(2 * LIMIT_SERVER_CONF_FILE);

	apache_write(f, &b);
	assert_int_equal(b.len, len);
	if (len > 0)
		assert_memory_equal(b.data, text, len);
}

static void files_come_out_as_they_went_in(void **state)
{
	const struct corpus *c = *state;

	assert_true(c->count > 20);
	for (size_t i = 0; i < c->count; i++) {
		const struct corpus_file *from = &c->files[i];
		AUTO(apache_file_free) struct apache_file *f = NULL;

		assert_done(apache_parse(&f, from->path, from->text, from->len));
		assert_non_null(f->root->first);
		assert_written(f, from->text, from->len);
	}
}

/* A line at both ends of a section; all other bytes stay, and without them the file is as it was. */
static void edit_and_undo(struct apache_file *f, struct apache_node *section, const char *text,
			  size_t len)
{
	AUTO(buf_release) struct buf between = BUF_INIT(2 * LIMIT_SERVER_CONF_FILE);

	assert_done(apache_add_first(f, section, "SignetFirst on\n"));
	assert_done(apache_add_last(f, section, "SignetLast on\n"));
	apache_write(f, &between);
	assert_true(between.len > len);
	apache_remove(f, section->first);
	apache_remove(f, section->last);
	assert_written(f, text, len);
}

static bool is_closed_section(const struct apache_node *n)
{
	return n->kind == APACHE_SECTION && n->tail.len > 0;
}

static void edits_of_all_sections_are_undone(void **state)
{
	const struct corpus *c = *state;

	for (size_t i = 0; i < c->count; i++) {
		const struct corpus_file *from = &c->files[i];
		AUTO(apache_file_free) struct apache_file *f = NULL;

		assert_done(apache_parse(&f, from->path, from->text, from->len));
		for (struct apache_node *n = f->root; n != NULL; n = apache_next(n, f->root))
			if (is_closed_section(n))
				edit_and_undo(f, n, from->text, from->len);
	}
}

static struct apache_node *any_section(struct apache_file *f, uint64_t *seed)
{
	struct apache_node *found = NULL;
	size_t left = damage_chance(seed, 8);

	for (struct apache_node *n = f->root; n != NULL; n = apache_next(n, f->root)) {
		if (!is_closed_section(n))
			continue;
		found = n;
		if (left-- == 0)
			break;
	}
	return found;
}

static void damaged_copies_keep_their_bytes(void **state)
{
	const struct corpus *c = *state;
	uint64_t seed = 5;
	size_t readable = 0, edited = 0;

	for (size_t i = 0; i < COPIES; i++) {
		const struct corpus_file *from = &c->files[damage_chance(&seed, c->count)];
		size_t len = 0;
		AUTO(free)
		char *text = damaged(from->text, from->len, "<>/\\\"'\n\r# \t[]*:IM\xff", &seed,
				     &len);
		AUTO(apache_file_free) struct apache_file *f = NULL;
		AUTO(err_free) struct err *e = apache_parse(&f, from->path, text, len);

		assert_true((e == NULL) == (f != NULL));
		if (e != NULL)
			continue;
		readable++;
		assert_written(f, text, len);
		struct apache_node *section = any_section(f, &seed);

		edited += section != NULL;
		if (section != NULL)
			edit_and_undo(f, section, text, len);
	}
	assert_in_range(readable, COPIES / 4, COPIES - COPIES / 50);
	assert_in_range(edited, COPIES / 4, readable);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_come_out_as_they_went_in),
		cmocka_unit_test(edits_of_all_sections_are_undone),
		cmocka_unit_test(damaged_copies_keep_their_bytes),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
