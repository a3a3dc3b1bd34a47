#include <sys/stat.h>
#include <unistd.h>

#include "plugins/nginx/config.h"
#include "root.h"

static struct err *note(void *out, struct directive *d)
{
	for (size_t i = 0; i < d->word_count; i++)
		buf_addf(out, "%s%s", i > 0 ? " " : "", d->words[i].value);
	buf_adds(out, "|");
	return NULL;
}

static struct err *note_in_http(void *ctx, struct directive *d)
{
	struct {
		struct config *config;
		struct buf *out;
	} *both = ctx;

	return directive_is(d, "http") ? config_each(both->config, d, note, both->out) : NULL;
}

/* The directives of http, in nginx's order. */
static void assert_http(struct config *c, const char *wanted)
{
	AUTO(buf_release) struct buf b = BUF_INIT(4096);
	struct {
		struct config *config;
		struct buf *out;
	} both = { c, &b };

	assert_done(config_each(c, NULL, note_in_http, &both));
	assert_string_equal(buf_str(&b), wanted);
}

static void includes_stand_where_they_are_named(void **state)
{
	const struct root *r = *state;
	AUTO(config_free) struct config *c = NULL;

	root_write(r, "nginx.conf",
		   "include modules/*.conf; http { a; include conf.d/*.conf; b; include one; }");
	root_write(r, "conf.d/2.conf", "two;");
	root_write(r, "conf.d/10.conf", "ten; include one;");
	root_write(r, "conf.d/.hidden.conf", "hidden;");
	root_write(r, "conf.d/x.conf.old", "old;");
	root_write(r, "one", "1 2;");
	assert_done(config_load(&c, r->dir));
	assert_http(c, "a|ten|1 2|two|b|1 2|");
}

static void links_and_brackets_and_absolute_paths(void **state)
{
	const struct root *r = *state;
	AUTO(config_free) struct config *c = NULL;
	AUTO(free) char *link = root_path(r, "enabled/a");
	AUTO(free)
	char *text = str_fmt("http { include %s/enabled/[a-c]; include \"%s/sites/a b\"; }", r->dir,
			     r->dir);

	root_write(r, "nginx.conf", text);
	root_write(r, "sites/a b", "x;");
	root_write(r, "enabled/c", "c;");
	assert_done(fs_symlink("../sites/a b", link));
	assert_done(config_load(&c, r->dir));
	assert_http(c, "x|c|x|");
}

/* What stands in a location is nobody's server block. */
static void only_where_server_blocks_can_be(void **state)
{
	const struct root *r = *state;
	AUTO(config_free) struct config *c = NULL;

	root_write(
		r, "nginx.conf",
		"http { server { include in_server; location / { include missing1; } } types { include missing2; } }"
		"stream { include missing3; }");
	root_write(r, "in_server", "listen 80;");
	assert_done(config_load(&c, r->dir));
	assert_http(c, "server|types|");
}

static void what_cannot_be_read_is_an_error(void **state)
{
	static const struct {
		const char *main, *other, *why;
		enum err_code code;
	} cases[] = {
		{ "http { include missing; }", "", "nginx.conf:1: include: ", ERR_IO },
		{ "http {\ninclude other;\n}", "a {\n", "nginx.conf:2: include: ", ERR_PARSE },
		{ "http {\ninclude other;\n}", "a {\n", "other: line 1: the block of \"a\"",
		  ERR_PARSE },
		{ "http { include other/; }", "", "other", ERR_IO },
		{ "http { include a b; }", "", "include takes one path", ERR_CONFIG },
		{ "http { include; }", "", "include takes one path", ERR_CONFIG },
		{ "http { include other; }", "\ninclude o*r;", "other:2: ", ERR_CONFIG },
		{ "http { include other; }", "include other;", "other includes itself",
		  ERR_CONFIG },
		{ "include nginx.conf;", "", "nginx.conf includes itself", ERR_CONFIG },
	};
	const struct root *r = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct config *c = NULL;

		root_write(r, "nginx.conf", cases[i].main);
		root_write(r, "other", cases[i].other);
		assert_refused(config_load(&c, r->dir), cases[i].code, cases[i].why);
		assert_null(c);
	}
}

