#include "client/faults.h"
#include "client/fixture.h"

#include <sys/wait.h>

#include "client/lineage/due.h"

#define NOW ((time_t)1800000000)

static struct lineage *commit(const struct tree *t, const struct lineage *existing,
			      const struct fixture_pair *p)
{
	const struct lineage_material m = fixture_material(p);
	struct lineage *l = NULL;

	assert_done(lineage_commit(&l, t, "a.test", existing, &m));
	return l;
}

static struct fixture_pair new_pair(void)
{
	return fixture_pair("DNS:a.test,DNS:www.a.test", "secp256r1", NOW - DAY, NOW + 89 * DAY);
}

static void assert_link(const struct tree *t, const char *relative, const char *target)
{
	AUTO(free) char *path = tree_path(t, relative);
	AUTO(free) char *found = NULL;

	assert_done(fs_readlink(&found, path));
	assert_non_null(found);
	assert_string_equal(found, target);
}

/* certbot.md 8: paths, modes, links, and the renewal file byte for byte */
static void new_lineage_is_as_certbot_writes_it(void **state)
{
	struct tree *t = fixture_tree();
	AUTO(fixture_pair_release) struct fixture_pair p = new_pair();
	AUTO(lineage_free) struct lineage *l = commit(t, NULL, &p);
	AUTO(free) char *conf = fixture_read(t, "renewal/a.test.conf");
	AUTO(free) char *full = fixture_read(t, "live/a.test/fullchain.pem");
	AUTO(free) char *key = fixture_read(t, "live/a.test/privkey.pem");
	const char *d = t->config_dir;
	AUTO(free)
	char *expected = str_fmt("version = 2.1.0\n"
				 "archive_dir = %s/archive/a.test\n"
				 "cert = %s/live/a.test/cert.pem\n"
				 "privkey = %s/live/a.test/privkey.pem\n"
				 "chain = %s/live/a.test/chain.pem\n"
				 "fullchain = %s/live/a.test/fullchain.pem\n"
				 "[renewalparams]\n"
				 "server = https://ca.test/dir\n"
				 "authenticator = standalone\n"
				 "key_type = ecdsa\n",
				 d, d, d, d, d);

	assert_string_equal(conf, expected);
	assert_string_equal(full, p.chain_pem.data);
	assert_string_equal(key, p.key_pem.data);
	assert_int_equal(l->version, 1);
	assert_int_equal(fixture_mode(t, "archive"), 0700);
	assert_int_equal(fixture_mode(t, "live"), 0700);
	assert_int_equal(fixture_mode(t, "renewal"), 0755);
	assert_int_equal(fixture_mode(t, "archive/a.test"), 0755);
	assert_int_equal(fixture_mode(t, "live/a.test"), 0755);
	assert_int_equal(fixture_mode(t, "archive/a.test/privkey1.pem"), 0600);
	assert_int_equal(fixture_mode(t, "archive/a.test/cert1.pem"), 0644);
	assert_int_equal(fixture_mode(t, "renewal/a.test.conf"), 0644);
	assert_link(t, "live/a.test/cert.pem", "../../archive/a.test/cert1.pem");
	assert_link(t, "live/a.test/privkey.pem", "../../archive/a.test/privkey1.pem");
	ASSERT_LS(t, "live/a.test", "README cert.pem chain.pem fullchain.pem privkey.pem");
	ASSERT_LS(t, "archive/a.test", "cert1.pem chain1.pem fullchain1.pem privkey1.pem");
	ASSERT_LS(t, "live", "README a.test");
	ASSERT_LS(t, "renewal", "a.test.conf");
	assert_done(lineage_verify(l));
	fixture_tree_free(t);
	(void)state;
}

