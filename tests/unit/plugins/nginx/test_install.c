#include "plugins/nginx/enhance.h"
#include "site.h"

static void plain_blocks_listen_for_tls_too(void **state)
{
	static const struct edit edits[] = {
		{ "a.test", "server {\n listen 80;\n listen [::]:80;\n server_name a.test;\n}\n",
		  "site:server {\n listen 80;\n listen [::]:80;\n server_name a.test;\n\n listen 443 ssl;" M
		  " listen [::]:443 ssl;" M TLS "}\n" },
		{ "a.test", "server {\n server_name a.test;\n}\n",
		  "site:server {\n server_name a.test;\n\n listen 80;" M " listen 443 ssl;" M TLS
		  "}\n" },
		{ "a.test",
		  "server {\n listen 192.0.2.1:80 default_server proxy_protocol;\n server_name a.test;\n}\n",
		  "site:server {\n listen 192.0.2.1:80 default_server proxy_protocol;\n server_name a.test;\n\n"
		  " listen 192.0.2.1:443 ssl proxy_protocol;" M TLS "}\n" },
		{ "a.test", "server {\n listen [::]:8080;\n server_name a.test;\n}\n",
		  "site:server {\n listen [::]:8080;\n server_name a.test;\n\n listen [::]:443 ssl;" M
			  TLS "}\n" },
		/* each address has its block, and a style of its own is kept */
		{ "a.test",
		  "server {\n listen 80;\n server_name *.test;\n ssl_ciphers X;\n}\nserver {\n listen 192.0.2.1:80;\n server_name a.test;\n}\n",
		  "site:server {\n listen 80;\n server_name *.test;\n ssl_ciphers X;\n\n listen 443 ssl;" M
			  CERTIFICATE
		  "}\nserver {\n listen 192.0.2.1:80;\n server_name a.test;\n\n listen 192.0.2.1:443 ssl;" M
			  TLS "}\n" },
		{ "*.a.test",
		  "server {\n listen 80;\n server_name .a.test;\n}\nserver {\n listen 80;\n server_name b.a.test;\n}\n",
		  "site:server {\n listen 80;\n server_name .a.test;\n\n listen 443 ssl;" M TLS
		  "}\nserver {\n listen 80;\n server_name b.a.test;\n}\n" },
	};

	check_all(*state, install, edits, ARRAY_LEN(edits));
}

static void tls_blocks_get_other_files(void **state)
{
	static const struct edit edits[] = {
		/* TLS before plain, in its own quotes' place */
		{ "a.test",
		  "server {\n listen 80;\n server_name a.test;\n}\nserver {\n listen 443 ssl;\n server_name a.test;\n"
		  " ssl_certificate \"/old/x y.pem\"; # mine\n ssl_certificate_key /old/k;\n}\n",
		  "site:server {\n listen 80;\n server_name a.test;\n}\nserver {\n listen 443 ssl;\n server_name a.test;\n"
		  " ssl_certificate /le/full.pem; # mine\n ssl_certificate_key /le/key.pem;\n}\n" },
		/* what http says is not its own */
		{ "a.test", "server {\n listen 443 ssl;\n server_name a.test;\n}\n",
		  "site:server {\n listen 443 ssl;\n server_name a.test;\n\n" CERTIFICATE "}\n" },
		/* one of several */
		{ "a.test",
		  "server {\n listen 443 ssl;\n server_name a.test;\n ssl_certificate /c;\n ssl_certificate_key /k;\n"
		  " ssl_certificate /le/full.pem;\n ssl_certificate_key /le/old.pem;\n}\n",
		  "site:server {\n listen 443 ssl;\n server_name a.test;\n ssl_certificate /c;\n ssl_certificate_key /k;\n"
		  " ssl_certificate /le/full.pem;\n ssl_certificate_key /le/key.pem;\n}\n" },
		/* there already */
		{ "a.test",
		  "server {\n listen 443 ssl;\n server_name a.test;\n ssl_certificate /le/full.pem;\n ssl_certificate_key '/le/key.pem';\n}\n",
		  "" },
	};

	check_all(*state, install, edits, ARRAY_LEN(edits));
}

#define SNIPPET "ssl_certificate /old/c; ssl_certificate_key /old/k;\n"
#define WITH_SNIPPET(name) "server { listen 443 ssl; server_name " name "; include snippet; }\n"

