#include "client/fixture.h"

#include "client/lineage/archive.h"
#include "client/lineage/find.h"
#include "client/lineage/listing.h"

#define NOW ((time_t)1800000000)

static time_t read_clock(const struct clock *c)
{
	(void)c;
	return NOW;
}

static const struct clock test_clock = { .now = read_clock };

static struct lineage *make(const struct tree *t, const char *name, const char *names)
{
	return fixture_lineage(t, name, names, NOW - DAY, NOW + 89 * DAY);
}

static struct lineage *load(const struct tree *t, const char *name)
{
	struct lineage *l = NULL;

	assert_done(lineage_load(&l, t, name));
	return l;
}

static void refused(const struct tree *t, const char *part)
{
	struct lineage *l = NULL;

	assert_refused(lineage_load(&l, t, "a.test"), ERR_CONFIG, part);
}

/* Version 2 in the archive, as a commit leaves it that was stopped before the links. */
static void write_version_2(const struct tree *t)
{
	AUTO(fixture_pair_release)
	struct fixture_pair p = fixture_pair("DNS:a.test", "secp256r1", NOW, NOW + 90 * DAY);
	const char *leaf_end = strstr(p.chain_pem.data, "-----END CERTIFICATE-----\n") +
			       strlen("-----END CERTIFICATE-----\n");
	AUTO(free) char *leaf = xstrndup(p.chain_pem.data, (size_t)(leaf_end - p.chain_pem.data));

	fixture_write(t, "archive/a.test/privkey2.pem", p.key_pem.data);
	fixture_write(t, "archive/a.test/cert2.pem", leaf);
	fixture_write(t, "archive/a.test/chain2.pem", leaf_end);
	fixture_write(t, "archive/a.test/fullchain2.pem", p.chain_pem.data);
}

static void relink(const struct tree *t, const char *link, const char *target)
{
	AUTO(free) char *path = tree_path(t, link);

	assert_done(fs_unlink(path));
	assert_done(fs_symlink(target, path));
}

static int setup(void **state)
{
	*state = fixture_tree();
	return 0;
}

static int teardown(void **state)
{
	fixture_tree_free(*state);
	return 0;
}

static void names_are_in_the_order_of_the_files(void **state)
{
	struct tree *t = *state;
	static const char *const all[] = { "a.test", "a.test-0001", "b.test", "a.test.org" };
	AUTO(strlist_release) struct strlist names = { 0 };

	assert_done(lineage_names(&names, t));
	assert_int_equal(names.count, 0);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		lineage_free(make(t, all[i], "DNS:a.test"));
	fixture_write(t, "renewal/.hidden.conf", "");
	fixture_write(t, "renewal/a.test.conf.bak", "");
	assert_done(lineage_names(&names, t));
	AUTO(free) char *joined = strlist_join(&names, " ");

	assert_string_equal(joined, "a.test-0001 a.test a.test.org b.test");
}

static void missing_conf_is_an_io_error(void **state)
{
	struct lineage *l = NULL;

	assert_refused(lineage_load(&l, *state, "a.test"), ERR_CONFIG, "renewal/a.test.conf");
}

static void links_must_be_links_with_targets(void **state)
{
	struct tree *t = *state;
	AUTO(free) char *archived = tree_path(t, "archive/a.test/chain1.pem");
	AUTO(free) char *link = tree_path(t, "live/a.test/chain.pem");

	lineage_free(make(t, "a.test", "DNS:a.test"));
	assert_done(fs_unlink(archived));
	refused(t, "does not exist");
	assert_done(fs_unlink(link));
	refused(t, "should be a symbolic link");
	fixture_write(t, "live/a.test/chain.pem", "a file");
	refused(t, "should be a symbolic link");
}

static void conf_must_name_its_files(void **state)
{
	struct tree *t = *state;

	lineage_free(make(t, "a.test", "DNS:a.test"));
	fixture_write(t, "renewal/a.test.conf", "version = 2.1.0\ncert = /x/cert.pem\n");
	refused(t, "names no privkey");
}

static void old_files_of_certbot_load(void **state)
{
	struct tree *t = *state;

	lineage_free(make(t, "a.test", "DNS:a.test"));
	AUTO(free) char *conf = fixture_read(t, "renewal/a.test.conf");
	/* before 1.0 there was no archive_dir, before 4.0 a comment on top */
	AUTO(free)
	char *text = str_fmt("# renew_before_expiry = 30 days\nversion = 0.31.0\n%s",
			     strstr(conf, "cert = "));

	fixture_write(t, "renewal/a.test.conf", text);
	AUTO(lineage_free) struct lineage *l = load(t, "a.test");

	assert_int_equal(l->version, 1);
	assert_string_equal(l->cert->names.dns.items[0], "a.test");
}