/* What an admin did to the tree survives a renewal. */
static void renewal_keeps_what_people_made(void **state)
{
	struct tree *t = fixture_tree();
	AUTO(fixture_pair_release) struct fixture_pair p1 = new_pair();
	AUTO(fixture_pair_release) struct fixture_pair p2 = new_pair();
	AUTO(lineage_free) struct lineage *l1 = commit(t, NULL, &p1);
	AUTO(free) char *sub = tree_path(t, "live/a.test/sub");
	AUTO(free) char *alias = tree_path(t, "live/a.test/tls.crt");
	AUTO(free) char *old_conf = fixture_read(t, "renewal/a.test.conf");
	AUTO(free)
	char *edited = str_fmt("# renew_before_expiry = 30 days\nmine = 1 # why\n%s", old_conf);

	fixture_write(t, "live/a.test/combined.pem", "combined");
	fixture_chmod(t, "live/a.test/combined.pem", 0640);
	assert_done(fs_mkdir(sub, 0711, NULL));
	fixture_write(t, "live/a.test/sub/file", "deep");
	assert_done(fs_symlink("fullchain.pem", alias));
	fixture_chmod(t, "live", 0755);
	fixture_chmod(t, "live/a.test", 02751);
	fixture_chmod(t, "archive/a.test", 0750);
	fixture_chmod(t, "archive/a.test/privkey1.pem", 0647);
	fixture_chmod(t, "renewal/a.test.conf", 0640);
	fixture_write(t, "renewal/a.test.conf", edited);
	AUTO(lineage_free) struct lineage *l2 = commit(t, l1, &p2);

	assert_int_equal(l2->version, 2);
	assert_done(lineage_verify(l2));
	ASSERT_LS(t, "live/a.test",
		  "README cert.pem chain.pem combined.pem fullchain.pem privkey.pem sub tls.crt");
	ASSERT_LS(t, "live", "README a.test");
	AUTO(free) char *combined = fixture_read(t, "live/a.test/combined.pem");
	AUTO(free) char *deep = fixture_read(t, "live/a.test/sub/file");
	AUTO(free) char *conf = fixture_read(t, "renewal/a.test.conf");

	assert_string_equal(combined, "combined");
	assert_string_equal(deep, "deep");
	assert_string_equal(conf, edited);
	assert_link(t, "live/a.test/tls.crt", "fullchain.pem");
	assert_int_equal(fixture_mode(t, "live"), 0755);
	assert_int_equal(fixture_mode(t, "live/a.test"), 02751);
	assert_int_equal(fixture_mode(t, "live/a.test/sub"), 0711);
	assert_int_equal(fixture_mode(t, "live/a.test/combined.pem"), 0640);
	assert_int_equal(fixture_mode(t, "archive/a.test"), 0750);
	/* 0600, the group's bits, and read for others (certbot.md 8) */
	assert_int_equal(fixture_mode(t, "archive/a.test/privkey2.pem"), 0644);
	assert_int_equal(fixture_mode(t, "renewal/a.test.conf"), 0640);
	fixture_tree_free(t);
	(void)state;
}

static void key_keeps_its_group(void **state)
{
	struct tree *t = fixture_tree();
	AUTO(fixture_pair_release) struct fixture_pair p1 = new_pair();
	AUTO(fixture_pair_release) struct fixture_pair p2 = new_pair();
	AUTO(lineage_free) struct lineage *l1 = commit(t, NULL, &p1);
	AUTO(free) char *old = tree_path(t, "archive/a.test/privkey1.pem");
	AUTO(free) char *fresh = tree_path(t, "archive/a.test/privkey2.pem");
	AUTO(free) char *live = tree_path(t, "live/a.test");
	struct stat st;

	if (geteuid() != 0) {
		fixture_tree_free(t);
		skip();
	}
	assert_int_equal(chown(old, 33, 44), 0);
	assert_int_equal(chown(live, 5, 6), 0);
	fixture_chmod(t, "archive/a.test/privkey1.pem", 0640);
	lineage_free(commit(t, l1, &p2));

	assert_int_equal(stat(fresh, &st), 0);
	assert_int_equal(st.st_uid, 0); /* the owner is not copied */
	assert_int_equal(st.st_gid, 44);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(stat(live, &st), 0);
	assert_int_equal(st.st_uid, 5);
	assert_int_equal(st.st_gid, 6);
	fixture_tree_free(t);
	(void)state;
}

