#include "plugins/nginx/vhost.h"

#include <unistd.h>

#include "root.h"

struct site {
	struct config *config;
	struct vhosts vhosts;
};

static void site_open(struct site *s, const struct root *r, const char *http)
{
	AUTO(free) char *text = str_fmt("events { }\nhttp {\n%s\n}\n", http);

	root_write(r, "nginx.conf", text);
	assert_done(config_load(&s->config, r->dir));
	assert_done(vhosts_gather(&s->vhosts, s->config));
}

static void site_release(struct site *s)
{
	vhosts_release(&s->vhosts);
	config_free(s->config);
}

AUTO_RELEASE(struct site, site_release)

/* "host:port[ ssl]=first name of who answers for the name" of each socket; "?" behind those who are only the default. */
static char *answers(const struct site *s, const char *name)
{
	struct buf b = BUF_INIT(4096);

	for (size_t i = 0; i < s->vhosts.socket_count; i++) {
		const struct socket *at = &s->vhosts.sockets[i];
		const struct vhost *h = NULL;
		bool by_name = false;

		assert_done(socket_choose(&h, &by_name, at, name));
		buf_addf(&b, "%s%s:%u%s=%s%s", i > 0 ? ", " : "", at->host, at->port,
			 at->ssl ? " ssl" : "", h->names.count > 0 ? h->names.items[0] : "-",
			 by_name ? "" : "?");
	}
	return buf_detach(&b);
}

static const struct {
	const char *http, *name, *wanted;
} cases[] = {
	{ "", "a.test", "" },
	{ "server { server_name a.test; }", "a.test", "*:80=a.test" },
	{ "server { server_name a.test; }", "b.test", "*:80=a.test?" },
	{ "upstream u { server 127.0.0.1:1; } server { listen 8080; }", "b.test", "*:8080=-?" },
	{ "server { server_name x; } server { listen 80 default_server; server_name y; }", "b.test",
	  "*:80=y?" },
	{ "server { server_name x; } server { listen 0.0.0.0:80 default; server_name y; }",
	  "b.test", "*:80=y?" },
	/* the first of two */
	{ "server { server_name x a.test; } server { server_name a.test; }", "a.test", "*:80=x" },
	/* several lines of names */
	{ "server { server_name x; server_name\n  y # z\n  a.test; }", "a.test", "*:80=x" },
	{ "server { server_name ~^w; } server { server_name w.*; } server { server_name *.test; } server { server_name .a.test; }",
	  "w.a.test", "*:80=.a.test" },
	{ "server { server_name ~^w; } server { server_name ~^ww; }", "www.a.test", "*:80=~^w" },
	{ "server { server_name ~^ww; } server { server_name w.*; } server { server_name *.test; }",
	  "ww.b.test", "*:80=*.test" },
	{ "server { server_name ~^ww; } server { server_name ww.*; }", "ww.b.test", "*:80=ww.*" },
	/* a name counts only where its block listens */
	{ "server { listen 192.0.2.1:80; server_name b.test; } server { server_name a.test; }",
	  "a.test", "192.0.2.1:80=b.test?, *:80=a.test" },
	/* addresses are what they mean */
	{ "server { listen [::]:80; listen *:80; server_name a.test; } server { listen [0::0]:80 ipv6only=on; listen 80; }",
	  "x", "[::]:80=a.test?, *:80=a.test?" },
	{ "server { listen [2001:DB8:0::1]; server_name a.test; } server { listen [2001:db8::1]:80 default_server; }",
	  "x", "[2001:db8::1]:80=-?" },
	{ "server { listen Localhost; server_name a.test; } server { listen localhost:80; }", "x",
	  "localhost:80=a.test?" },
	{ "server { listen unix:/run/x.sock; server_name a.test; }", "x",
	  "unix:/run/x.sock:0=a.test?" },
	/* TLS belongs to the socket */
	{ "server { listen 443 ssl http2; server_name a.test; } server { listen 443; server_name b.test; }",
	  "b.test", "*:443 ssl=b.test" },
	{ "server { listen 443; ssl on; server_name a.test; }", "a.test", "*:443 ssl=a.test" },
	{ "server { listen 443 quic reuseport; listen 443 ssl; server_name a.test; }", "a.test",
	  "*:443 ssl=a.test" },
	{ "server { listen 8000-8010; server_name a.test; }", "a.test", "*:8000=a.test" },
};

static void who_answers(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(site_release) struct site s = { 0 };

		site_open(&s, *state, cases[i].http);
		AUTO(free) char *got = answers(&s, cases[i].name);

		assert_string_equal(got, cases[i].wanted);
	}
}

static void blocks_come_with_their_includes(void **state)
{
	AUTO(site_release) struct site s = { 0 };

	root_write(*state, "listen", "listen 80; listen [::]:80;");
	root_write(*state, "sites/b", "server { include listen; server_name b.test; }");
	root_write(*state, "sites/a",
		   "server { include listen; include listen-tls; server_name a.test; }");
	root_write(*state, "listen-tls", "listen 443 ssl;");
	site_open(&s, *state, "include sites/*;");
	AUTO(free) char *got = answers(&s, "b.test");

	assert_string_equal(got, "*:80=b.test, [::]:80=b.test, *:443 ssl=a.test?");
	assert_int_equal(s.vhosts.count, 2);
	assert_true(vhost_has_ssl(&s.vhosts, s.vhosts.items[0]));
	assert_false(vhost_has_ssl(&s.vhosts, s.vhosts.items[1]));
	assert_true(str_ends(s.vhosts.items[0]->block->doc->path, "/sites/a"));
}

static void listens_that_are_none_are_told(void **state)
{
	static const char *const wrong[] = { "listen;",     "listen 0;",       "listen 65536;",
					     "listen a:b;", "listen [::1]:x;", "listen 90-80;" };

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		AUTO(free) char *text = str_fmt("http { server {\n%s } }", wrong[i]);
		AUTO(config_free) struct config *c = NULL;
		struct vhosts v = { 0 };
		const struct root *r = *state;

		root_write(r, "nginx.conf", text);
		assert_done(config_load(&c, r->dir));
		assert_refused(vhosts_gather(&v, c), ERR_CONFIG, "nginx.conf:2: listen");
		assert_int_equal(v.count, 0);
	}
}

static void ports_may_be_ranges(void **state)
{
	AUTO(site_release) struct site s = { 0 };

	site_open(&s, *state, "server { listen 8000-8010; }");
	assert_true(socket_has_port(&s.vhosts.sockets[0], 8000));
	assert_true(socket_has_port(&s.vhosts.sockets[0], 8010));
	assert_false(socket_has_port(&s.vhosts.sockets[0], 8011));
}

static void the_machine_has_a_name(void **state)
{
	char host[256] = "";
	AUTO(site_release) struct site s = { 0 };

	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	str_lower(host);
	site_open(&s, *state, "server { server_name x; } server { server_name $hostname; }");
	AUTO(free) char *got = answers(&s, host);
	AUTO(free) char *wanted = str_fmt("*:80=%s", host);

	assert_string_equal(got, wanted);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_machine_has_a_name, root_make, root_remove),
		cmocka_unit_test_setup_teardown(who_answers, root_make, root_remove),
		cmocka_unit_test_setup_teardown(blocks_come_with_their_includes, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(listens_that_are_none_are_told, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(ports_may_be_ranges, root_make, root_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
