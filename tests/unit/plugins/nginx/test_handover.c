/* TLS challenges in nginx's configuration: what a stream block hands over, and server blocks for names that are made up. */
#include "plugins/nginx/handover.h"
#include "plugins/nginx/sni.h"
#include "plugins/nginx/stream.h"
#include "root.h"

static void note_edit(void *out, const char *path, const struct buf *old, const struct buf *new)
{
	(void)path;
	(void)old;
	buf_adds(out, buf_str(new));
}

static struct err *hand_over(struct buf *out, const struct root *r, const char *text)
{
	AUTO(config_free) struct config *c = NULL;
	AUTO(strlist_release) struct strlist names = { 0 };

	root_write(r, "nginx.conf", text);
	assert_done(config_load(&c, r->dir));
	strlist_add(&names, "a.test");
	TRY(handover_edit(c, &names, 443, 7443));
	config_edits(c, note_edit, out);
	return NULL;
}

static void assert_handed_over(const struct root *r, const char *text, const char *wanted)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

	assert_done(hand_over(&b, r, text));
	assert_string_equal(buf_str(&b), wanted);
}

#define MAP(to, otherwise, door)                                                               \
	"  map \"$ssl_preread_alpn_protocols $ssl_preread_server_name\" $signet_to_" to " {\n" \
	"    default " otherwise ";\n    \"~*^acme-tls/1 a\\.test$\" 127.0.0." door            \
	":7443;\n  }\n"

/* A name that was looked up at the start goes on to be. */
static void what_is_not_ours_goes_where_it_went(void **state)
{
	assert_handed_over(
		*state,
		"stream {\n  server { listen 443; ssl_preread on; proxy_pass site:8443; }\n}\n",
		"stream {\n  upstream signet_before_0 { server site:8443; }\n" MAP(
			"0", "signet_before_0",
			"1") "  server { listen 443; ssl_preread on; proxy_pass $signet_to_0; }\n}\n");
	assert_handed_over(
		*state,
		"stream {\n  ssl_preread on;\n  upstream u { server x:1; }\n  server { listen 443; proxy_pass u; }\n}\n",
		"stream {\n" MAP(
			"0", "u",
			"1") "  ssl_preread on;\n  upstream u { server x:1; }\n  server { listen 443; proxy_pass $signet_to_0; }\n}\n");
}

#define HALL "  server {\n    listen 127.0.0.2:7443 proxy_protocol;\n    proxy_protocol off;\n"

/* The block's own rules are about clients; the hall has its connections from nginx. */
static void the_hall_takes_the_address_off(void **state)
{
	static const char server[] =
		"  server { listen 443; ssl_preread on; proxy_protocol on; proxy_pass $b; }\n}\n";
	static const char edited[] =
		"  server { listen 443; ssl_preread on; proxy_protocol on; proxy_pass $signet_to_0; }\n}\n";
	AUTO(free) char *plain = str_fmt("stream {\n%s", server);
	AUTO(free) char *denies = str_fmt("stream {\n  deny all;\n%s", server);
	AUTO(free)
	char *wanted = str_fmt("stream {\n" MAP("0", "$b", "2") HALL
			       "    proxy_pass 127.0.0.1:7443;\n  }\n%s",
			       edited);
	AUTO(free)
	char *allowed = str_fmt(
		"stream {\n" MAP("0", "$b", "2") HALL
		"    allow all;\n    proxy_pass 127.0.0.1:7443;\n  }\n  deny all;\n%s",
		edited);

	assert_handed_over(*state, plain, wanted);
	assert_handed_over(*state, denies, allowed);
}

static void who_cannot_says_why(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "stream { server { listen 443 ssl; proxy_pass x:1; } }\n", "it ends TLS itself" },
		{ "stream { server { listen 443; proxy_pass x:1; } }\n", "ssl_preread on" },
		{ "stream { server { listen 443 udp; proxy_pass x:1; } }\n", "does not listen" },
		{ "http { server { listen 443 ssl; } }\n", "no stream block with ssl_preread" },
	};
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_refused(hand_over(&b, *state, rows[i].text), ERR_CONFIG, rows[i].why);
}

static void servers_of_the_stream_block_are_gathered(void **state)
{
	AUTO(config_free) struct config *c = NULL;
	AUTO(stream_release) struct stream s = { 0 };

	root_write(
		*state, "nginx.conf",
		"stream {\n  proxy_ssl on;\n  upstream u { server x:1; }\n"
		"  server { listen 440-450; proxy_ssl off; proxy_pass u; }\n  server { listen 80; }\n}\n");
	assert_done(config_load(&c, ((struct root *)*state)->dir));
	assert_done(stream_gather(&s, c, 443));
	assert_int_equal(s.count, 2);
	assert_true(s.servers[0].on_port && s.servers[0].pass != NULL);
	assert_false(s.servers[0].settings.proxy_tls);
	assert_true(s.servers[1].settings.proxy_tls && s.servers[1].pass == NULL);
	assert_false(s.servers[1].on_port);
	assert_true(strlist_has(&s.upstreams, "u"));
}

/* --- tls-sni-01 --- */

static struct err *add_sites(struct buf *out, const struct root *r, const char *text)
{
	static const struct sni_site sites[] = {
		{ "0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef.acme.invalid",
		  "/w/1.crt", "/w/1.pem" }
	};
	AUTO(config_free) struct config *c = NULL;

	root_write(r, "nginx.conf", text);
	assert_done(config_load(&c, r->dir));
	TRY(sni_edit(c, sites, ARRAY_LEN(sites), 443));
	config_edits(c, note_edit, out);
	return NULL;
}

#define SITE(listen)                                                                                                                              \
	"  server {\n    listen " listen                                                                                                          \
	" ssl;\n    server_name 0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef.acme.invalid;\n    ssl_certificate /w/1.crt;\n" \
	"    ssl_certificate_key /w/1.pem;\n    return 404;\n  }\n}\n"

static void made_up_names_come_last_where_tls_is(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));
	AUTO(buf_release) struct buf alone = BUF_INIT(LIMIT_KIB(16));

	assert_done(add_sites(
		&b, *state,
		"http {\n  server_names_hash_bucket_size 64;\n  server { listen 192.0.2.1:443 ssl; }\n}\n"));
	assert_string_equal(
		buf_str(&b),
		"http {\n  server_names_hash_bucket_size 128;\n  server { listen 192.0.2.1:443 ssl; }\n" SITE(
			"192.0.2.1:443"));
	assert_done(add_sites(&alone, *state, "http {\n  server { listen 80; }\n}\n"));
	assert_string_equal(
		buf_str(&alone),
		"http {\n  server_names_hash_bucket_size 128; # managed by Certbot\n  server { listen 80; }\n" SITE(
			"443"));
	assert_refused(add_sites(&b, *state, "http {\n  server { listen 443; }\n}\n"), ERR_CONFIG,
		       "port 443 of nginx speaks no TLS");
	assert_refused(add_sites(&b, *state, "events { }\n"), ERR_CONFIG, "has no http block");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_not_ours_goes_where_it_went, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(the_hall_takes_the_address_off, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(who_cannot_says_why, root_make, root_remove),
		cmocka_unit_test_setup_teardown(servers_of_the_stream_block_are_gathered, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(made_up_names_come_last_where_tls_is, root_make,
						root_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