static void same_material_is_the_same_version(void **state)
{
	struct tree *t = fixture_tree();
	AUTO(fixture_pair_release) struct fixture_pair p1 = new_pair();
	AUTO(fixture_pair_release) struct fixture_pair p2 = new_pair();
	AUTO(lineage_free) struct lineage *l1 = commit(t, NULL, &p1);
	AUTO(lineage_free) struct lineage *l2 = commit(t, l1, &p2);
	AUTO(lineage_free) struct lineage *again = commit(t, l1, &p2);

	assert_int_equal(l2->version, 2);
	assert_int_equal(again->version, 2);
	ASSERT_LS(t, "live", "README a.test");
	fixture_tree_free(t);
	(void)state;
}

/* A reused key: the same bytes again do not make it the same version. */
static void reused_key_is_a_new_version(void **state)
{
	struct tree *t = fixture_tree();
	AUTO(fixture_pair_release) struct fixture_pair p1 = new_pair();
	AUTO(fixture_pair_release) struct fixture_pair p2 = new_pair();
	AUTO(lineage_free) struct lineage *l1 = commit(t, NULL, &p1);

	buf_reset(&p2.key_pem);
	buf_add(&p2.key_pem, p1.key_pem.data, p1.key_pem.len);
	AUTO(lineage_free) struct lineage *l2 = commit(t, l1, &p2);

	assert_int_equal(l2->version, 2);
	fixture_tree_free(t);
	(void)state;
}

/* certbot.md 8.1: the newest and five numbers before it stay, gaps and partial sets go */
static void old_versions_are_pruned(void **state)
{
	struct tree *t = fixture_tree();
	AUTO(fixture_pair_release) struct fixture_pair p = new_pair();
	struct lineage *l = commit(t, NULL, &p);

	for (unsigned version = 2; version <= 8; version++) {
		AUTO(fixture_pair_release) struct fixture_pair next = new_pair();
		struct lineage *renewed = commit(t, l, &next);

		assert_int_equal(renewed->version, version);
		lineage_free(l);
		l = renewed;
	}
	ASSERT_LS(
		t, "archive/a.test",
		"cert3.pem cert4.pem cert5.pem cert6.pem cert7.pem cert8.pem "
		"chain3.pem chain4.pem chain5.pem chain6.pem chain7.pem chain8.pem "
		"fullchain3.pem fullchain4.pem fullchain5.pem fullchain6.pem fullchain7.pem fullchain8.pem "
		"privkey3.pem privkey4.pem privkey5.pem privkey6.pem privkey7.pem privkey8.pem");
	lineage_free(l);
	fixture_tree_free(t);
	(void)state;
}

static void live_directory_that_is_a_link_stays_one(void **state)
{
	struct tree *t = fixture_tree();
	AUTO(fixture_pair_release) struct fixture_pair p1 = new_pair();
	AUTO(fixture_pair_release) struct fixture_pair p2 = new_pair();
	AUTO(lineage_free) struct lineage *l1 = commit(t, NULL, &p1);
	AUTO(free) char *live = tree_path(t, "live/a.test");
	AUTO(free) char *moved = tree_path(t, "live/elsewhere");

	assert_done(fs_rename(live, moved));
	assert_done(fs_symlink("elsewhere", live));
	AUTO(lineage_free) struct lineage *l2 = commit(t, l1, &p2);

	assert_int_equal(l2->version, 2);
	assert_true(fs_is_link(live));
	ASSERT_LS(t, "live/elsewhere", "README cert.pem chain.pem fullchain.pem privkey.pem");
	fixture_tree_free(t);
	(void)state;
}

static void links_keep_their_form(void **state)
{
	struct tree *t = fixture_tree();
	AUTO(fixture_pair_release) struct fixture_pair p1 = new_pair();
	AUTO(fixture_pair_release) struct fixture_pair p2 = new_pair();
	AUTO(lineage_free) struct lineage *l1 = commit(t, NULL, &p1);

	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		AUTO(free)
		char *target = str_fmt("%s/%s1.pem", l1->archive_dir, lineage_kind_names[kind]);

		assert_done(fs_unlink(l1->live[kind]));
		assert_done(fs_symlink(target, l1->live[kind]));
	}
	AUTO(lineage_free) struct lineage *l2 = commit(t, l1, &p2);
	AUTO(free) char *expected = str_fmt("%s/cert2.pem", l1->archive_dir);

	assert_int_equal(l2->version, 2);
	assert_link(t, "live/a.test/cert.pem", expected);
	fixture_tree_free(t);
	(void)state;
}

