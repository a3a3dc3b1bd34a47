#include "client/fixture.h"

#include <fcntl.h>

#include "client/lineage/reuse.h"

#define NOW ((time_t)1800000000)
#define STAGING "https://acme-staging-v02.api.letsencrypt.org/directory"

/* One command line over one tree. */
struct run {
	struct tree *tree;
	struct options *opt;
	struct ui *ui;
	struct client client;
	struct cert_names names;
	struct reuse_decision decision;
	int stdin_kept, stdout_kept;
};

static bool lineage_is_due;

static struct err *is_due(struct client *c, const struct lineage *l, bool *due)
{
	(void)l;
	*due = lineage_is_due || c->opt->force_renewal || c->opt->dry_run;
	return NULL;
}

/* The questions are not for the reader of the test's own output. */
static void hide_output(struct run *r)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	assert_int_equal(fflush(stdout), 0);
	r->stdout_kept = dup(STDOUT_FILENO);
	assert_true(dup2(nowhere, STDOUT_FILENO) >= 0);
	close(nowhere);
}

/* What the person types; NULL: nobody is there (-n). */
static void answer(struct run *r, const char *typed)
{
	int ends[2];

	if (typed == NULL)
		return;
	hide_output(r);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], typed, strlen(typed)), strlen(typed));
	close(ends[1]);
	r->stdin_kept = dup(STDIN_FILENO);
	assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
	close(ends[0]);
}

static void parse(struct run *r, const char *arguments)
{
	AUTO(strlist_release) struct strlist words = { 0 };
	AUTO(free)
	char *line = str_fmt("signet certonly -c %s/cli.ini %s", r->tree->config_dir, arguments);
	enum options_action action;
	char *topic = NULL;

	strlist_split(&words, line, ' ');
	assert_done(options_parse(&r->opt, &action, &topic, (int)words.count, words.items));
	options_names(&r->names, r->opt);
}

static struct err *decide(struct run *r, struct tree *t, const char *arguments, const char *typed)
{
	*r = (struct run){ .tree = t, .stdin_kept = -1, .stdout_kept = -1 };
	parse(r, arguments);
	r->ui = ui_new(&(struct ui_options){ .noninteractive = typed == NULL,
					     .force_interactive = typed != NULL });
	r->client = (struct client){ .opt = r->opt, .ui = r->ui, .tree = t };
	answer(r, typed);
	return reuse_decide(&r->decision, &r->client, r->opt, &r->names, is_due);
}

static void restore(int fd, int kept)
{
	if (kept < 0)
		return;
	assert_true(dup2(kept, fd) >= 0);
	close(kept);
}

static void run_release(struct run *r)
{
	assert_int_equal(fflush(stdout), 0);
	restore(STDIN_FILENO, r->stdin_kept);
	restore(STDOUT_FILENO, r->stdout_kept);
	reuse_decision_release(&r->decision);
	cert_names_release(&r->names);
	ui_free(r->ui);
	options_free(r->opt);
}

AUTO_RELEASE(struct run, run_release)

static void expect(struct tree *t, const char *arguments, const char *typed, enum reuse what,
		   const char *name)
{
	AUTO(run_release) struct run r = { .stdin_kept = -1, .stdout_kept = -1 };

	assert_done(decide(&r, t, arguments, typed));
	assert_int_equal(r.decision.what, what);
	assert_string_equal(r.decision.name, name);
	assert_int_equal(r.decision.lineage != NULL, what != REUSE_NEW);
}

static void expect_refused(struct tree *t, const char *arguments, const char *typed,
			   const char *part)
{
	AUTO(run_release) struct run r = { .stdin_kept = -1, .stdout_kept = -1 };
	struct err *e = decide(&r, t, arguments, typed);

	if (e == NULL)
		fail_msg("%s: nothing was refused", arguments);
	AUTO(free) char *text = err_text(e);

	err_free(e);
	if (strstr(text, part) == NULL)
		fail_msg("%s: \"%s\" lacks \"%s\"", arguments, text, part);
}

