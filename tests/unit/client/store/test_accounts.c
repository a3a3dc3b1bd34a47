#include "client/fixture.h"

#include "base/json.h"
#include "client/store/accounts.h"
#include "jose/jwk.h"

#define SERVER "https://ca.test:14000/dir"
#define DIR "accounts/ca.test:14000/dir"
#define V2 "https://acme-v02.api.letsencrypt.org/directory"
#define V1 "https://acme-v01.api.letsencrypt.org/directory"
#define V2_DIR "accounts/acme-v02.api.letsencrypt.org/directory"
#define V1_DIR "accounts/acme-v01.api.letsencrypt.org/directory"

static time_t noon(const struct clock *c)
{
	(void)c;
	return time_from_utc(2026, 11, 21, 23 * 3600 + 9 * 60 + 46);
}

static const struct clock test_clock = { .now = noon };
static const struct world world = { .clock = &test_clock };

static EVP_PKEY *new_key(const char *type)
{
	EVP_PKEY *key = NULL;

	assert_done(key_generate(&key, type, 2048));
	return key;
}

static struct stored_account *prepare(const struct tree *t, const char *server, const char *type)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = new_key(type);
	struct stored_account *a = NULL;

	assert_done(account_prepare(&a, t, server, key, &world));
	return a;
}

/* The id of an account with which the CA has agreed. */
static char *registered(const struct tree *t, const char *server, const char *type)
{
	struct stored_account *a = prepare(t, server, type);

	assert_done(account_confirm(a, t, server, "https://ca.test/acct/1"));
	char *id = xstrdup(a->id);

	stored_account_free(a);
	return id;
}

static void assert_listed(const struct tree *t, const char *server, const char *expected)
{
	AUTO(strlist_release) struct strlist ids = { 0 };

	assert_done(accounts_list(&ids, t, server));
	AUTO(free) char *joined = strlist_join(&ids, " ");

	assert_string_equal(joined, expected);
}