static void foreign_directories_are_not_taken_over(void **state)
{
	struct tree *t = fixture_tree();
	AUTO(fixture_pair_release) struct fixture_pair p = new_pair();
	const struct lineage_material m = fixture_material(&p);
	AUTO(free) char *archive = tree_path(t, "archive/a.test");
	struct lineage *l = NULL;

	assert_done(fs_mkdirs(archive, 0755));
	fixture_write(t, "archive/a.test/cert1.pem", "somebody's");
	assert_refused(lineage_commit(&l, t, "a.test", NULL, &m), ERR_CONFIG,
		       "archive directory exists for a.test");
	assert_false(fixture_exists(t, "renewal/a.test.conf"));
	assert_false(fixture_exists(t, "live/a.test"));
	assert_done(lineage_discard_unfinished(t, "a.test", p.key_pem.data));
	ASSERT_LS(t, "archive/a.test", "cert1.pem");
	fixture_tree_free(t);
	(void)state;
}

/* A hidden directory that only looks like one of ours is not touched. */
static void directory_of_somebody_is_not_removed(void **state)
{
	struct tree *t = fixture_tree();
	AUTO(fixture_pair_release) struct fixture_pair p = new_pair();
	const struct lineage_material m = fixture_material(&p);
	AUTO(free) char *hidden = tree_path(t, "live/.a.test.new");
	struct lineage *l = NULL;

	assert_done(fs_mkdirs(hidden, 0755));
	fixture_write(t, "live/.a.test.new/precious", "x");
	assert_done(lineages_settle(t));
	assert_refused(lineage_commit(&l, t, "a.test", NULL, &m), ERR_CONFIG, "in the way");
	ASSERT_LS(t, "live/.a.test.new", "precious");
	fixture_tree_free(t);
	(void)state;
}

static void empty_directories_are_taken_over(void **state)
{
	struct tree *t = fixture_tree();
	AUTO(fixture_pair_release) struct fixture_pair p = new_pair();
	AUTO(free) char *archive = tree_path(t, "archive/a.test");
	AUTO(free) char *live = tree_path(t, "live/a.test");
	AUTO(free) char *left = tree_path(t, "live/.a.test.new");

	assert_done(fs_mkdirs(archive, 0700));
	assert_done(fs_mkdirs(live, 0700));
	assert_done(fs_mkdirs(left, 0700));
	fixture_write(t, "live/.a.test.new/README", "of a stopped run");
	AUTO(lineage_free) struct lineage *l = commit(t, NULL, &p);

	assert_int_equal(l->version, 1);
	ASSERT_LS(t, "live", "README a.test");
	fixture_tree_free(t);
	(void)state;
}

static void existing_name_is_refused(void **state)
{
	struct tree *t = fixture_tree();
	AUTO(fixture_pair_release) struct fixture_pair p = new_pair();
	lineage_free(commit(t, NULL, &p));
	const struct lineage_material m = fixture_material(&p);
	struct lineage *second = NULL;
	AUTO(free) char *name = NULL;

	assert_refused(lineage_commit(&second, t, "a.test", NULL, &m), ERR_CONFIG, "already");
	assert_refused(lineage_commit(&second, t, "../a", NULL, &m), ERR_CONFIG, "slash");
	assert_done(lineage_free_name(&name, t, "a.test"));
	assert_string_equal(name, "a.test-0001");
	fixture_tree_free(t);
	(void)state;
}

/* Sweeps: one tree a run, the n-th call that changes files strikes. */
struct sweep {
	bool renewal, no_exchange;
	const struct fixture_pair *old, *new;
};

static struct tree *stage(const struct sweep *s)
{
	struct tree *t = fixture_tree();
	AUTO(free) char *sub = tree_path(t, "live/a.test/sub");