static void nested_includes_have_a_ceiling(void **state)
{
	const struct root *r = *state;
	struct config *c = NULL;

	root_write(r, "nginx.conf", "http { include 1; }");
	for (int i = 1; i <= LIMIT_SERVER_CONF_NESTED + 1; i++) {
		AUTO(free) char *name = str_fmt("%d", i);
		AUTO(free) char *text = str_fmt("include %d;", i + 1);

		root_write(r, name, text);
	}
	assert_refused(config_load(&c, r->dir), ERR_LIMIT, "more than 32 files one in another");
	assert_null(c);
}

/* Each level doubles what the one above it reads. */
static void includes_have_a_ceiling_in_all(void **state)
{
	const struct root *r = *state;
	struct config *c = NULL;

	root_write(r, "nginx.conf", "http { include 1; }");
	for (int i = 1; i < 25; i++) {
		AUTO(free) char *name = str_fmt("%d", i);
		AUTO(free) char *text = str_fmt("include %d; include %d;", i + 1, i + 1);

		root_write(r, name, text);
	}
	root_write(r, "25", "");
	assert_refused(config_load(&c, r->dir), ERR_LIMIT, "or 1000000 includes in all");
	assert_null(c);
}

static struct err *find_server(void *out, struct directive *d)
{
	if (directive_is(d, "server"))
		*(struct directive **)out = d;
	return NULL;
}

static struct err *find_in_http(void *ctx, struct directive *d)
{
	struct {
		struct config *config;
		struct directive **out;
	} *both = ctx;

	return directive_is(d, "http") ? config_each(both->config, d, find_server, both->out)
				       : NULL;
}

static struct directive *server_of(struct config *c)
{
	struct directive *found = NULL;
	struct {
		struct config *config;
		struct directive **out;
	} both = { c, &found };

	assert_done(config_each(c, NULL, find_in_http, &both));
	assert_non_null(found);
	return found;
}

static void note_edit(void *out, const char *path, const struct buf *old, const struct buf *new)
{
	buf_addf(out, "%s: %s -> %s\n", strrchr(path, '/') + 1, buf_str(old), buf_str(new));
}

static void edits_are_told_against_the_files(void **state)
{
	const struct root *r = *state;
	AUTO(config_free) struct config *c = NULL;
	AUTO(buf_release) struct buf b = BUF_INIT(4096);
	AUTO(edits_release) struct edits first = { 0 }, second = { 0 };

	root_write(r, "nginx.conf", "http { include site; include site; }");
	root_write(r, "site", "server { include more; }");
	root_write(r, "more", "listen 80;");
	assert_done(config_load(&c, r->dir));
	struct directive *d = server_of(c);

	splices_insert(edits_in(&first, d->doc), d->open + 1, " a;");
	assert_done(config_apply(c, &first));
	d = server_of(c);
	splices_insert(edits_in(&second, d->doc), d->close, "b; ");
	assert_done(config_apply(c, &second));
	config_edits(c, note_edit, &b);
	assert_string_equal(buf_str(&b),
			    "site: server { include more; } -> server { a; include more; b; }\n");
	assert_http(c, "server|server|");
}

static void an_edit_that_breaks_the_file_is_not_made(void **state)
{
	const struct root *r = *state;
	AUTO(config_free) struct config *c = NULL;
	AUTO(buf_release) struct buf b = BUF_INIT(4096);
	AUTO(edits_release) struct edits edit = { 0 };

	root_write(r, "nginx.conf", "http { server { } }");
	assert_done(config_load(&c, r->dir));
	struct directive *d = server_of(c);

	splices_insert(edits_in(&edit, d->doc), d->close, "}");
	assert_refused(config_apply(c, &edit), ERR_INTERNAL, "nginx.conf: line 1: a \"}\"");
	config_edits(c, note_edit, &b);
	assert_string_equal(buf_str(&b), "");
	assert_http(c, "server|");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(includes_stand_where_they_are_named, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(links_and_brackets_and_absolute_paths, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(only_where_server_blocks_can_be, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(what_cannot_be_read_is_an_error, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(nested_includes_have_a_ceiling, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(includes_have_a_ceiling_in_all, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(edits_are_told_against_the_files, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(an_edit_that_breaks_the_file_is_not_made, root_make,
						root_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