static struct lineage *make_with_key(const struct tree *t, const char *name, const char *names,
				     const char *key, const char *server)
{
	AUTO(fixture_pair_release)
	struct fixture_pair p = fixture_pair(names, key, NOW - DAY, NOW + 89 * DAY);
	AUTO(free) char *own = xstrdup(server);
	struct lineage_material m = fixture_material(&p);
	struct lineage *l = NULL;

	m.ctx = own;
	assert_done(lineage_commit(&l, t, name, NULL, &m));
	return l;
}

static void make(const struct tree *t, const char *name, const char *names)
{
	lineage_free(make_with_key(t, name, names, "secp256r1", "https://ca.test/dir"));
}

static int setup(void **state)
{
	lineage_is_due = false;
	*state = fixture_tree();
	fixture_write(*state, "cli.ini", "");
	return 0;
}

static int teardown(void **state)
{
	fixture_tree_free(*state);
	return 0;
}

/* certbot.md 6.2, point 1 */
static void by_cert_name(void **state)
{
	struct tree *t = *state;

	expect(t, "--cert-name mine -d a.test", NULL, REUSE_NEW, "mine");
	expect_refused(t, "--cert-name mine", NULL, "No certificate with name mine found");
	make(t, "mine", "DNS:a.test");
	expect(t, "--cert-name mine", NULL, REUSE_KEEP, "mine");
	expect(t, "--cert-name mine -d a.test", NULL, REUSE_KEEP, "mine");
	expect(t, "--cert-name other -d a.test", NULL, REUSE_NEW, "other");
}

static void names_are_filled_in_from_the_certificate(void **state)
{
	AUTO(run_release) struct run r = { .stdin_kept = -1, .stdout_kept = -1 };

	make(*state, "mine", "DNS:a.test,DNS:b.test,IP:10.0.0.1");
	assert_done(decide(&r, *state, "--cert-name mine --force-renewal", NULL));
	assert_int_equal(r.names.dns.count, 2);
	assert_string_equal(r.names.dns.items[1], "b.test");
	assert_string_equal(r.names.ip.items[0], "10.0.0.1");
}

static void changed_names_are_confirmed(void **state)
{
	struct tree *t = *state;

	make(t, "mine", "DNS:a.test,DNS:b.test");
	expect(t, "--cert-name mine -d a.test,c.test", NULL, REUSE_RENEW,
	       "mine"); /* -n means yes */
	expect(t, "--cert-name mine -d a.test,c.test", "u\n", REUSE_RENEW, "mine");
	expect(t, "--cert-name mine -d a.test --renew-with-new-domains", "", REUSE_RENEW, "mine");
	expect_refused(t, "--cert-name mine -d a.test,c.test", "c\n", "do not match");
}

static void broken_lineage_is_left_alone(void **state)
{
	struct tree *t = *state;

	make(t, "mine", "DNS:a.test");
	fixture_write(t, "renewal/mine.conf", "cert = /nowhere\n");
	expect(t, "--cert-name mine -d a.test", NULL, REUSE_NEW, "mine-0001");
	expect_refused(t, "--cert-name mine", NULL, "names no privkey");
	expect(t, "-d a.test", NULL, REUSE_NEW, "a.test");
}

/* point 2 */
static void by_names(void **state)
{
	struct tree *t = *state;

	expect(t, "-d a.test,b.test", NULL, REUSE_NEW, "a.test");
	expect(t, "-d *.a.test,a.test", NULL, REUSE_NEW, "a.test");
	make(t, "a.test", "DNS:a.test,DNS:b.test");
	expect(t, "-d b.test,a.test", NULL, REUSE_KEEP, "a.test");
	expect(t, "-d a.test,b.test --duplicate", NULL, REUSE_NEW, "a.test-0001");
	expect(t, "-d a.test", NULL, REUSE_NEW,
	       "a.test-0001"); /* fewer names: another certificate */
	expect_refused(t, "", NULL, "-d NAME");
}

