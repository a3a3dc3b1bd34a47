/* Real files of nginx come out as they went in, and so do copies that a seeded fuzzer has damaged, as far as they are readable. */
#include <stdlib.h>

#include "base/limits.h"
#include "check.h"
#include "plugins/damage.h"
#include "plugins/nginx/document.h"

enum { COPIES = 10000 };

static int load(void **state)
{
	struct corpus *c = xcalloc(1, sizeof(*c));

	corpus_load(c, "nginx/corpus");
	*state = c;
	return 0;
}

static int unload(void **state)
{
	corpus_release(*state);
	free(*state);
	return 0;
}

static void assert_same(const struct document *d, const char *text, size_t len)
{
	AUTO(buf_release) struct buf back = BUF_INIT(LIMIT_SERVER_CONF_FILE);

	document_write(d, &back);
	assert_int_equal(back.len, len);
	if (len > 0)
		assert_memory_equal(back.data, text, len);
}

static void files_come_out_as_they_went_in(void **state)
{
	const struct corpus *c = *state;

	assert_true(c->count > 90);
	for (size_t i = 0; i < c->count; i++) {
		AUTO(document_free) struct document *d = NULL;

		assert_done(
			document_parse(&d, c->files[i].path, c->files[i].text, c->files[i].len));
		assert_non_null(d->first);
		assert_same(d, c->files[i].text, c->files[i].len);
	}
}

static const struct directive *any_directive(const struct document *d, uint64_t *seed)
{
	const struct directive *at = d->first;

	for (size_t n = damage_chance(seed, 40); n > 0 && at != NULL; n--) {
		const struct directive *deeper = damage_chance(seed, 3) > 0 ? at->first : NULL;

		if (deeper == NULL && at->next == NULL)
			break;
		at = deeper != NULL ? deeper : at->next != NULL ? at->next : at;
	}
	return at;
}

/* One more directive behind any other is read as that, all other bytes are kept, and without it the file is as it was. */
static void edit_and_undo(const struct document *d, const struct directive *at)
{
	static const char more[] = " signet_was here;";
	AUTO(splices_release) struct splices edit = { 0 }, undo = { 0 };
	AUTO(document_free) struct document *edited = NULL;
	AUTO(free) char *text = NULL, *back = NULL;
	size_t len = 0, back_len = 0;

	splices_insert(&edit, at->end, more);
	assert_done(splices_apply(&text, &len, &edit, d->text, d->len));
	assert_memory_equal(text, d->text, at->end);
	assert_memory_equal(text + at->end + strlen(more), d->text + at->end, d->len - at->end);
	assert_done(document_parse(&edited, d->path, text, len));
	assert_same(edited, text, len);
	splices_replace(&undo, at->end, at->end + strlen(more), "");
	assert_done(splices_apply(&back, &back_len, &undo, text, len));
	assert_int_equal(back_len, d->len);
	assert_memory_equal(back, d->text, d->len);
}

static void damaged_copies_keep_their_bytes(void **state)
{
	static const char signs[] = "{}\"';#\\$ \n\r\tx[]-=\xEF";
	const struct corpus *c = *state;
	uint64_t seed = 5;
	size_t readable = 0;

	for (size_t i = 0; i < COPIES; i++) {
		const struct corpus_file *f = &c->files[damage_chance(&seed, c->count)];
		size_t len = 0;
		AUTO(free) char *text = damaged(f->text, f->len, signs, &seed, &len);
		AUTO(document_free) struct document *d = NULL;
		AUTO(err_free) struct err *e = document_parse(&d, f->path, text, len);

		assert_true((e == NULL) == (d != NULL));
		if (e != NULL)
			continue;
		readable++;
		assert_same(d, text, len);
		const struct directive *at = any_directive(d, &seed);

		if (at != NULL)
			edit_and_undo(d, at);
	}
	assert_in_range(readable, COPIES / 4, COPIES - COPIES / 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_come_out_as_they_went_in),
		cmocka_unit_test(damaged_copies_keep_their_bytes),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