static char *in_dir(const char *dir, const char *id, const char *file)
{
	return str_fmt("%s/%s/%s", dir, id, file);
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

/* certbot.md 9.1, byte for byte */
static void files_are_certbots(void **state)
{
	struct tree *t = *state;
	AUTO(free) char *id = registered(t, SERVER, "secp256r1");
	AUTO(free) char *key = in_dir(DIR, id, "private_key.json");
	AUTO(free) char *meta = in_dir(DIR, id, "meta.json");
	AUTO(free) char *regr = in_dir(DIR, id, "regr.json");
	AUTO(free) char *account = str_fmt("%s/%s", DIR, id);
	AUTO(free) char *key_text = fixture_read(t, key);
	AUTO(free) char *meta_text = fixture_read(t, meta);
	AUTO(free) char *regr_text = fixture_read(t, regr);
	char host[256] = { 0 };

	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	AUTO(free)
	char *expected = str_fmt(
		"{\"creation_dt\": \"2026-11-21T23:09:46Z\", \"creation_host\": \"%s\"}", host);

	assert_string_equal(meta_text, expected);
	assert_string_equal(regr_text, "{\"body\": {}, \"uri\": \"https://ca.test/acct/1\"}");
	assert_true(str_starts(key_text, "{\"d\": \""));
	assert_true(str_ends(key_text, "\", \"crv\": \"P-256\", \"kty\": \"EC\"}"));
	assert_int_equal(strlen(id), 32);
	assert_int_equal(fixture_mode(t, "accounts"), 0700);
	assert_int_equal(fixture_mode(t, "accounts/ca.test:14000"), 0700);
	assert_int_equal(fixture_mode(t, DIR), 0700);
	assert_int_equal(fixture_mode(t, account), 0700);
	assert_int_equal(fixture_mode(t, key), 0400);
	assert_int_equal(fixture_mode(t, meta), 0644);
	assert_int_equal(fixture_mode(t, regr), 0644);
	ASSERT_LS(t, account, "meta.json private_key.json regr.json");
}

static void both_kinds_of_keys_load(void **state)
{
	static const char *const types[] = { "rsa", "secp256r1", "secp384r1" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		AUTO(free) char *id = registered(*state, SERVER, types[i]);
		AUTO(stored_account_free) struct stored_account *a = NULL;
		AUTO(free) char *label = NULL;
		AUTO(free) char *own_id = NULL;

		assert_done(account_load(&a, *state, SERVER, id));
		assert_string_equal(a->url, "https://ca.test/acct/1");
		assert_string_equal(a->signer->type->name, types[i]);
		assert_done(account_id(&own_id, a->key));
		assert_string_equal(own_id, id);
		label = account_label(a);
		AUTO(free) char *expected = str_fmt("%s@2026-11-21T23:09:46Z (%.4s)", a->host, id);

		assert_string_equal(label, expected);
	}
}

/* The id of a key made elsewhere: `openssl md5` of the PEM of its public part. */
static void id_is_the_digest_of_the_public_pem(void **state)
{
	static const char jwk[] = "{\"kty\": \"EC\", \"crv\": \"P-256\","
				  "\"x\": \"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
				  "\"y\": \"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\","
				  "\"d\": \"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}";
	AUTO(json_release) json_t *value = NULL;
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;
	AUTO(free) char *id = NULL;

	assert_done(json_parse(&value, jwk, strlen(jwk), "key"));
	assert_done(jwk_parse(&key, value, true));
	assert_done(account_id(&id, key));
	assert_string_equal(id, "b69acad1073b2bf71a4fb9294dc47990");
	(void)state;
}

/* A key is on the disk before the CA sees it, and no account before the CA has said yes. */
static void prepared_account_is_found_but_not_listed(void **state)
{
	struct tree *t = *state;
	AUTO(stored_account_free) struct stored_account *none = NULL;
	AUTO(stored_account_free) struct stored_account *found = NULL;

	assert_done(account_prepared(&none, t, SERVER));
	assert_null(none);
	AUTO(stored_account_free) struct stored_account *a = prepare(t, SERVER, "secp256r1");

	assert_listed(t, SERVER, "");
	assert_refused(account_load(&none, t, SERVER, a->id), ERR_CONFIG, "regr.json");
	assert_done(account_prepared(&found, t, SERVER));
	assert_non_null(found);
	assert_string_equal(found->id, a->id);
	assert_int_equal(EVP_PKEY_eq(found->key, a->key), 1);
	assert_done(account_confirm(found, t, SERVER, "https://ca.test/acct/7"));
	assert_listed(t, SERVER, a->id);
	stored_account_free(MOVE(found));
	assert_done(account_prepared(&found, t, SERVER));
	assert_null(found);
}

static void unfinished_keys_are_cleared_away(void **state)
{
	struct tree *t = *state;
	AUTO(free) char *left = tree_path(t, DIR "/.0123456789abcdef0123456789abcdef.new");

	assert_done(fs_mkdirs(left, 0700));
	fixture_write(t, DIR "/.0123456789abcdef0123456789abcdef.new/private_key.json", "{");
	assert_listed(t, SERVER, "");
	AUTO(stored_account_free) struct stored_account *a = prepare(t, SERVER, "secp256r1");

	ASSERT_LS(t, DIR, a->id);
}

static void broken_accounts_are_passed_over(void **state)
{
	struct tree *t = *state;
	AUTO(free) char *good = registered(t, SERVER, "secp256r1");
	AUTO(free) char *bad = registered(t, SERVER, "secp256r1");
	AUTO(free) char *key = in_dir(DIR, bad, "private_key.json");
	AUTO(free) char *path = tree_path(t, key);
	AUTO(stored_account_free) struct stored_account *a = NULL;

	assert_done(fs_unlink(path));
	fixture_write(t, key, "{\"kty\": \"EC\"}");
	assert_listed(t, SERVER, good);
	assert_refused(account_load(&a, t, SERVER, bad), ERR_CONFIG, "private_key.json");
	assert_refused(account_load(&a, t, SERVER, "nosuch"), ERR_CONFIG, "nosuch");
	assert_refused(account_load(&a, t, SERVER, "../x"), ERR_CONFIG, "no account id");
}

static void old_registrations_with_a_body_load(void **state)
{
	struct tree *t = *state;
	AUTO(free) char *id = registered(t, SERVER, "rsa");
	AUTO(free) char *regr = in_dir(DIR, id, "regr.json");
	AUTO(stored_account_free) struct stored_account *a = NULL;

	fixture_write(t, regr,
		      "{\"body\": {\"contact\": [\"mailto:a@a.test\"], \"status\": \"valid\"}, "
		      "\"new_authzr_uri\": \"https://x\", \"uri\": \"https://ca.test/acct/9\"}\n");
	assert_done(account_load(&a, t, SERVER, id));
	assert_string_equal(a->url, "https://ca.test/acct/9");
}

static void servers_have_directories_of_their_own(void **state)
{
	struct tree *t = *state;
	AUTO(free) char *id = registered(t, SERVER, "secp256r1");

	assert_listed(t, "https://ca.test:14000/dir/", id);
	assert_listed(t, "https://ca.test/dir", "");
	AUTO(strlist_release) struct strlist ids = { 0 };

	assert_refused(accounts_list(&ids, t, "https://ca.test/../../x"), ERR_CONFIG, "server URL");
	assert_refused(accounts_list(&ids, t, "https://"), ERR_CONFIG, "server URL");
}

/* certbot.md 9.2 */
static void accounts_of_the_old_server_are_shared(void **state)
{
	struct tree *t = *state;
	AUTO(free) char *id = registered(t, V1, "rsa");
	AUTO(free) char *v1 = tree_path(t, V1_DIR);
	AUTO(free) char *v2 = tree_path(t, V2_DIR);
	AUTO(free) char *target = NULL;

	assert_listed(t, V2, id);
	assert_done(fs_readlink(&target, v2));
	assert_string_equal(target, v1);
	assert_listed(t, V2, id);
	/* removing follows the link; both emptied directories go */
	assert_done(account_remove(t, V2, id));
	assert_false(fixture_exists(t, V2_DIR));
	assert_false(fixture_exists(t, V1_DIR));
}

static void one_account_of_the_old_server_is_shared(void **state)
{
	struct tree *t = *state;
	AUTO(free) char *old = registered(t, V1, "secp256r1");
	AUTO(free) char *new = registered(t, V2, "secp256r1");
	AUTO(stored_account_free) struct stored_account *a = NULL;
	AUTO(free) char *link = str_fmt(V2_DIR "/%s", old);
	AUTO(free) char *link_path = tree_path(t, link);

	assert_listed(t, V2, new); /* it has one: the old ones are not asked for */
	assert_done(account_load(&a, t, V2, old));
	assert_true(fs_is_link(link_path));
	assert_done(account_remove(t, V2, old));
	assert_false(fixture_exists(t, link));
	assert_listed(t, V1, "");
	assert_listed(t, V2, new);
}

static void removed_account_is_gone(void **state)
{
	struct tree *t = *state;
	AUTO(free) char *id = registered(t, SERVER, "secp256r1");

	assert_done(account_remove(t, SERVER, id));
	assert_listed(t, SERVER, "");
	assert_false(fixture_exists(t, DIR));
	assert_true(fixture_exists(t, "accounts/ca.test:14000")); /* certbot.md 21.23 */
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(files_are_certbots),
		WITH_TREE(both_kinds_of_keys_load),
		cmocka_unit_test(id_is_the_digest_of_the_public_pem),
		WITH_TREE(prepared_account_is_found_but_not_listed),
		WITH_TREE(unfinished_keys_are_cleared_away),
		WITH_TREE(broken_accounts_are_passed_over),
		WITH_TREE(old_registrations_with_a_body_load),
		WITH_TREE(servers_have_directories_of_their_own),
		WITH_TREE(accounts_of_the_old_server_are_shared),
		WITH_TREE(one_account_of_the_old_server_is_shared),
		WITH_TREE(removed_account_is_gone),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
