#include "pki/make_file.h"

#include "plugins/nginx/beside.h"
#include "site.h"

#define TLS_ON "listen 443 ssl; ssl_certificate_key k; "

/* Who answers for what nobody has. */
#define DEFAULT                                                           \
	"server { listen 443 ssl default_server; ssl_certificate z.pem; " \
	"ssl_certificate_key k; }\n"

static const char *const all_names = "DNS:a.test,DNS:b.test,DNS:*.w.test,DNS:r.test";

static void put(const struct root *r, const char *name, const char *names, const char *type)
{
	AUTO(free) char *path = root_path(r, name);

	make_pem_file(path, names, type);
}

/* "NAME" in the order of notes: "name+" would lose, "name-" is served elsewhere; who is not served is left out. */
static char *served_of(const struct bystanders *b)
{
	AUTO(buf_release) struct buf out = BUF_INIT(LIMIT_KIB(4));

	for (size_t i = 0; i < b->count; i++)
		if (b->items[i].served)
			buf_addf(&out, "%s%c ", b->items[i].name,
				 b->items[i].displaced ? '+' : '-');
	return buf_detach(&out);
}

static void load(struct config **out, const struct root *r, const char *http)
{
	AUTO(free) char *text = str_fmt("http {\n%s\n}\n", http);

	root_write(r, "nginx.conf", text);
	root_write(r, "options", "");
	assert_done(config_load(out, r->dir));
}

static char *found(const struct root *r, const char *http)
{
	AUTO(config_free) struct config *c = NULL;
	AUTO(bystanders_release) struct bystanders b = { .now = NOON };
	AUTO(free) char *fullchain = root_path(r, "new.pem");
	const struct install_files new = { fullchain,    "/le/key.pem", "options",
					   "/le/dh.pem", NULL,          NULL };

	load(&c, r, http);
	assert_done(install_certificate(c, "a.test", &new, &ports, &b));
	return served_of(&b);
}

static char *found_beside_a_default(const struct root *r, const char *http)
{
	AUTO(free) char *all = str_fmt(DEFAULT "%s", http);

	return found(r, all);
}

static void test_names_of_the_same_block(void **state)
{
	static const struct {
		const char *http, *wanted;
	} cases[] = {
		{ "server { " TLS_ON "ssl_certificate all.pem; server_name a.test B.test c.test; }",
		  "a.test+ b.test+ " },
		/* both of ".w.test"; the certificate is for what is below it */
		{ "server { " TLS_ON "ssl_certificate all.pem; server_name a.test .w.test; }",
		  "a.test+ *.w.test+ " },
		/* the pattern takes a name of its certificate, and not the one that another block has */
		{ "server { " TLS_ON "ssl_certificate all.pem; server_name a.test ~^[br]\\.test$; }"
		  "server { " TLS_ON "ssl_certificate all.pem; server_name b.test; }",
		  "a.test+ r.test+ " },
		/* by the http block */
		{ "ssl_certificate all.pem; server { " TLS_ON "server_name a.test b.test; }",
		  "a.test+ b.test+ " },
		{ "ssl_certificate all.pem; server { " TLS_ON
		  "ssl_certificate one.pem; server_name a.test b.test; }",
		  "a.test+ " },
		/* that of the other kind of key stays */
		{ "server { " TLS_ON
		  "ssl_certificate ed.pem; ssl_certificate one.pem; server_name a.test b.test; }",
		  "a.test+ " },
		{ "server { " TLS_ON "ssl_certificate lost.pem; server_name a.test b.test; }", "" },
		{ "server { listen 80; server_name a.test b.test; }", "" },
	};
	const struct root *r = *state;

	put(r, "all.pem", all_names, "secp256r1");
	put(r, "one.pem", "DNS:a.test", "secp256r1");
	put(r, "ed.pem", all_names, "ed25519");
	put(r, "new.pem", "DNS:a.test", "secp256r1");
	put(r, "z.pem", "DNS:z.test", "secp256r1");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free) char *names = found_beside_a_default(r, cases[i].http);

		assert_string_equal(names, cases[i].wanted);
	}
}

