#include "plugins/nginx/enhance.h"
#include "site.h"

#define LOOP "return 301 https://$host$request_uri;"
#define GUARDED "if ($scheme = http) { " LOOP " }"
#define LISTEN "\n listen 80;" M " listen 443 ssl;" M TLS
#define SITE(body) "server {\n server_name a.test b.test;\n" body "}\n"

static void a_redirect_to_itself_is_for_plain_http_alone(void **state)
{
	static const struct edit edits[] = {
		{ "a.test", SITE(" root /w;\n " LOOP " # all\n"),
		  "site:" SITE(" root /w;\n " GUARDED " # all\n" LISTEN) },
		{ "a.test", SITE(" location / { proxy_pass http://x; " LOOP " }\n"),
		  "site:" SITE(" location / { proxy_pass http://x; " GUARDED " }\n" LISTEN) },
		{ "a.test", SITE(" root /w;\n rewrite ^(.*) https://b.test$1 permanent;\n"),
		  "site:" SITE(
			  " root /w;\n if ($scheme = http) { rewrite ^(.*) https://b.test$1 permanent; }\n" LISTEN) },
		/* these lead elsewhere, or are for plain HTTP already */
		{ "a.test", SITE(" return 301 https://www.a.test$request_uri;\n"),
		  "site:" SITE(" return 301 https://www.a.test$request_uri;\n" LISTEN) },
		{ "a.test", SITE(" return 301 https://${host}:8443$request_uri;\n"),
		  "site:" SITE(" return 301 https://${host}:8443$request_uri;\n" LISTEN) },
		{ "a.test", SITE(" " GUARDED "\n"), "site:" SITE(" " GUARDED "\n" LISTEN) },
	};

	check_all(*state, install, edits, ARRAY_LEN(edits));
}

static void what_cannot_be_served_is_told(void **state)
{
	static const struct {
		const char *site, *why;
	} cases[] = {
		{ SITE(" " LOOP "\n"), "site:3: this leads requests for a.test to https" },
		{ SITE(" location / { return 302 https://${host}:443$request_uri; }\n"),
		  "site:3: this leads" },
		{ SITE(" location /.well-known/acme-challenge/ { root /w; }\n location / { " LOOP
		       " }\n"),
		  "ssl_certificate /le/full.pem; ssl_certificate_key /le/key.pem;" },
		{ SITE(" root /w;\n include again;\n"), "again:1: over TLS" },
		{ SITE(" root /w;\n if ($host = a.test) { " LOOP " }\n"),
		  "site:4: over TLS this redirect would lead to itself for ever" },
	};

	root_write(*state, "again", LOOP "\n");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

		assert_refused(acted(&b, *state, cases[i].site, "a.test", install), ERR_CONFIG,
			       cases[i].why);
	}
}

static struct err *redirect(struct config *c, const char *name)
{
	return enhance_redirect(c, name, &ports);
}

static void no_second_redirect_is_written(void **state)
{
	static const struct edit edits[] = {
		{ "a.test", SITE(" listen 80;\n listen 443 ssl;\n " GUARDED "\n"), "" },
	};

	check_all(*state, redirect, edits, ARRAY_LEN(edits));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_redirect_to_itself_is_for_plain_http_alone,
						root_make, root_remove),
		cmocka_unit_test_setup_teardown(what_cannot_be_served_is_told, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(no_second_redirect_is_written, root_make,
						root_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