static void a_snippet_of_one_name_is_edited(void **state)
{
	static const struct edit edits[] = {
		{ "a.test",
		  WITH_SNIPPET(
			  "a.test") "server { listen [::1]:443 ssl; server_name a.test; include snippet; }\n",
		  "snippet:ssl_certificate /le/full.pem; ssl_certificate_key /le/key.pem;\n" },
	};

	root_write(*state, "snippet", SNIPPET);
	check_all(*state, install, edits, ARRAY_LEN(edits));
}

/* The certificate is for all of their names. */
static struct err *install_for_both(struct config *c, const char *name)
{
	char *both[] = { (char[]){ "a.test" }, (char[]){ "*.b.test" } };
	const struct strlist names = { both, ARRAY_LEN(both) };
	struct install_files of_both = files;

	of_both.names = &names;
	return install_certificate(c, name, &of_both, &ports, NULL);
}

static void a_snippet_of_one_certificate_is_edited(void **state)
{
	static const struct edit edits[] = {
		{ "a.test", WITH_SNIPPET("a.test") WITH_SNIPPET("x.b.test _ '' *.b.test"),
		  "snippet:ssl_certificate /le/full.pem; ssl_certificate_key /le/key.pem;\n" },
	};

	root_write(*state, "snippet", SNIPPET);
	check_all(*state, install_for_both, edits, ARRAY_LEN(edits));
}

/* A block of a.test that has something from an include, and one of another certificate that has the same from there. */
#define OTHERS(include) "server {\n listen 443 ssl;\n server_name b.test;\n" include "}\n"
#define SHARED(before, include, behind)                                            \
	"server {\n listen 443 ssl;\n server_name a.test;\n" before include behind \
	"}\n" OTHERS(include)
#define PARTED(include, own) \
	"site:server {\n listen 443 ssl;\n server_name a.test;\n" own "}\n" OTHERS(include)

static void a_block_gets_its_own_copy_of_what_others_have(void **state)
{
	static const struct edit edits[] = {
		/* nothing else is in it */
		{ "a.test", SHARED("", " include snippet;\n", ""),
		  PARTED(" include snippet;\n", CERTIFICATE) },
		{ "a.test", SHARED(" # mine\n", " include snippet; # for all\n", " root /w;\n"),
		  PARTED(" include snippet; # for all\n", " # mine\n" CERTIFICATE " root /w;\n") },
		{ "a.test",
		  "server { listen 443 ssl; include snippet; server_name a.test; }\n" OTHERS(
			  " include snippet;\n"),
		  "site:server { listen 443 ssl;\nssl_certificate /le/full.pem;" M
		  "ssl_certificate_key /le/key.pem;" M
		  "server_name a.test; }\n" OTHERS(" include snippet;\n") },
		/* lines, blocks and comments beside it; those of the pair go */
		{ "a.test", SHARED("", " include rich;\n", ""),
		  PARTED(" include rich;\n",
			 " # before\n ssl_protocols TLSv1.3; # our own\n" CERTIFICATE
			 " if ($host = x) {\n  # as ever\n  return 200 \"a\n   b\";\n }\n include other;\n # at the end\n") },
		/* it is found below another file, of this block alone or not */
		{ "a.test", SHARED("", " include outer;\n", ""),
		  PARTED(" include outer;\n", " gzip on;\n" CERTIFICATE) },
		{ "a.test",
		  "server {\n listen 443 ssl;\n server_name a.test;\n include outer;\n}\n" OTHERS(
			  " include snippet;\n"),
		  "outer:gzip on;\nssl_certificate /le/full.pem;" M
		  "ssl_certificate_key /le/key.pem;" M },
		/* a file each */
		{ "a.test", SHARED("", " include c;\n include k;\n", ""),
		  PARTED(" include c;\n include k;\n", CERTIFICATE) },
		/* lines behind it count already, as Certbot writes them: nginx shows the last */
		{ "a.test",
		  SHARED("", " include snippet;\n",
			 " ssl_certificate /c;\n ssl_certificate_key /k;\n"),
		  PARTED(" include snippet;\n",
			 " include snippet;\n ssl_certificate /le/full.pem;\n ssl_certificate_key /le/key.pem;\n") },
		/* both kinds of key that are not good for the name */
		{ "a.test", SHARED("", " include two;\n", ""),
		  PARTED(" include two;\n", CERTIFICATE) },
	};

	root_write(*state, "snippet", "# do not use this\n\n" SNIPPET);
	root_write(*state, "c", "ssl_certificate /old/c;\n");
	root_write(*state, "k", "ssl_certificate_key /old/k;\n");
	root_write(*state, "two",
		   SNIPPET "ssl_certificate /old/c2; ssl_certificate_key /old/k2;\n");
	root_write(*state, "other", "gzip on;\n");
	root_write(*state, "outer", "gzip on;\ninclude snippet;\n");
	root_write(
		*state, "rich",
		"# before\nssl_protocols TLSv1.3; # our own\n# ours\n" SNIPPET
		"if ($host = x) {\n\t# as ever\n\treturn 200 \"a\n   b\";\n}\ninclude other;\n# at the end\n");
	check_all(*state, install, edits, ARRAY_LEN(edits));
}