/* certbot.md 8.1: an interrupted change of the links is put back by whoever loads the lineage */
static void previous_links_are_put_back(void **state)
{
	struct tree *t = *state;

	lineage_free(make(t, "a.test", "DNS:a.test"));
	write_version_2(t);
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		AUTO(free)
		char *previous = str_fmt("live/a.test/previous_%s.pem", lineage_kind_names[kind]);
		AUTO(free)
		char *target = str_fmt("%s/archive/a.test/%s1.pem", t->config_dir,
				       lineage_kind_names[kind]);

		relink(t, previous, target);
	}
	relink(t, "live/a.test/privkey.pem", "../../archive/a.test/privkey2.pem");
	AUTO(lineage_free) struct lineage *l = load(t, "a.test");

	assert_int_equal(l->versions[KIND_PRIVKEY], 1);
	assert_done(lineage_verify(l));
	ASSERT_LS(t, "live/a.test", "README cert.pem chain.pem fullchain.pem privkey.pem");
}

static void three_previous_links_mean_nothing(void **state)
{
	struct tree *t = *state;

	lineage_free(make(t, "a.test", "DNS:a.test"));
	write_version_2(t);
	for (enum lineage_kind kind = 0; kind < KIND_CHAIN; kind++) {
		AUTO(free)
		char *previous = str_fmt("live/a.test/previous_%s.pem", lineage_kind_names[kind]);

		relink(t, previous, "nowhere");
	}
	AUTO(lineage_free) struct lineage *l = load(t, "a.test");

	assert_int_equal(l->version, 1);
}

/* certbot.md 8.1 "Ensure deployed" */
static void lagging_links_are_repaired(void **state)
{
	struct tree *t = *state;
	bool fixed = true;

	lineage_free(make(t, "a.test", "DNS:a.test"));
	AUTO(lineage_free) struct lineage *l = load(t, "a.test");

	assert_done(lineage_repair_links(l, &fixed));
	assert_false(fixed);
	write_version_2(t);
	fixture_write(t, "archive/a.test/privkey3.pem", "not complete");
	AUTO(lineage_free) struct lineage *behind = load(t, "a.test");

	assert_int_equal(behind->complete, 2);
	assert_done(lineage_repair_links(behind, &fixed));
	assert_true(fixed);
	assert_int_equal(behind->version, 2);
	assert_int_equal(behind->cert->not_after, NOW + 90 * DAY);
	assert_done(lineage_verify(behind));
}

static void one_lagging_link_is_repaired(void **state)
{
	struct tree *t = *state;
	bool fixed = false;

	lineage_free(make(t, "a.test", "DNS:a.test"));
	write_version_2(t);
	relink(t, "live/a.test/cert.pem", "../../archive/a.test/cert2.pem");
	relink(t, "live/a.test/chain.pem", "../../archive/a.test/chain2.pem");
	relink(t, "live/a.test/fullchain.pem", "../../archive/a.test/fullchain2.pem");
	AUTO(lineage_free) struct lineage *l = load(t, "a.test");

	assert_done(lineage_repair_links(l, &fixed));
	assert_true(fixed);
	assert_int_equal(l->versions[KIND_PRIVKEY], 2);
	assert_done(lineage_verify(l));
}

static void verify_finds_each_fault(void **state)
{
	struct tree *t = *state;
	lineage_free(make(t, "b.test", "DNS:b.test"));

	lineage_free(make(t, "a.test", "DNS:a.test"));
	static const struct {
		const char *link, *target, *back, *part;
		enum err_code code;
	} cases[] = {
		{ "privkey.pem", "../../archive/b.test/privkey1.pem",
		  "../../archive/a.test/privkey1.pem", "is not the key of", ERR_CRYPTO },
		{ "chain.pem", "../../archive/b.test/chain1.pem", "../../archive/a.test/chain1.pem",
		  "is not signed by", ERR_CRYPTO },
		{ "fullchain.pem", "../../archive/b.test/fullchain1.pem",
		  "../../archive/a.test/fullchain1.pem", "in one", ERR_CONFIG },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free) char *link = str_fmt("live/a.test/%s", cases[i].link);

		relink(t, link, cases[i].target);
		AUTO(lineage_free) struct lineage *l = load(t, "a.test");

		assert_refused(lineage_verify(l), cases[i].code, cases[i].part);
		relink(t, link, cases[i].back);
	}
	AUTO(lineage_free) struct lineage *whole = load(t, "a.test");

	assert_done(lineage_verify(whole));
}

static char *misfit(const struct tree *t)
{
	AUTO(lineage_free) struct lineage *l = load(t, "a.test");

	return l->misfit != NULL ? err_text(l->misfit) : NULL;
}