/* nginx takes the first block of a name: the one that is made to listen there, or the one that did. */
static void test_names_of_another_block(void **state)
{
	static const char plain[] = "server { listen 80; server_name a.test b.test; }",
			  tls[] = "server { " TLS_ON
				  "ssl_certificate all.pem; server_name b.test; }";
	const struct root *r = *state;
	AUTO(free)
	char *before = str_fmt("%s%s", plain, tls), *behind = str_fmt("%s%s", tls, plain);

	put(r, "all.pem", all_names, "secp256r1");
	put(r, "z.pem", "DNS:z.test", "secp256r1");
	AUTO(free)
	char *taken = found_beside_a_default(r, before), *left = found_beside_a_default(r, behind);

	assert_string_equal(taken, "b.test+ ");
	assert_string_equal(left, "b.test- ");
}

/* Each block that shows it, whatever its certificate is to be for. */
static void test_names_that_a_file_is_shown_for(void **state)
{
	static const char http[] = DEFAULT
		"server { " TLS_ON "ssl_certificate all.pem; server_name a.test; }"
		"server { " TLS_ON "ssl_certificate one.pem; server_name r.test; }"
		"server { " TLS_ON "ssl_certificate all.pem; server_name b.test c.test; }"
		"server { listen 80; server_name x.w.test; }";
	const struct root *r = *state;
	AUTO(config_free) struct config *c = NULL;
	AUTO(bystanders_release) struct bystanders b = { .now = NOON };
	AUTO(free) char *path = root_path(r, "all.pem");

	put(r, "all.pem", all_names, "secp256r1");
	put(r, "one.pem", all_names, "secp256r1");
	put(r, "z.pem", "DNS:z.test", "secp256r1");
	load(&c, r, http);
	assert_done(beside_note_showing(&b, c, path));
	AUTO(free) char *names = served_of(&b);

	assert_string_equal(names, "a.test+ b.test+ ");
}

/* A name that no block has is its who answers first on the socket, if that becomes another: by the block's certificate it is known. */
static void test_names_of_nobody(void **state)
{
	static const char plain
		[] = "server { listen 80; server_name a.test; }",
	   tls[] = "server { " TLS_ON "ssl_certificate all.pem; server_name b.test; }",
	   marked[] =
		   "server { listen 443 ssl default_server; ssl_certificate_key k; ssl_certificate all.pem; server_name b.test; }",
	   own[] = "server { " TLS_ON "ssl_certificate all.pem; server_name a.test; }";
	const struct {
		const char *first, *second, *wanted;
	} cases[] = {
		{ plain, tls, "a.test+ *.w.test+ r.test+ " },
		{ tls, plain, "a.test+ " },
		{ plain, marked, "a.test+ " },
		{ own, "", "a.test+ " },
		{ tls, own, "a.test+ " },
		{ own, tls, "a.test+ " },
	};
	const struct root *r = *state;

	put(r, "all.pem", all_names, "secp256r1");
	put(r, "new.pem", "DNS:a.test", "secp256r1");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free) char *http = str_fmt("%s\n%s", cases[i].first, cases[i].second);
		AUTO(free) char *names = found(r, http);

		assert_string_equal(names, cases[i].wanted);
	}
}

/* Its file has another name for each: only the server knows. */
static void test_a_certificate_in_a_variable(void **state)
{
	static const char http[] =
		"server { " TLS_ON
		"ssl_certificate $ssl_server_name.pem; server_name a.test b.test; }"
		"server { " TLS_ON "ssl_certificate all.pem; server_name r.test; }";
	const struct root *r = *state;
	AUTO(config_free) struct config *c = NULL;
	AUTO(bystanders_release) struct bystanders b = { .now = NOON };

	load(&c, r, http);
	assert_done(install_certificate(c, "a.test", &files, &ports, &b));
	assert_int_equal(b.count, 2);
	assert_string_equal(b.items[1].name, "b.test");
	assert_true(b.items[1].unknown && b.items[1].displaced && !b.items[1].served);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names_of_the_same_block, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(test_names_of_another_block, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(test_names_that_a_file_is_shown_for, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(test_names_of_nobody, root_make, root_remove),
		cmocka_unit_test_setup_teardown(test_a_certificate_in_a_variable, root_make,
						root_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
