#include "srv/site.h"

#include <unistd.h>

#include "srv/owner.h"
#include "srv/webserver.h"

/* "server -c CONF -t", with options of its start in between. */
static void changed_by(struct site *s, const char *const *test)
{
	const struct webserver server = { .test = test };
	AUTO(free) char *path = site_path(s, "new.conf");
	const struct checkpoint_creation made = { .path = path };

	s->checkpoints.server = &server;
	assert_done(
		checkpoint_add(&s->checkpoints, CHECKPOINT_IN_PROGRESS,
			       &(struct checkpoint_entry){ .created = &made, .created_count = 1 }));
	assert_done(checkpoint_finish(&s->checkpoints, "A title"));
	s->checkpoints.server = NULL;
}

static char *foreign_to(struct site *s, const char *const *test, int64_t n)
{
	AUTO(strlist_release) struct strlist own = { 0 };
	char *found = NULL;

	for (size_t i = 0; test[i] != NULL; i++)
		strlist_add(&own, test[i]);
	assert_done(checkpoints_find_foreign(&found, &s->checkpoints, &own, n));
	return found;
}

static void the_last_ones_are_asked(void **state)
{
	static const char *const one[] = { "server", "-c", "/one/my conf", "-t", NULL },
				 *const two[] = { "server", "-c", "/two/conf", "-t", NULL };
	AUTO(site_free) struct site *s = site_new();

	changed_by(s, one);
	changed_by(s, two);
	AUTO(free) char *last = foreign_to(s, two, 1);
	AUTO(free) char *both = foreign_to(s, two, 9);
	AUTO(free) char *other = foreign_to(s, one, 1);

	assert_null(last);
	assert_string_equal(both, "server -c '/one/my conf' -t");
	assert_string_equal(other, "server -c /two/conf -t");
	(void)state;
}

/* By other words: an option of its start, and a link. */
static void the_same_server_is_known(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(free) char *real = site_path(s, "nginx.conf"), *link = site_path(s, "link.conf");
	const char *const before[] = { "server", "-D", "OLD", "-c", real, "-t", NULL },
			  *const now[] = { "server", "-c", link, "-t", NULL },
			  *const other[] = { "another", "-c", link, "-t", NULL };

	site_write(s, "nginx.conf", "", 0644);
	assert_int_equal(symlink(real, link), 0);
	changed_by(s, before);
	AUTO(free) char *same = foreign_to(s, now, 1), *foreign = foreign_to(s, other, 1);

	assert_null(same);
	assert_non_null(foreign);
	(void)state;
}

/* Debian's apache2ctl-NAME are links to one program. */
static void a_program_is_another_by_another_name(void **state)
{
	AUTO(site_free) struct site *s = site_new();
	AUTO(free) char *one = site_path(s, "ctl-one"), *two = site_path(s, "ctl-two");
	AUTO(free) char *dir = site_path(s, "dir"), *there = fs_join(dir, "ctl-one");
	const char *const before[] = { one, "-t", NULL }, *const other[] = { two, "-t", NULL },
			  *const same[] = { there, "-t", NULL };

	assert_int_equal(symlink("/bin/sh", one), 0);
	assert_int_equal(symlink("/bin/sh", two), 0);
	assert_int_equal(symlink(".", dir), 0);
	changed_by(s, before);
	AUTO(free) char *known = foreign_to(s, same, 1), *foreign = foreign_to(s, other, 1);

	assert_null(known);
	assert_non_null(foreign);
	(void)state;
}

/* They do not say whose they are. */
static void those_of_certbot_are_anybodys(void **state)
{
	static const char *const test[] = { "server", "-t", NULL };
	AUTO(site_free) struct site *s = site_new();
	AUTO(free) char *dir = fs_join(s->work, "backups/1764290000.123");

	assert_done(fs_mkdirs(dir, 0755));
	assert_null(foreign_to(s, test, 1));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_ones_are_asked),
		cmocka_unit_test(the_same_server_is_known),
		cmocka_unit_test(a_program_is_another_by_another_name),
		cmocka_unit_test(those_of_certbot_are_anybodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