/* point 3 */
static void identical_names(void **state)
{
	struct tree *t = *state;

	make(t, "a.test", "DNS:a.test");
	expect(t, "-d a.test", NULL, REUSE_KEEP, "a.test");
	expect(t, "-d a.test --keep-until-expiring", "", REUSE_KEEP, "a.test");
	expect(t, "-d a.test", "1\n", REUSE_KEEP, "a.test");
	expect(t, "-d a.test", "2\n", REUSE_RENEW, "a.test");
	expect_refused(t, "-d a.test", "c\n", "canceled");
	expect(t, "-d a.test --force-renewal", "", REUSE_RENEW, "a.test");
	expect(t, "-d a.test --dry-run", "", REUSE_RENEW, "a.test");
	lineage_is_due = true;
	expect(t, "-d a.test --keep-until-expiring", "", REUSE_RENEW, "a.test");
}

static void lagging_links_are_fixed_and_kept(void **state)
{
	struct tree *t = *state;
	AUTO(run_release) struct run r = { .stdin_kept = -1, .stdout_kept = -1 };

	make(t, "a.test", "DNS:a.test");

	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		AUTO(free) char *from = str_fmt("archive/a.test/%s1.pem", lineage_kind_names[kind]);
		AUTO(free) char *to = str_fmt("archive/a.test/%s7.pem", lineage_kind_names[kind]);
		AUTO(free) char *text = fixture_read(t, from);

		fixture_write(t, to, text);
	}
	assert_done(decide(&r, t, "-d a.test --force-renewal", NULL));
	assert_int_equal(r.decision.what, REUSE_KEEP);
	assert_true(r.decision.repaired);
	assert_int_equal(r.decision.lineage->version, 7);
}

/* point 4 */
static void subsets(void **state)
{
	struct tree *t = *state;

	make(t, "a.test", "DNS:a.test");
	make(t, "ab.test", "DNS:a.test,DNS:b.test");
	expect_refused(t, "-d a.test,b.test,c.test", NULL, "--expand");
	expect(t, "-d a.test,b.test,c.test --expand", NULL, REUSE_RENEW, "ab.test");
	expect(t, "-d a.test,b.test,c.test --force-renewal", NULL, REUSE_RENEW, "ab.test");
	expect(t, "-d a.test,b.test,c.test", "e\n", REUSE_RENEW, "ab.test");
	expect_refused(t, "-d a.test,b.test,c.test", "C\n", "--duplicate");
}

/* point 5 */
static void key_type_does_not_change_by_accident(void **state)
{
	struct tree *t = *state;
	AUTO(run_release) struct run kept = { .stdin_kept = -1, .stdout_kept = -1 };

	lineage_free(make_with_key(t, "a.test", "DNS:a.test", "rsa", "https://ca.test/dir"));
	/* only the default differs: the key stays what it is */
	assert_done(decide(&kept, t, "-d a.test --force-renewal", NULL));
	assert_int_equal(kept.decision.what, REUSE_RENEW);
	assert_string_equal(kept.opt->key_type, "rsa");
	expect(t, "-d a.test", NULL, REUSE_KEEP, "a.test");
	expect_refused(t, "-d a.test --key-type ecdsa", NULL, "both --cert-name and --key-type");
	expect_refused(t, "-d a.test --key-type ecdsa", "k\n", "both --cert-name and --key-type");
	expect(t, "-d a.test --key-type ecdsa", "u\n", REUSE_RENEW, "a.test");
	expect(t, "-d a.test", "u\n", REUSE_RENEW, "a.test");
	expect(t, "--cert-name a.test --key-type ecdsa", NULL, REUSE_RENEW, "a.test");
	expect(t, "--cert-name a.test --key-type rsa", NULL, REUSE_KEEP, "a.test");
}