static void what_cannot_be_decided_is_told(void **state)
{
	static const struct {
		const char *name, *site, *why;
	} cases[] = {
		{ "a.test",
		  "server { listen 443 ssl; server_name a.test; include snip*; }" WITH_SNIPPET(
			  "b.test"),
		  "site:1: by this pattern other server blocks have their certificate from " },
		{ "a.test", "server { listen 80; server_name b.test; }",
		  "no single default_server" },
		{ "a.test",
		  "server { listen 8080 default_server; } server { listen 8081 default_server; }",
		  "no single default_server" },
		{ "a.test", "server {\n listen 80 default_server;\n return 444;\n}\n",
		  "which closes each connection (return 444; " },
		{ "*.a.test", "server { listen 80 default_server; server_name a.test; }",
		  "no server block has the name *.a.test" },
		{ "a.test", "server { include listen; server_name b.test; }",
		  "listen:1: the default server has its `listen` from an included" },
	};

	root_write(*state, "snippet", SNIPPET);
	root_write(*state, "listen", "listen 80 default_server;\n");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

		assert_refused(acted(&b, *state, cases[i].site, cases[i].name, install), ERR_CONFIG,
			       cases[i].why);
	}
}

static void the_default_is_copied_for_a_name_without_a_block(void **state)
{
	static const struct edit edits[] = {
		{ "a.test",
		  "server {\n listen 80 default_server backlog=9;\n server_name _;\n server_name x;\n root /w; # keep\n}\n",
		  "site:server {\n listen 80 default_server backlog=9;\n server_name _;\n server_name x;\n root /w; # keep\n}\n\n"
		  "server {\n listen 80;\n server_name a.test;\n root /w; # keep\n\n listen 443 ssl;" M
			  TLS "}\n" },
		{ "a.test",
		  "server {\n listen 443 ssl default_server;\n server_name _;\n ssl_reject_handshake on;\n}\n",
		  "site:server {\n listen 443 ssl default_server;\n server_name _;\n ssl_reject_handshake on;\n}\n\n"
		  "server {\n listen 443 ssl;\n server_name a.test;\n\n" CERTIFICATE "}\n" },
		{ "a.test",
		  "server {\n listen 80 default_server;\n}\nserver {\n listen 443 default_server ssl http2;\n ssl_certificate /c;\n"
		  " ssl_certificate_key /k;\n}\n",
		  "site:server {\n listen 80 default_server;\n}\nserver {\n listen 443 default_server ssl http2;\n ssl_certificate /c;\n"
		  " ssl_certificate_key /k;\n}\n\nserver {\n    server_name a.test;\n listen 443 ssl http2;\n ssl_certificate /le/full.pem;\n"
		  " ssl_certificate_key /le/key.pem;\n}\n" },
		/* not of one that answers nobody */
		{ "a.test",
		  "server {\n listen 443 ssl default_server;\n return 444;\n}\n"
		  "server {\n listen 80 default_server;\n server_name _;\n return 200;\n}\n",
		  "site:server {\n listen 443 ssl default_server;\n return 444;\n}\n"
		  "server {\n listen 80 default_server;\n server_name _;\n return 200;\n}\n\n"
		  "server {\n listen 80;\n server_name a.test;\n return 200;\n\n listen 443 ssl;" M
			  TLS "}\n" },
		/* in the line ends of its file */
		{ "a.test",
		  "server {\r\n listen 443 default_server ssl;\r\n ssl_certificate /c;\r\n ssl_certificate_key /k;\r\n}\r\n",
		  "site:server {\r\n listen 443 default_server ssl;\r\n ssl_certificate /c;\r\n ssl_certificate_key /k;\r\n}\r\n\r\n"
		  "server {\r\n    server_name a.test;\r\n listen 443 ssl;\r\n ssl_certificate /le/full.pem;\r\n"
		  " ssl_certificate_key /le/key.pem;\r\n}\r\n" },
	};

	check_all(*state, install, edits, ARRAY_LEN(edits));
}

#define LONG "a-name-that-is-longer-than-a-bucket-of-nginx.test"
#define FULL "a-name-that-fits-into-a-bucket-of-nginx-0.test"
#define COPY(name) \
	"\n\nserver {\n listen 80;\n server_name " name ";\n\n listen 443 ssl;" M TLS "}\n"