	if (!s->renewal)
		return t;
	lineage_free(commit(t, NULL, s->old));
	fixture_write(t, "live/a.test/combined.pem", "combined");
	assert_done(fs_mkdir(sub, 0755, NULL));
	fixture_write(t, "live/a.test/sub/file", "deep");
	return t;
}

static struct err *try_commit(const struct tree *t, const struct sweep *s, struct lineage **out)
{
	const struct lineage_material m = fixture_material(s->new);
	AUTO(lineage_free) struct lineage *l = NULL;

	if (s->renewal)
		TRY(lineage_load(&l, t, "a.test"));
	return lineage_commit(out, t, "a.test", l, &m);
}

/* Read as a server reads: through the links, without any repair. */
static bool live_is(const struct tree *t, const struct fixture_pair *p)
{
	AUTO(free) char *key = NULL;
	AUTO(free) char *full = NULL;
	AUTO(free) char *key_path = tree_path(t, "live/a.test/privkey.pem");
	AUTO(free) char *full_path = tree_path(t, "live/a.test/fullchain.pem");

	assert_done(fs_read_if_exists(&key, NULL, key_path, LIMIT_FILE));
	assert_done(fs_read_if_exists(&full, NULL, full_path, LIMIT_FILE));
	return key != NULL && full != NULL && streq(key, p->key_pem.data) &&
	       streq(full, p->chain_pem.data);
}

static bool is_old_or_new(const struct tree *t, const struct sweep *s)
{
	if (!s->renewal)
		return !fixture_exists(t, "live/a.test") || live_is(t, s->new);
	return live_is(t, s->old) || live_is(t, s->new);
}

static void finish_and_check(const struct tree *t, const struct sweep *s)
{
	unsigned version = s->renewal ? 2 : 1;
	AUTO(lineage_free) struct lineage *l = NULL;
	bool known = lineage_exists(t, "a.test");

	assert_done(lineages_settle(t));
	if (!s->renewal && known)
		assert_done(lineage_load(&l, t, "a.test"));
	else
		assert_done(try_commit(t, s, &l));
	assert_int_equal(l->version, version);
	assert_true(live_is(t, s->new));
	assert_done(lineage_verify(l));
	ASSERT_LS(t, "renewal", "a.test.conf");
	ASSERT_LS(t, "live", "README a.test");
	if (s->renewal) {
		AUTO(free) char *deep = fixture_read(t, "live/a.test/sub/file");

		assert_string_equal(deep, "deep");
		ASSERT_LS(t, "live/a.test",
			  "README cert.pem chain.pem combined.pem fullchain.pem privkey.pem sub");
		ASSERT_LS(
			t, "archive/a.test",
			"cert1.pem cert2.pem chain1.pem chain2.pem fullchain1.pem fullchain2.pem privkey1.pem privkey2.pem");
	} else {
		ASSERT_LS(t, "archive/a.test", "cert1.pem chain1.pem fullchain1.pem privkey1.pem");
	}
}

/* The child ends by signals: at an exit valgrind would miss what the frames of its parent still hold. */
static bool killed_at(const struct tree *t, const struct sweep *s, int n)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		struct lineage *l = NULL;

		faults.kind = FAULT_KILL;
		faults.after = n;
		faults.no_exchange = s->no_exchange;
		struct err *e = try_commit(t, s, &l);

		lineage_free(l);
		if (e == NULL)
			(void)raise(SIGUSR1);
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_true(WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGUSR1);
	return WTERMSIG(status) == SIGKILL;
}

/* Without the exchange the four links change one by one: a load puts an interrupted change back. */
static void load_once(const struct tree *t)
{
	struct lineage *l = NULL;

	if (lineage_exists(t, "a.test"))
		assert_done(lineage_load(&l, t, "a.test"));
	lineage_free(l);
}

static int sweep_kills(const struct sweep *s)
{
	int n = 0;

	for (bool killed = true; killed; n++) {
		struct tree *t = stage(s);

		killed = killed_at(t, s, n);
		if (s->no_exchange)
			load_once(t);
		assert_true(is_old_or_new(t, s));
		finish_and_check(t, s);
		fixture_tree_free(t);
	}
	return n;
}

