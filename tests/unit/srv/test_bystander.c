#include "pki/make_file.h"

#include <stdlib.h>

#include "srv/bystander.h"

static void test_what_is_known_of_them(void **state)
{
	char dir[] = "/tmp/test_bystander_XXXXXX";
	AUTO(bystanders_release) struct bystanders b = { .now = NOON };
	AUTO(strlist_release) struct strlist files = { 0 }, none = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	AUTO(free) char *path = fs_join(dir, "a.pem"), *lost = fs_join(dir, "lost.pem");

	make_pem_file(path, "DNS:a.test,DNS:b.test", "secp256r1");
	strlist_add(&none, lost);
	strlist_add(&files, lost);
	strlist_add(&files, path);
	bystanders_note(&b, "a.test",
			&(struct bystander_service){
				.place = "f:1", .fullchains = &files, .displaced = true });
	bystanders_note(&b, "A.test",
			&(struct bystander_service){
				.place = "f:9", .fullchains = &none, .displaced = false });
	bystanders_note(&b, "b.test",
			&(struct bystander_service){
				.place = "f:2", .fullchains = &none, .displaced = true });
	bystanders_note(&b, "c.test",
			&(struct bystander_service){
				.place = "f:3", .fullchains = &files, .displaced = false });
	bystanders_note(&b, "e.test",
			&(struct bystander_service){
				.place = "f:4", .fullchains = &none, .unknown = true });
	assert_int_equal(b.count, 4);
	assert_true(bystander_may_lose(&b.items[0]) && bystander_may_lose(&b.items[3]));
	assert_false(bystander_may_lose(&b.items[1]) || b.items[3].served);
	assert_true(b.items[0].served && b.items[0].displaced);
	assert_string_equal(b.items[0].place, "f:1");
	assert_false(b.items[1].served);
	assert_false(b.items[2].served || b.items[2].displaced);
	assert_true(bystanders_know(&b, "C.TEST") && !bystanders_know(&b, "d.test"));
	assert_int_equal(bystanders_certified(&b, path)->count, 2);
	assert_int_equal(bystanders_certified(&b, lost)->count, 0);
	assert_done(fs_remove_tree(dir));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_what_is_known_of_them) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