#define DEFAULT "server {\n listen 80 default_server;\n server_name _;\n}"

static void a_long_name_gets_room(void **state)
{
	static const struct edit edits[] = {
		{ LONG, DEFAULT "\n",
		  "nginx.conf:http {\n server_names_hash_bucket_size 128;" M
		  " include site;\n}\nsite:" DEFAULT COPY(LONG) },
		{ LONG, "server_names_hash_bucket_size 64;\n" DEFAULT "\n",
		  "site:server_names_hash_bucket_size 128;\n" DEFAULT COPY(LONG) },
		{ LONG, "server_names_hash_bucket_size 1k;\n" DEFAULT "\n",
		  "site:server_names_hash_bucket_size 1k;\n" DEFAULT COPY(LONG) },
		{ FULL, DEFAULT "\n", "site:" DEFAULT COPY(FULL) },
	};

	check_all(*state, install, edits, ARRAY_LEN(edits));
}

static struct err *redirect(struct config *c, const char *name)
{
	return enhance_redirect(c, name, &ports);
}

/* Where redirects lead. */
#define SECURE "server {\n listen 443 ssl;\n server_name a.test .a.test;\n}\n"
#define IF(condition) " if (" condition ") {\n  return 301 https://$host$request_uri;\n }" M
#define SET " set $signet_url $scheme://$host;" M
#define FRONT(other) " listen 80;\n listen " other ";\n listen 443 ssl;\n server_name a.test;\n"
#define BOTH " listen 80;\n listen 443 ssl;\n server_name a.test;\n"
#define SET_HSTS \
	" set $signet_hsts \"\";" M " if ($https) {\n  set $signet_hsts \"max-age=31536000\";\n }" M
#define HSTS_BY_SCHEME " add_header Strict-Transport-Security $signet_hsts always;" M

static void redirects(void **state)
{
	static const struct edit edits[] = {
		{ "a.test", SECURE "server {\n server_name a.test;\n}\n",
		  "site:" SECURE "server {\n" IF("$host = a.test") " server_name a.test;\n}\n" },
		{ "a.test",
		  "server {\n listen 80;\n listen 443 ssl;\n server_name a.test b.test;\n}\n",
		  "site:server {\n" SET IF(
			  "$signet_url = http://a.test") " listen 80;\n listen 443 ssl;\n server_name a.test b.test;\n}\n" },
		{ "b.test",
		  "server {\n" SET IF(
			  "$signet_url = http://a.test") " listen 80;\n listen 443 ssl;\n server_name a.test b.test;\n}\n",
		  "site:server {\n" SET IF("$signet_url = http://b.test") IF(
			  "$signet_url = http://a.test") " listen 80;\n listen 443 ssl;\n server_name a.test b.test;\n}\n" },
		{ "*.a.test", SECURE "server {\n server_name .a.test;\n}\n",
		  "site:" SECURE
		  "server {\n" IF("$host ~ ^[^.]+\\.a\\.test$") " server_name .a.test;\n}\n" },
		/* what else the answer has is set before */
		{ "a.test", "server {\n" SET_HSTS BOTH HSTS_BY_SCHEME "}\n",
		  "site:server {\n" SET_HSTS SET IF("$signet_url = http://a.test")
			  BOTH HSTS_BY_SCHEME "}\n" },
		/* not what a cache in front asks for, on another port or by loopback */
		{ "a.test", "server {\n" FRONT("127.0.0.1:8080") "}\n",
		  "site:server {\n set $signet_url_port $scheme://$host:$server_port;" M IF(
			  "$signet_url_port = http://a.test:80") FRONT("127.0.0.1:8080") "}\n" },
		{ "a.test",
		  SECURE "server {\n listen 80;\n listen unix:/x;\n server_name a.test;\n}\n",
		  "site:" SECURE
		  "server {\n set $signet_url_port $scheme://$host:$server_port;" M IF(
			  "$signet_url_port = http://a.test:80") " listen 80;\n listen unix:/x;\n server_name a.test;\n}\n" },
		{ "a.test", "server {\n" FRONT("[::1]:80") "}\n",
		  "site:server {\n set $signet_url_socket $scheme://$host:$server_port/$server_addr;" M
			  IF("$signet_url_socket ~ ^http://a\\.test:80/(?!(::1)$)")
				  FRONT("[::1]:80") "}\n" },
		/* nothing to do */
		{ "a.test", SECURE "server {\n" IF("$host = a.test") " server_name a.test;\n}\n",
		  "" },
		{ "a.test",
		  SECURE
		  "server {\n server_name a.test;\n return 301 https://$host$request_uri;\n}\n",
		  "" },
		{ "a.test", "server {\n listen 443 ssl;\n server_name a.test;\n}\n", "" },
		/* the default block is somebody else's */
		{ "a.test",
		  SECURE "server {\n listen 80 default_server;\n server_name b.test;\n}\n", "" },
	};
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

	check_all(*state, redirect, edits, ARRAY_LEN(edits));
	assert_refused(acted(&b, *state,
			     "server { server_name a.test; } server { listen 8443 ssl; "
			     "server_name a.test; } server { listen 443 ssl; }",
			     "a.test", redirect),
		       ERR_CONFIG, "nginx does not serve a.test by TLS on port 443");
}