/* Certbot's _consistent: it loads, and what is wrong is known. */
static void links_that_do_not_fit_are_named(void **state)
{
	struct tree *t = *state;
	static const struct {
		const char *link, *target, *back, *part;
	} cases[] = {
		{ "cert.pem", "../../archive/b.test/cert1.pem", "../../archive/a.test/cert1.pem",
		  "archive/b.test/cert1.pem, outside the archive of " },
		{ "privkey.pem", "../../archive/a.test/privkey2.pem",
		  "../../archive/a.test/privkey1.pem",
		  "live/a.test/privkey.pem points to version 2, but " },
		{ "chain.pem", "../../archive/a.test/fullchain1.pem",
		  "../../archive/a.test/chain1.pem",
		  "archive/a.test/fullchain1.pem, where chainN.pem should be" },
		{ "fullchain.pem", "../../archive/a.test/sub/fullchain1.pem",
		  "../../archive/a.test/fullchain1.pem",
		  "archive/a.test/sub/fullchain1.pem, outside the archive" },
	};

	lineage_free(make(t, "b.test", "DNS:b.test"));
	lineage_free(make(t, "a.test", "DNS:a.test"));
	assert_null(misfit(t));
	AUTO(free) char *sub = tree_path(t, "archive/a.test/sub");

	assert_done(fs_mkdir(sub, 0700, NULL));
	fixture_write(t, "archive/a.test/sub/fullchain1.pem", "");
	fixture_write(t, "archive/a.test/privkey2.pem", "");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free) char *link = str_fmt("live/a.test/%s", cases[i].link);

		relink(t, link, cases[i].target);
		AUTO(free) char *said = misfit(t);

		assert_non_null(said);
		assert_non_null(strstr(said, cases[i].part));
		relink(t, link, cases[i].back);
	}
	assert_null(misfit(t));
}

/* An archive that has two names is one; a renewal file that names it in another way still does. */
static void archive_by_another_name_fits(void **state)
{
	struct tree *t = *state;

	lineage_free(make(t, "a.test", "DNS:a.test"));
	relink(t, "other", "archive/a.test");
	AUTO(free) char *conf = fixture_read(t, "renewal/a.test.conf");
	AUTO(free) char *other = tree_path(t, "other");
	char *rest = strchr(strstr(conf, "archive_dir = "), '\n');
	AUTO(free) char *text = str_fmt("archive_dir = %s%s", other, rest);

	fixture_write(t, "renewal/a.test.conf", text);
	assert_null(misfit(t));
}

static void find(const struct tree *t, const char *dns, const char *same_name,
		 const char *part_name)
{
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(lineage_free) struct lineage *same = NULL;
	AUTO(lineage_free) struct lineage *part = NULL;

	strlist_split(&names.dns, dns, ' ');
	assert_done(lineage_find(&same, &part, t, &names));
	assert_string_equal(same != NULL ? same->name : "", same_name);
	if (same == NULL)
		assert_string_equal(part != NULL ? part->name : "", part_name);
}

static void lineages_are_found_by_names(void **state)
{
	struct tree *t = *state;

	lineage_free(make(t, "a.test", "DNS:a.test"));
	lineage_free(make(t, "ab.test", "DNS:b.test,DNS:a.test"));
	lineage_free(make(t, "ab.test-0001", "DNS:a.test,DNS:b.test"));
	lineage_free(make(t, "x.test", "DNS:x.test,DNS:y.test"));
	fixture_write(t, "renewal/broken.conf", "garbage");
	find(t, "a.test b.test", "ab.test", ""); /* the last in the order of the files */
	find(t, "a.test", "a.test", "");
	find(t, "c.test b.test a.test", "", "ab.test-0001"); /* the first of the largest */
	find(t, "a.test y.test", "", "a.test");
	find(t, "y.test", "", "");
}

static void names_of_new_lineages(void **state)
{
	struct cert_names wild = { 0 }, ip = { 0 };
	AUTO(free) char *name = NULL;

	strlist_add(&wild.dns, "*.a.test");
	strlist_add(&ip.ip, "::1");
	AUTO(free) char *of_wild = lineage_name_of(&wild);
	AUTO(free) char *of_ip = lineage_name_of(&ip);

	assert_string_equal(of_wild, "a.test");
	assert_string_equal(of_ip, "::1");
	cert_names_release(&wild);
	cert_names_release(&ip);
	lineage_free(make(*state, "a.test", "DNS:a.test"));
	lineage_free(make(*state, "a.test-0001", "DNS:a.test"));
	assert_done(lineage_free_name(&name, *state, "a.test"));
	assert_string_equal(name, "a.test-0002");
	assert_refused(lineage_free_name(&name, *state, "a/b"), ERR_CONFIG, "slash");
}

