#include "client/fixture.h"

#include "client/lineage/due.h"
#include "client/lineage/index.h"
#include "client/lineage/listing.h"

/* The clock of the files counts here; what it shows is moved on by this. */
static time_t ahead;

static time_t read_clock(const struct clock *c)
{
	(void)c;
	return system_clock.now(&system_clock) + ahead;
}

static const struct clock test_clock = { .now = read_clock };

static time_t later(void)
{
	return system_clock.now(&system_clock) + 60;
}

static struct lineage *make(const struct tree *t, const char *name)
{
	AUTO(free) char *names = str_fmt("DNS:%s,DNS:www.%s", name, name);
	time_t now = system_clock.now(&system_clock);

	return fixture_lineage(t, name, names, now - DAY, now + 89 * DAY);
}

/* As renew leaves a lineage whose CA was asked: muted, then found idle. */
static void mute(const struct tree *t, const char *name)
{
	AUTO(free) char *relative = str_fmt("renewal/%s.conf", name);
	AUTO(free) char *conf = fixture_read(t, relative);
	AUTO(free) char *until = time_local_iso(later() + 6 * 3600);
	AUTO(free)
	char *text = str_fmt("%s[acme_renewal_info]\nari_retry_after = %s\n", conf, until);

	fixture_write(t, relative, text);
}

static void remember_as(const struct tree *t, const char *name, bool verified,
			enum index_source source)
{
	AUTO(index_free) struct lineage_index *i = index_open(t, &test_clock);
	AUTO(lineage_free) struct lineage *l = NULL;
	AUTO(strlist_release) struct strlist names = { 0 };
	struct look look;

	assert_true(index_look(&look, i, name, LOOK_COUNT));
	assert_done(lineage_load(&l, t, name));
	index_put(i, l, &look, source, verified);
	assert_done(lineage_names(&names, t));
	assert_done(index_save(i, &names));
}

static void remember(const struct tree *t, const char *name, bool verified)
{
	remember_as(t, name, verified, INDEX_READ);
}

static bool is_known(const struct tree *t, const char *name, size_t count)
{
	AUTO(index_free) struct lineage_index *i = index_open(t, &test_clock);
	struct look look;

	return index_look(&look, i, name, count) && index_find(i, name, &look, count) != NULL;
}

static bool is_idle(const struct tree *t, const char *name, time_t now)
{
	AUTO(index_free) struct lineage_index *i = NULL;
	AUTO(strlist_release) struct strlist names = { 0 };
	time_t not_after = 1;

	ahead += now - read_clock(&test_clock);
	i = index_open(t, &test_clock);
	strlist_add(&names, name);
	index_idle(&not_after, i, &names);
	ahead = 60;
	return not_after != 0;
}

static int setup(void **state)
{
	struct tree *t = fixture_tree();

	ahead = 60;
	lineage_free(make(t, "a.test"));
	mute(t, "a.test");
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	fixture_tree_free(*state);
	return 0;
}

static void facts_are_kept(void **state)
{
	struct tree *t = *state;
	AUTO(index_free) struct lineage_index *i = NULL;
	AUTO(lineage_free) struct lineage *l = NULL;
	struct look look;

	remember(t, "a.test", true);
	lineage_free(make(t, "b.test"));
	remember(t, "b.test", false); /* the first one stays */
	i = index_open(t, &test_clock);
	assert_done(lineage_load(&l, t, "a.test"));
	assert_true(index_look(&look, i, "a.test", LOOK_COUNT));
	const struct lineage_facts *f = index_find(i, "a.test", &look, LOOK_COUNT);

	assert_non_null(f);
	assert_true(f->verified);
	assert_false(f->is_test);
	assert_int_equal(f->not_after, l->cert->not_after);
	assert_string_equal(f->serial, l->cert->serial_hex);
	assert_string_equal(f->key_type, "ECDSA");
	assert_string_equal(f->identifiers, "a.test www.a.test");
	assert_true(is_known(t, "b.test", LOOK_COUNT));
}

/* Whatever changes, the lineage is read again. */
static void every_change_is_seen(void **state)
{
	static const struct {
		const char *path;
		bool brief; /* seen by whoever asks when it is due */
	} cases[] = {
		{ "renewal/a.test.conf", true },
		{ "archive/a.test/cert1.pem", true },
		{ "archive/a.test/privkey1.pem", false },
		{ "archive/a.test/chain1.pem", false },
		{ "archive/a.test/fullchain1.pem", false },
	};
	struct tree *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free) char *text = fixture_read(t, cases[i].path);
		AUTO(free) char *path = tree_path(t, cases[i].path);

		remember(t, "a.test", true);
		assert_true(is_known(t, "a.test", LOOK_COUNT));
		/* in place: the directory above does not show it */
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		assert_int_equal(fputs(text, f) >= 0, 1);
		assert_int_equal(fclose(f), 0);
		assert_false(is_known(t, "a.test", LOOK_COUNT));
		assert_int_equal(is_known(t, "a.test", LOOK_BRIEF), !cases[i].brief);
	}
}