/* point 6 */
static void test_certificate_does_not_replace_a_real_one(void **state)
{
	struct tree *t = *state;

	make(t, "a.test", "DNS:a.test");
	lineage_free(make_with_key(t, "s.test", "DNS:s.test", "secp256r1", STAGING));
	expect_refused(t, "-d a.test --force-renewal --staging", NULL, "--break-my-certs");
	expect(t, "-d a.test --force-renewal --staging --break-my-certs", NULL, REUSE_RENEW,
	       "a.test");
	expect(t, "-d a.test --force-renewal --dry-run", NULL, REUSE_RENEW, "a.test");
	expect(t, "-d s.test --force-renewal --staging", NULL, REUSE_RENEW, "s.test");
	expect(t, "-d a.test --staging", NULL, REUSE_KEEP, "a.test");
	expect(t, "-d n.test --staging", NULL, REUSE_NEW, "n.test");
}

static void reused_key_must_fit(void **state)
{
	struct tree *t = *state;

	make(t, "e.test", "DNS:e.test");
	lineage_free(make_with_key(t, "r.test", "DNS:r.test", "rsa", "https://ca.test/dir"));
	expect(t, "-d e.test --force-renewal --reuse-key", NULL, REUSE_RENEW, "e.test");
	expect_refused(t, "--cert-name e.test --force-renewal --reuse-key --key-type rsa", NULL,
		       "--key-type");
	expect(t, "--cert-name e.test --force-renewal --reuse-key --key-type rsa --new-key", NULL,
	       REUSE_RENEW, "e.test");
	expect_refused(t, "-d e.test --force-renewal --reuse-key --elliptic-curve secp384r1", NULL,
		       "--elliptic-curve");
	expect(t, "-d e.test --force-renewal --elliptic-curve secp384r1", NULL, REUSE_RENEW,
	       "e.test");
	expect_refused(t, "-d r.test --force-renewal --reuse-key --rsa-key-size 4096", NULL,
		       "--rsa-key-size");
	expect(t, "-d r.test --force-renewal --reuse-key", NULL, REUSE_RENEW, "r.test");
}

static void stored_reuse_key_counts_until_it_is_refused(void **state)
{
	struct tree *t = *state;
	AUTO(free) char *conf = NULL;

	make(t, "e.test", "DNS:e.test");
	conf = fixture_read(t, "renewal/e.test.conf");
	AUTO(free) char *with = str_fmt("%sreuse_key = True\n", conf);

	fixture_write(t, "renewal/e.test.conf", with);
	expect_refused(t, "-d e.test --force-renewal --elliptic-curve secp384r1", NULL,
		       "--no-reuse-key");
	expect(t, "-d e.test --force-renewal --elliptic-curve secp384r1 --no-reuse-key", NULL,
	       REUSE_RENEW, "e.test");
}

/* What a killed commit left is settled before anything is decided. */
static void leftovers_are_settled_first(void **state)
{
	struct tree *t = *state;
	AUTO(free) char *twin = tree_path(t, "live/.a.test.new");

	make(t, "a.test", "DNS:a.test");
	assert_done(fs_mkdirs(twin, 0755));
	fixture_write(t, "live/.a.test.new/kept", "mine");
	fixture_write(t, "renewal/a.test.conf.new", "half");
	expect(t, "-d a.test", NULL, REUSE_KEEP, "a.test");
	ASSERT_LS(t, "live", "README a.test");
	ASSERT_LS(t, "live/a.test", "README cert.pem chain.pem fullchain.pem kept privkey.pem");
	ASSERT_LS(t, "renewal", "a.test.conf");
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(by_cert_name),
		WITH_TREE(names_are_filled_in_from_the_certificate),
		WITH_TREE(changed_names_are_confirmed),
		WITH_TREE(broken_lineage_is_left_alone),
		WITH_TREE(by_names),
		WITH_TREE(identical_names),
		WITH_TREE(lagging_links_are_fixed_and_kept),
		WITH_TREE(subsets),
		WITH_TREE(key_type_does_not_change_by_accident),
		WITH_TREE(test_certificate_does_not_replace_a_real_one),
		WITH_TREE(reused_key_must_fit),
		WITH_TREE(stored_reuse_key_counts_until_it_is_refused),
		WITH_TREE(leftovers_are_settled_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
