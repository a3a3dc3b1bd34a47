/* RFC 8555 §7.1.1, §9.7.5, §9.7.6; RFC 9773 §4.1 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/directory.h"

#define URL "https://ca.example/dir"

static json_t *plain(void)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s}", "newNonce", "https://ca.example/n", "newAccount",
			 "https://ca.example/a", "newOrder", "https://ca.example/o", "revokeCert",
			 "https://ca.example/r", "xyzzy", "https://www.example/random");
}

static void reads_the_least(void **state)
{
	AUTO(json_release) json_t *obj = plain();
	AUTO(directory_free) struct directory *d = NULL;

	(void)state;
	assert_null(directory_parse(&d, URL, obj));
	assert_string_equal(d->new_nonce, "https://ca.example/n");
	assert_string_equal(d->new_order, "https://ca.example/o");
	assert_null(d->key_change);
	assert_null(d->renewal_info);
	assert_null(d->terms);
	assert_false(d->eab_required);
	assert_int_equal(d->profiles.count, 0);
}

static void reads_meta(void **state)
{
	AUTO(json_release) json_t *obj = plain();
	AUTO(directory_free) struct directory *d = NULL;

	(void)state;
	json_object_set_new(obj, "renewalInfo", json_string("https://ca.example/ari"));
	json_object_set_new(obj, "keyChange", json_string("https://ca.example/k"));
	json_object_set_new(obj, "meta",
			    json_pack("{s:s,s:s,s:[s],s:b,s:{s:s,s:s}}", "termsOfService",
				      "https://ca.example/tos", "website", "https://ca.example/",
				      "caaIdentities", "ca.example", "externalAccountRequired", 1,
				      "profiles", "classic", "https://ca.example/p/c", "shortlived",
				      "six days"));
	assert_null(directory_parse(&d, URL, obj));
	assert_string_equal(d->renewal_info, "https://ca.example/ari");
	assert_string_equal(d->terms, "https://ca.example/tos");
	assert_true(d->eab_required);
	assert_true(strlist_has(&d->profiles, "classic") &&
		    strlist_has(&d->profiles, "shortlived"));
	assert_true(strlist_has(&d->caa_identities, "ca.example"));
}

static void bad_ones_are_refused(void **state)
{
	struct {
		const char *key;
		json_t *value;
	} rows[] = {
		{ "newNonce", json_null() },
		{ "newOrder", json_integer(4) },
		{ "newOrder", json_string("http://ca.example/o") },
		{ "renewalInfo", json_string("http://ca.example/ari") },
		{ "newAccount", json_string("javascript:alert(1)") },
		{ "meta", json_string("x") },
		{ "meta", json_pack("{s:[]}", "termsOfService") },
		{ "meta", json_pack("{s:s}", "externalAccountRequired", "yes") },
		{ "meta", json_pack("{s:[s]}", "profiles", "classic") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(json_release) json_t *obj = plain();
		AUTO(directory_free) struct directory *d = NULL;

		json_object_set_new(obj, rows[i].key, rows[i].value);
		AUTO(err_free) struct err *e = directory_parse(&d, URL, obj);
		assert_non_null(e);
		assert_null(d);
		assert_true(err_is(e, ERR_PROTOCOL));
		assert_string_equal(e->msg, "directory " URL);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_least),
		cmocka_unit_test(reads_meta),
		cmocka_unit_test(bad_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