static void changed_directories_are_seen(void **state)
{
	struct tree *t = *state;

	remember(t, "a.test", true);
	fixture_write(t, "archive/a.test/cert2.pem", "x");
	assert_false(is_known(t, "a.test", LOOK_BRIEF));
	remember(t, "a.test", true);
	fixture_write(t, "live/a.test/previous_cert.pem", "x");
	assert_false(is_known(t, "a.test", LOOK_BRIEF));
	remember(t, "a.test", true);
	AUTO(free) char *link = tree_path(t, "live/a.test/chain.pem");

	assert_done(fs_unlink(link));
	assert_false(is_known(t, "a.test", LOOK_BRIEF));
}

/* File times are coarse: what changed just now may change again unseen. */
static void fresh_files_are_not_remembered(void **state)
{
	struct tree *t = *state;

	ahead = 0;
	fixture_write(t, "renewal/a.test.conf.new", "x");
	lineage_free(make(t, "b.test"));
	remember(t, "b.test", true);
	assert_false(is_known(t, "b.test", LOOK_BRIEF));
}

/* What we wrote ourselves counts when it is still the same at the end of the run. */
static void written_files_are_looked_at_twice(void **state)
{
	struct tree *t = *state;

	remember_as(t, "a.test", false, INDEX_WRITTEN);
	assert_true(is_known(t, "a.test", LOOK_BRIEF));
	ahead = 0;
	lineage_free(make(t, "b.test"));
	remember_as(t, "b.test", false, INDEX_WRITTEN); /* the end came too soon */
	assert_false(is_known(t, "b.test", LOOK_BRIEF));
}

static void unusual_lineages_are_not_remembered(void **state)
{
	struct tree *t = *state;
	AUTO(free) char *conf = fixture_read(t, "renewal/a.test.conf");
	AUTO(free) char *elsewhere = tree_path(t, "live/alias");
	AUTO(free) char *live = tree_path(t, "live/a.test");
	const char *rest = strchr(strstr(conf, "cert = "), '\n');
	AUTO(free)
	char *text = str_fmt("archive_dir = %s/archive/a.test\ncert = %s/cert.pem%s", t->config_dir,
			     elsewhere, rest);

	/* certificates behind another name of the directory */
	assert_done(fs_symlink(live, elsewhere));
	fixture_write(t, "renewal/a.test.conf", text);
	remember(t, "a.test", true);
	assert_false(is_known(t, "a.test", LOOK_BRIEF));
}

static void lagging_lineages_are_not_remembered(void **state)
{
	struct tree *t = *state;

	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		AUTO(free) char *from = str_fmt("archive/a.test/%s1.pem", lineage_kind_names[kind]);
		AUTO(free) char *to = str_fmt("archive/a.test/%s2.pem", lineage_kind_names[kind]);
		AUTO(free) char *text = fixture_read(t, from);

		fixture_write(t, to, text);
	}
	remember(t, "a.test", true);
	assert_false(is_known(t, "a.test", LOOK_BRIEF));
}

static void removed_lineages_are_forgotten(void **state)
{
	struct tree *t = *state;
	AUTO(free) char *conf = tree_path(t, "renewal/a.test.conf");

	remember(t, "a.test", true);
	lineage_free(make(t, "b.test"));
	assert_done(fs_unlink(conf));
	remember(t, "b.test", true);
	AUTO(free) char *text = fixture_read(t, "work/signet/index");

	assert_null(strstr(text, "a.test\t"));
	assert_non_null(strstr(text, "b.test\t"));
}

static void damaged_or_foreign_index_is_ignored(void **state)
{
	static const struct {
		const char *find, *put;
	} cases[] = {
		{ "\t1\t0\t", "\t1\t2\t" }, { "ECDSA\t", "ECDSA " },     { "index 3", "index 9" },
		{ "\n/", "\n/other" },      { "a.test\t", "a.test\t0" },
	};
	struct tree *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		remember(t, "a.test", true);
		AUTO(free) char *text = fixture_read(t, "work/signet/index");
		char *at = strstr(text, cases[i].find);

		assert_non_null(at);
		AUTO(free)
		char *damaged = str_fmt("%.*s%s%s", (int)(at - text), text, cases[i].put,
					at + strlen(cases[i].find));

		fixture_write(t, "work/signet/index", damaged);
		assert_false(is_known(t, "a.test", LOOK_BRIEF));
	}
	remember(t, "a.test", true);
	assert_int_equal(fixture_mode(t, "work/signet/index"), 0600);
	assert_int_equal(fixture_mode(t, "work/signet"), 0700);
	fixture_chmod(t, "work/signet/index", 0666);
	assert_false(is_known(t, "a.test", LOOK_BRIEF));
}

