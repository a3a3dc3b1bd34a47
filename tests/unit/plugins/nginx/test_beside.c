#include "pki/make.h"

#include "site.h"

#define TLS_ON "listen 443 ssl; ssl_certificate_key k; "

static const char *const all_names = "DNS:a.test,DNS:b.test,DNS:*.w.test,DNS:r.test";

static void put(const struct root *r, const char *name, const char *names, const char *type)
{
	EVP_PKEY *key = make_key(type);
	AUTO(free)
	char *pem = make_pem(&(struct recipe){ .subject_cn = "x",
					       .issuer_cn = "CA",
					       .key = key,
					       .issuer_key = key,
					       .alt_names = names,
					       .days = 90 });

	root_write(r, name, pem);
	EVP_PKEY_free(key);
}

/* "NAME" in the order of notes: "name+" would lose, "name-" is served elsewhere; who is not served is left out. */
static char *found(const struct root *r, const char *http)
{
	AUTO(config_free) struct config *c = NULL;
	AUTO(bystanders_release) struct bystanders b = { .now = NOON };
	AUTO(buf_release) struct buf out = BUF_INIT(LIMIT_KIB(4));
	AUTO(free) char *fullchain = root_path(r, "new.pem");
	const struct install_files new = { fullchain, "/le/key.pem", "options", "/le/dh.pem",
					   NULL };
	AUTO(free) char *text = str_fmt("http {\n%s\n}\n", http);

	root_write(r, "nginx.conf", text);
	root_write(r, "options", "");
	assert_done(config_load(&c, r->dir));
	assert_done(install_certificate(c, "a.test", &new, &ports, &b));
	for (size_t i = 0; i < b.count; i++)
		if (b.items[i].served)
			buf_addf(&out, "%s%c ", b.items[i].name, b.items[i].displaced ? '+' : '-');
	return buf_detach(&out);
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
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free) char *names = found(r, cases[i].http);

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
	AUTO(free) char *taken = found(r, before), *left = found(r, behind);

	assert_string_equal(taken, "b.test+ ");
	assert_string_equal(left, "b.test- ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names_of_the_same_block, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(test_names_of_another_block, root_make,
						root_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