static void listing_is_certbots(void **state)
{
	struct tree *t = *state;
	AUTO(listings_release) struct listings all = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_FILE);

	AUTO(lineage_free)
	struct lineage *l = make(t, "a.test", "DNS:a.test,DNS:www.a.test,IP:10.0.0.1");
	const char *d = t->config_dir;

	assert_done(listings_make(&all, t, &test_clock));
	assert_int_equal(all.count, 1);
	listing_add_text(&text, &all.items[0], NOW);
	AUTO(free)
	char *expected = str_fmt("  Certificate Name: a.test\n"
				 "    Serial Number: %s\n"
				 "    Key Type: ECDSA\n"
				 "    Identifiers: a.test www.a.test 10.0.0.1\n"
				 "    Expiry Date: 2027-04-14 08:00:00+00:00 (VALID: 88 days)\n"
				 "    Certificate Path: %s/live/a.test/fullchain.pem\n"
				 "    Private Key Path: %s/live/a.test/privkey.pem\n",
				 l->cert->serial_hex, d, d);

	assert_string_equal(buf_str(&text), expected);
}

static void statuses(void **state)
{
	static const struct {
		struct listing listing;
		const char *status;
	} cases[] = {
		{ { .not_after = NOW + 89 * DAY + 1 }, "VALID: 89 days" },
		{ { .not_after = NOW + 89 * DAY }, "VALID: 88 days" },
		{ { .not_after = NOW + 2 * DAY }, "VALID: 1 day" },
		{ { .not_after = NOW + DAY }, "VALID: 23 hour(s)" },
		{ { .not_after = NOW + 3601 }, "VALID: 1 hour(s)" },
		{ { .not_after = NOW, .is_expired = true }, "INVALID: EXPIRED" },
		{ { .not_after = NOW + DAY, .is_test = true }, "INVALID: TEST_CERT" },
		{ { .not_after = NOW, .is_test = true, .is_expired = true },
		  "INVALID: TEST_CERT, EXPIRED" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free) char *status = listing_status(&cases[i].listing, NOW);

		assert_string_equal(status, cases[i].status);
	}
	(void)state;
}

/* Enough for two threads; every one in its place, the broken one too. */
static void many_are_listed_in_order(void **state)
{
	struct tree *t = *state;
	AUTO(listings_release) struct listings all = { 0 };

	for (unsigned i = 0; i < 150; i++) {
		AUTO(free) char *name = str_fmt("n%03u.test", i);
		AUTO(free) char *names = str_fmt("DNS:%s", name);

		lineage_free(make(t, name, names));
	}
	fixture_write(t, "renewal/n077.test.conf", "");
	assert_done(listings_make(&all, t, &test_clock));
	assert_int_equal(all.count, 150);
	for (unsigned i = 0; i < 150; i++) {
		AUTO(free) char *name = str_fmt("n%03u.test", i);

		assert_string_equal(all.items[i].name, name);
		assert_int_equal(all.items[i].broken != NULL, i == 77);
		if (i != 77)
			assert_string_equal(all.items[i].identifiers.items[0], name);
	}
}

static void archive_names(void **state)
{
	static const struct {
		enum lineage_kind kind;
		const char *name;
		unsigned number;
	} cases[] = {
		{ KIND_CERT, "cert1.pem", 1 },
		{ KIND_FULLCHAIN, "fullchain34.pem", 34 },
		{ KIND_CHAIN, "chain999999999.pem", 999999999 },
		{ KIND_CHAIN, "fullchain1.pem", 0 },
		{ KIND_CERT, "cert.pem", 0 },
		{ KIND_CERT, "cert01.pem", 0 },
		{ KIND_CERT, "cert1.pem.bak", 0 },
		{ KIND_CERT, "cert9999999999.pem", 0 },
		{ KIND_CERT, ".cert1.pem.new", 0 },
		{ KIND_CERT, "cert-1.pem", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(archive_number(cases[i].kind, cases[i].name), cases[i].number);
	(void)state;
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(names_are_in_the_order_of_the_files),
		WITH_TREE(missing_conf_is_an_io_error),
		WITH_TREE(links_must_be_links_with_targets),
		WITH_TREE(conf_must_name_its_files),
		WITH_TREE(old_files_of_certbot_load),
		WITH_TREE(previous_links_are_put_back),
		WITH_TREE(three_previous_links_mean_nothing),
		WITH_TREE(lagging_links_are_repaired),
		WITH_TREE(one_lagging_link_is_repaired),
		WITH_TREE(verify_finds_each_fault),
		WITH_TREE(links_that_do_not_fit_are_named),
		WITH_TREE(archive_by_another_name_fits),
		WITH_TREE(lineages_are_found_by_names),
		WITH_TREE(names_of_new_lineages),
		WITH_TREE(listing_is_certbots),
		cmocka_unit_test(statuses),
		WITH_TREE(many_are_listed_in_order),
		cmocka_unit_test(archive_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
