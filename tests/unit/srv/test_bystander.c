#include "pki/make.h"

#include <stdlib.h>

#include "base/fs.h"
#include "srv/bystander.h"

static void write_certificate(const char *path)
{
	EVP_PKEY *key = make_key("secp256r1");
	AUTO(free)
	char *pem = make_pem(&(struct recipe){ .subject_cn = "a.test",
					       .issuer_cn = "CA",
					       .key = key,
					       .issuer_key = key,
					       .alt_names = "DNS:a.test,DNS:b.test",
					       .days = 90 });

	assert_done(fs_replace(path, pem, strlen(pem), 0644, false));
	EVP_PKEY_free(key);
}

static void test_what_is_known_of_them(void **state)
{
	char dir[] = "/tmp/test_bystander_XXXXXX";
	AUTO(bystanders_release) struct bystanders b = { .now = NOON };
	AUTO(strlist_release) struct strlist files = { 0 }, none = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	AUTO(free) char *path = fs_join(dir, "a.pem"), *lost = fs_join(dir, "lost.pem");

	write_certificate(path);
	strlist_add(&none, lost);
	strlist_add(&files, lost);
	strlist_add(&files, path);
	bystanders_note(&b, "a.test", &(struct bystander_service){ "f:1", &files, true });
	bystanders_note(&b, "A.test", &(struct bystander_service){ "f:9", &none, false });
	bystanders_note(&b, "b.test", &(struct bystander_service){ "f:2", &none, true });
	bystanders_note(&b, "c.test", &(struct bystander_service){ "f:3", &files, false });
	assert_int_equal(b.count, 3);
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