static struct err *hsts(struct config *c, const char *name)
{
	return enhance_hsts(NULL, c, name, &ports);
}

static struct err *staple(struct config *c, const char *name)
{
	return enhance_staple(c, name, "/le/chain.pem", &ports);
}

#define TLS_SITE "server {\n listen 443 ssl;\n server_name a.test;\n"
#define PLAIN_SITE "server {\n listen 80;\n server_name a.test;\n}\n"
#define FRAMES "add_header X-Frame-Options  \"DENY\";\n"
#define HSTS " add_header Strict-Transport-Security \"max-age=31536000\" always;" M
#define STAPLE                                                            \
	" ssl_trusted_certificate /le/chain.pem;" M " ssl_stapling on;" M \
	" ssl_stapling_verify on;" M

static void lines_of_tls_blocks(void **state)
{
	static const struct edit with_hsts[] = {
		{ "a.test", TLS_SITE "}\n", "site:" TLS_SITE HSTS "}\n" },
		{ "a.test", TLS_SITE " add_header strict-transport-security x;\n}\n", "" },
		{ "a.test", TLS_SITE "}\n" PLAIN_SITE, "site:" TLS_SITE HSTS "}\n" PLAIN_SITE },
		{ "a.test", "add_header strict-transport-security x;\n" TLS_SITE "}\n", "" },
		/* what the site inherits is not lost by a header of its own */
		{ "a.test", FRAMES TLS_SITE "}\n",
		  "site:" FRAMES TLS_SITE " add_header X-Frame-Options  \"DENY\";" M HSTS "}\n" },
		{ "a.test", FRAMES TLS_SITE " add_header X 1;\n}\n",
		  "site:" FRAMES TLS_SITE " add_header X 1;\n" HSTS "}\n" },
		/* RFC 6797 section 7.2: not without TLS */
		{ "a.test", "server {\n" BOTH "}\n",
		  "site:server {\n" SET_HSTS BOTH HSTS_BY_SCHEME "}\n" },
		{ "a.test", "server {\n" SET IF("$signet_url = http://a.test") BOTH "}\n",
		  "site:server {\n" SET_HSTS SET IF("$signet_url = http://a.test")
			  BOTH HSTS_BY_SCHEME "}\n" },
		{ "a.test", "server {\n" SET_HSTS BOTH HSTS_BY_SCHEME "}\n", "" },
		{ "a.test", "server {\n" BOTH HSTS "}\n", "" },
	};
	static const struct edit with_staple[] = {
		{ "a.test", TLS_SITE "}\n", "site:" TLS_SITE STAPLE "}\n" },
		{ "a.test", TLS_SITE STAPLE "}\n", "" },
	};
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

	check_all(*state, hsts, with_hsts, ARRAY_LEN(with_hsts));
	check_all(*state, staple, with_staple, ARRAY_LEN(with_staple));
	assert_refused(acted(&b, *state, "server { server_name a.test; }", "a.test", hsts),
		       ERR_CONFIG, "nowhere by TLS");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(plain_blocks_listen_for_tls_too, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(tls_blocks_get_other_files, root_make, root_remove),
		cmocka_unit_test_setup_teardown(a_snippet_of_one_name_is_edited, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(a_block_gets_its_own_copy_of_what_others_have,
						root_make, root_remove),
		cmocka_unit_test_setup_teardown(a_snippet_of_one_certificate_is_edited, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(what_cannot_be_decided_is_told, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(the_default_is_copied_for_a_name_without_a_block,
						root_make, root_remove),
		cmocka_unit_test_setup_teardown(a_long_name_gets_room, root_make, root_remove),
		cmocka_unit_test_setup_teardown(redirects, root_make, root_remove),
		cmocka_unit_test_setup_teardown(lines_of_tls_blocks, root_make, root_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
