#include "plugins/nginx/challenge.h"
#include "root.h"

static void one_address_of(const void *wanted, const char *name, struct strlist *out)
{
	(void)name;
	strlist_add(out, wanted);
}

static void all_addresses(const void *ctx, const char *name, struct strlist *out)
{
	one_address_of("192.0.2.1", name, out);
	one_address_of("[2001:db8::1]", name, out);
	(void)ctx;
}

static const struct challenge_ports usual_ports = { .http = 80,
						    .https = 443,
						    .addresses = all_addresses };

static void note_edit(void *out, const char *path, const struct buf *old, const struct buf *new)
{
	(void)old;
	buf_addf(out, "== %s\n%s", strrchr(path, '/') + 1, buf_str(new));
}

#define LEAD "rewrite ^(/.well-known/acme-challenge/.*) $1 break;"
#define FOR_A \
	"location = /.well-known/acme-challenge/tokA { default_type text/plain; return 200 tokA.print; }"
#define FOR_B \
	"location = /.well-known/acme-challenge/tokB { default_type text/plain; return 200 tokB.print; }"

static void assert_edits_with(const struct root *r, const struct challenge_ports *ports,
			      const char *wanted)
{
	static const struct challenge_answer answers[] = { { "a.test", "tokA", "tokA.print" },
							   { "b.test", "tokB", "tokB.print" } };
	AUTO(config_free) struct config *c = NULL;
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

	assert_done(config_load(&c, r->dir));
	assert_done(challenge_edit(c, answers, ARRAY_LEN(answers), ports));
	config_edits(c, note_edit, &b);
	assert_string_equal(buf_str(&b), wanted);
}

static void assert_edits(const struct root *r, const char *wanted)
{
	assert_edits_with(r, &usual_ports, wanted);
}

static void each_name_where_it_is_served(void **state)
{
	root_write(*state, "nginx.conf", "http {\n  include sites/*;\n}\n");
	root_write(*state, "sites/a", "server {\n    server_name a.test;\n}\n");
	root_write(*state, "sites/b",
		   "server {\n  server_name *.test;\n}\nserver {\n  server_name c.test;\n}\n");
	assert_edits(*state,
		     "== a\nserver {\n    " LEAD "\n    " FOR_A "\n    server_name a.test;\n}\n"
		     "== b\nserver {\n  " LEAD "\n  " FOR_B
		     "\n  server_name *.test;\n}\nserver {\n  server_name c.test;\n}\n");
}

static void several_names_and_blocks_of_one_file(void **state)
{
	root_write(
		*state, "nginx.conf",
		"http {\n\tserver {\n\t\tserver_name a.test;\n\t}\n\tserver {\n\t\tlisten 443 ssl;\n\t\tserver_name a.test b.test;\n\t}\n}\n");
	assert_edits(*state, "== nginx.conf\nhttp {\n"
			     "\tserver {\n\t\t" LEAD "\n\t\t" FOR_A "\n\t\t" FOR_B
			     "\n\t\tserver_name a.test;\n\t}\n"
			     "\tserver {\n\t\t" LEAD "\n\t\t" FOR_A "\n\t\t" FOR_B
			     "\n\t\tlisten 443 ssl;\n\t\tserver_name a.test b.test;\n\t}\n}\n");
}

/* Who connects to 192.0.2.1 is answered by another block than who connects to another address. */
static void each_address_has_its_own_answer(void **state)
{
	root_write(*state, "nginx.conf", "http {\n include sites/*;\n}\n");
	root_write(*state, "sites/1", "server {\n listen 192.0.2.1:80;\n server_name b.test;\n}\n");
	root_write(*state, "sites/2",
		   "server {\n listen 80;\n listen [::]:80;\n server_name a.test b.test;\n}\n");
	root_write(*state, "sites/3", "server {\n listen [2001:db8::1]:80;\n}\n");
	root_write(*state, "sites/4", "server {\n listen 8080;\n server_name a.test;\n}\n");
	assert_edits(*state, "== 1\nserver {\n " LEAD "\n " FOR_A "\n " FOR_B
			     "\n listen 192.0.2.1:80;\n server_name b.test;\n}\n"
			     "== 2\nserver {\n " LEAD "\n " FOR_A "\n " FOR_B
			     "\n listen 80;\n listen [::]:80;\n server_name a.test b.test;\n}\n"
			     "== 3\nserver {\n " LEAD "\n " FOR_A "\n " FOR_B
			     "\n listen [2001:db8::1]:80;\n}\n");
}