/* index_idle() never hides a lineage that lineage_due() would act on. */
static struct err *must_not_ask(void *ctx, const struct lineage *l, time_t *start, time_t *end,
				unsigned *retry)
{
	(void)ctx;
	(void)l;
	(void)start;
	(void)end;
	(void)retry;
	return err_new(ERR_INTERNAL, "asked");
}

static void assert_idle_is_not_due(const struct tree *t, const struct lineage *l)
{
	time_t now = later();

	for (time_t at = now - 2 * DAY; at < now + 100 * DAY; at += 3607) {
		const struct due_query q = { .now = at, .renewal_info = must_not_ask };
		AUTO(err_free) struct err *asked = NULL;
		enum due_reason reason;
		enum due_news news;

		if (!is_idle(t, l->name, at) || at < now)
			continue;
		assert_done(lineage_due(&reason, &asked, l, &q, &news));
		assert_int_equal(reason, DUE_NOT);
		assert_null(asked);
	}
}

static void idle_is_never_due(void **state)
{
	static const char *const tops[] = { "", "renew_before_expiry = 89 days\n",
					    "renew_before_expiry = 1 day\n" };
	struct tree *t = *state;
	AUTO(free) char *conf = fixture_read(t, "renewal/a.test.conf");

	for (size_t i = 0; i < ARRAY_LEN(tops); i++) {
		AUTO(free) char *text = str_fmt("%s%s", tops[i], conf);
		AUTO(lineage_free) struct lineage *l = NULL;

		fixture_write(t, "renewal/a.test.conf", text);
		assert_done(lineage_load(&l, t, "a.test"));
		remember(t, "a.test", false);
		assert_int_equal(is_idle(t, "a.test", later()), i != 1);
		assert_idle_is_not_due(t, l);
	}
}

static void nothing_till_ends_with_the_silence(void **state)
{
	struct tree *t = *state;

	remember(t, "a.test", false);
	assert_true(is_idle(t, "a.test", later() + 5 * 3600));
	assert_false(is_idle(t, "a.test", later() + 6 * 3600 + 60));
	lineage_free(make(t, "b.test")); /* its CA was never asked */
	remember(t, "b.test", false);
	assert_false(is_idle(t, "b.test", later()));
}

/* With the index and without it, the list is the same. */
static void listing_by_index_is_the_same(void **state)
{
	struct tree *t = *state;
	AUTO(buf_release) struct buf first = BUF_INIT(LIMIT_FILE);
	AUTO(buf_release) struct buf second = BUF_INIT(LIMIT_FILE);
	struct buf *const texts[] = { &first, &second };
	time_t now = later();

	lineage_free(make(t, "b.test"));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(listings_release) struct listings all = { 0 };

		assert_done(listings_make(&all, t, &test_clock));
		assert_int_equal(all.count, 2);
		for (size_t n = 0; n < all.count; n++)
			listing_add_text(texts[i], &all.items[n], now);
	}
	assert_true(is_known(t, "b.test", LOOK_COUNT));
	assert_string_equal(buf_str(&first), buf_str(&second));
	/* a key that is exchanged in place is found out */
	AUTO(listings_release) struct listings broken = { 0 };
	AUTO(free) char *other = fixture_read(t, "archive/a.test/privkey1.pem");

	fixture_write(t, "archive/b.test/privkey1.pem", other);
	assert_done(listings_make(&broken, t, &test_clock));
	assert_non_null(broken.items[1].broken);
	assert_null(broken.items[0].broken);
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(facts_are_kept),
		WITH_TREE(every_change_is_seen),
		WITH_TREE(changed_directories_are_seen),
		WITH_TREE(fresh_files_are_not_remembered),
		WITH_TREE(written_files_are_looked_at_twice),
		WITH_TREE(unusual_lineages_are_not_remembered),
		WITH_TREE(lagging_lineages_are_not_remembered),
		WITH_TREE(removed_lineages_are_forgotten),
		WITH_TREE(damaged_or_foreign_index_is_ignored),
		WITH_TREE(idle_is_never_due),
		WITH_TREE(nothing_till_ends_with_the_silence),
		WITH_TREE(listing_by_index_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