static int sweep_errors(const struct sweep *s, int errnum)
{
	int n = 0;

	for (bool hit = true; hit; n++) {
		struct tree *t = stage(s);
		struct lineage *l = NULL;

		faults = (struct faults){ .kind = FAULT_ERROR,
					  .after = n,
					  .errnum = errnum,
					  .no_exchange = s->no_exchange };
		struct err *e = try_commit(t, s, &l);

		hit = faults.hit;
		faults = (struct faults){ 0 };
		if (e != NULL) {
			AUTO(free) char *text = err_text(e);

			assert_non_null(strstr(text, strerror(errnum)));
		}
		assert_true(e != NULL || live_is(t, s->new));
		err_free(e);
		lineage_free(l);
		if (s->no_exchange)
			load_once(t);
		assert_true(is_old_or_new(t, s));
		finish_and_check(t, s);
		fixture_tree_free(t);
	}
	return n;
}

static void killed_anywhere_is_the_old_pair_or_the_new(void **state)
{
	AUTO(fixture_pair_release) struct fixture_pair old = new_pair();
	AUTO(fixture_pair_release) struct fixture_pair new = new_pair();

	for (int variant = 0; variant < 4; variant++) {
		const struct sweep s = {
			.renewal = variant & 1, .no_exchange = variant & 2, .old = &old, .new = &new
		};
		int points = sweep_kills(&s);

		print_message("# renewal %d, without exchange %d: killed at %d points\n", s.renewal,
			      s.no_exchange, points - 1);
		assert_true(points > 30);
	}
	(void)state;
}

static void failing_anywhere_is_the_old_pair_or_the_new(void **state)
{
	static const int errors[] = { ENOSPC, EIO, EACCES };
	AUTO(fixture_pair_release) struct fixture_pair old = new_pair();
	AUTO(fixture_pair_release) struct fixture_pair new = new_pair();

	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		for (int variant = 0; variant < 4; variant++) {
			const struct sweep s = { .renewal = variant & 1,
						 .no_exchange = variant & 2,
						 .old = &old,
						 .new = &new };

			assert_true(sweep_errors(&s, errors[i]) > 30);
		}
	(void)state;
}

static void unfinished_new_lineage_is_discarded(void **state)
{
	AUTO(fixture_pair_release) struct fixture_pair new = new_pair();
	AUTO(fixture_pair_release) struct fixture_pair other = new_pair();
	const struct sweep s = { .new = &new };
	bool killed = true;

	for (int n = 0; killed; n++) {
		struct tree *t = stage(&s);

		killed = killed_at(t, &s, n);
		if (lineage_exists(t, "a.test")) {
			fixture_tree_free(t);
			continue;
		}
		assert_done(lineage_discard_unfinished(t, "a.test", new.key_pem.data));
		assert_false(fixture_exists(t, "live/a.test"));
		assert_false(fixture_exists(t, "archive/a.test"));
		lineage_free(commit(t, NULL, &other));
		fixture_tree_free(t);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_lineage_is_as_certbot_writes_it),
		cmocka_unit_test(renewal_keeps_what_people_made),
		cmocka_unit_test(key_keeps_its_group),
		cmocka_unit_test(same_material_is_the_same_version),
		cmocka_unit_test(reused_key_is_a_new_version),
		cmocka_unit_test(old_versions_are_pruned),
		cmocka_unit_test(live_directory_that_is_a_link_stays_one),
		cmocka_unit_test(links_keep_their_form),
		cmocka_unit_test(foreign_directories_are_not_taken_over),
		cmocka_unit_test(directory_of_somebody_is_not_removed),
		cmocka_unit_test(empty_directories_are_taken_over),
		cmocka_unit_test(existing_name_is_refused),
		cmocka_unit_test(killed_anywhere_is_the_old_pair_or_the_new),
		cmocka_unit_test(failing_anywhere_is_the_old_pair_or_the_new),
		cmocka_unit_test(unfinished_new_lineage_is_discarded),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