static void of_many_addresses_those_that_the_name_leads_to(void **state)
{
	static const struct challenge_answer answer = { "a.test", "tokA", "tokA.print" };
	char leads_to[] = "[2001:db8::3]";
	const struct challenge_ports where = {
		.http = 80, .https = 443, .addresses = one_address_of, .ctx = leads_to
	};
	AUTO(config_free) struct config *c = NULL;
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

	root_write(*state, "nginx.conf", "http {\n include sites/*;\n}\n");
	root_write(*state, "sites/1", "server {\n listen 192.0.2.1:80;\n server_name a.test;\n}\n");
	root_write(*state, "sites/2", "server {\n listen 192.0.2.2:80;\n}\n");
	root_write(*state, "sites/3", "server {\n listen [2001:db8::3]:80;\n}\n");
	root_write(*state, "sites/4", "server {\n listen [::]:80;\n}\n");
	assert_done(config_load(&c, ((const struct root *)*state)->dir));
	assert_done(challenge_edit(c, &answer, 1, &where));
	config_edits(c, note_edit, &b);
	assert_string_equal(buf_str(&b),
			    "== 1\nserver {\n " LEAD "\n " FOR_A
			    "\n listen 192.0.2.1:80;\n server_name a.test;\n}\n"
			    "== 3\nserver {\n " LEAD "\n " FOR_A "\n listen [2001:db8::3]:80;\n}\n"
			    "== 4\nserver {\n " LEAD "\n " FOR_A "\n listen [::]:80;\n}\n");
}

/* A block that is included twice is two for nginx, and one for us. */
static void a_block_is_edited_once(void **state)
{
	root_write(*state, "nginx.conf", "http {\n include site;\n include site;\n}\n");
	root_write(*state, "site", "server {\n server_name a.test b.test;\n}\n");
	assert_edits(*state, "== site\nserver {\n " LEAD "\n " FOR_A "\n " FOR_B
			     "\n server_name a.test b.test;\n}\n");
}

static void a_port_where_nobody_listens(void **state)
{
	root_write(*state, "nginx.conf", "http {\n  server {\n    listen [::]:443 ssl;\n  }\n}\n");
	assert_edits(
		*state,
		"== nginx.conf\nhttp {\n  server {\n    listen 80;\n    listen [::]:80;\n    " FOR_A
		"\n    " FOR_B "\n    location / { return 404; }\n  }\n  server {\n    " LEAD
		"\n    " FOR_A "\n    " FOR_B "\n    listen [::]:443 ssl;\n  }\n}\n");
}

#define OWN(listen)                                             \
	"  server {\n    " listen "\n    " FOR_A "\n    " FOR_B \
	"\n    location / { return 404; }\n  }\n"
#define EDITED(listen) \
	"  server {\n    " LEAD "\n    " FOR_A "\n    " FOR_B "\n    " listen "\n  }\n"

static void a_family_in_which_nobody_listens(void **state)
{
	static const struct challenge_ports taken = { 80, 443, .v4_taken = true, .v6_taken = true };
	static const struct {
		const char *listen, *own, *edited;
	} cases[] = {
		{ "listen [::]:80;", OWN("listen 80;"), EDITED("listen [::]:80;") },
		{ "listen [::]:80 ipv6only=off;", "", EDITED("listen [::]:80 ipv6only=off;") },
		{ "listen 80; listen [::]:443 ssl;", OWN("listen [::]:80;"),
		  EDITED("listen 80; listen [::]:443 ssl;") },
		{ "listen 80;", "", EDITED("listen 80;") },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free)
		char *text = str_fmt("http {\n  server {\n    %s\n  }\n}\n", cases[i].listen);
		AUTO(free)
		char *free_port = str_fmt("== nginx.conf\nhttp {\n%s%s}\n", cases[i].own,
					  cases[i].edited);
		AUTO(free) char *held = str_fmt("== nginx.conf\nhttp {\n%s}\n", cases[i].edited);

		root_write(*state, "nginx.conf", text);
		assert_edits(*state, free_port);
		assert_edits_with(*state, &taken, held);
	}
}

/* It has the port, and passes what comes on: to where is not asked, for all plain sockets know the answer. */
static void behind_the_stream_block(void **state)
{
	root_write(
		*state, "nginx.conf",
		"stream {\n  server { listen 80; proxy_pass up; }\n}\nhttp {\n include site;\n}\n");
	root_write(
		*state, "site",
		"server {\n listen 8080;\n}\nserver {\n listen 8443 ssl;\n}\nserver {\n listen unix:/s;\n}\n");
	assert_edits(*state, "== site\nserver {\n " LEAD "\n " FOR_A "\n " FOR_B
			     "\n listen 8080;\n}\nserver {\n listen 8443 ssl;\n}\nserver {\n " LEAD
			     "\n " FOR_A "\n " FOR_B "\n listen unix:/s;\n}\n");
}

static void without_http_there_is_no_challenge(void **state)
{
	static const struct challenge_answer answer = { "a.test", "tokA", "tokA.print" };
	const struct root *r = *state;
	AUTO(config_free) struct config *c = NULL;

	root_write(r, "nginx.conf", "events { }\nstream { server { listen 80; } }\n");
	assert_done(config_load(&c, r->dir));
	assert_refused(challenge_edit(c, &answer, 1, &usual_ports), ERR_CONFIG, "no http block");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_name_where_it_is_served, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(several_names_and_blocks_of_one_file, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(each_address_has_its_own_answer, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(of_many_addresses_those_that_the_name_leads_to,
						root_make, root_remove),
		cmocka_unit_test_setup_teardown(a_block_is_edited_once, root_make, root_remove),
		cmocka_unit_test_setup_teardown(a_port_where_nobody_listens, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(a_family_in_which_nobody_listens, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(behind_the_stream_block, root_make, root_remove),
		cmocka_unit_test_setup_teardown(without_http_there_is_no_challenge, root_make,
						root_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
