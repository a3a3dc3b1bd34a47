#include "site.h"

#define SITE(body) "server {\n server_name a.test;\n" body "}\n"
#define B(listen) "server {\n listen " listen ";\n server_name b.test;\n}\n"

static void the_https_port_decides(void **state)
{
	static const struct edit edits[] = {
		/* another block has the name on another port */
		{ "a.test", SITE(" listen 80;\n") SITE(" listen 8443 ssl;\n"),
		  "site:" SITE(" listen 80;\n\n listen 443 ssl;" M TLS)
			  SITE(" listen 8443 ssl;\n") },
		/* nobody has it on the http port */
		{ "a.test", SITE(" listen 8080;\n") SITE(" listen 8443 ssl;\n"),
		  "site:" SITE(" listen 8080;\n") SITE(" listen 8443 ssl;\n\n" CERTIFICATE) },
		/* this one has */
		{ "a.test",
		  SITE(" listen 80;\n listen 8443 ssl;\n ssl_certificate /c;\n ssl_certificate_key /k;\n"),
		  "site:" SITE(
			  " listen 80;\n listen 8443 ssl;\n ssl_certificate /le/full.pem;\n ssl_certificate_key /le/key.pem;\n"
			  "\n listen 443 ssl;" M) },
	};

	check_all(*state, install, edits, ARRAY_LEN(edits));
}

static void both_families_of_one_socket(void **state)
{
	static const struct edit edits[] = {
		{ "a.test", SITE(" listen [::]:80 ipv6only=off;\n"),
		  "site:" SITE(" listen [::]:80 ipv6only=off;\n\n listen [::]:443 ssl;" M
			       " listen 443 ssl;" M TLS) },
		{ "a.test", SITE(" listen [::]:8080 ipv6only=off;\n"),
		  "site:" SITE(" listen [::]:8080 ipv6only=off;\n\n listen [::]:443 ssl;" M
			       " listen 443 ssl;" M TLS) },
		/* somebody has a socket that takes both */
		{ "a.test", SITE(" listen 80;\n") B("[::]:443 ssl ipv6only=off"),
		  "site:" SITE(" listen 80;\n\n listen [::]:443 ssl;" M TLS)
			  B("[::]:443 ssl ipv6only=off") },
		{ "a.test", SITE(" listen [::]:80;\n listen 80;\n") B("[::]:443 ssl ipv6only=off"),
		  "site:" SITE(" listen [::]:80;\n listen 80;\n\n listen [::]:443 ssl;" M TLS)
			  B("[::]:443 ssl ipv6only=off") },
	};

	check_all(*state, install, edits, ARRAY_LEN(edits));
}

static void plain_http_on_the_https_port(void **state)
{
	static const struct edit edits[] = {
		/* its own alone, and another address */
		{ "a.test", SITE(" listen 80;\n listen 443;\n"),
		  "site:" SITE(" listen 80;\n listen 443 ssl;\n\n" TLS) },
		{ "a.test", SITE(" listen 80;\n") B("192.0.2.1:443"),
		  "site:" SITE(" listen 80;\n\n listen 443 ssl;" M TLS) B("192.0.2.1:443") },
	};
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

	check_all(*state, install, edits, ARRAY_LEN(edits));
	assert_refused(acted(&b, *state, SITE(" listen 80;\n") B("443"), "a.test", install),
		       ERR_CONFIG, "site:6: port 443 speaks plain HTTP for this server block");
	root_write(*state, "listen", "listen 443;\n");
	assert_refused(
		acted(&b, *state, SITE(" listen 80;\n include listen;\n"), "a.test", install),
		ERR_CONFIG, "listen:1: port 443 speaks plain HTTP");
}

static struct err *install_running(struct config *c, const char *name)
{
	static const struct target_ports running = { .http = 80, .https = 443, .runs = true };

	return install_certificate(c, name, &files, &running, NULL);
}

static void one_address_is_not_widened_by_a_reload(void **state)
{
	static const struct edit edits[] = {
		{ "a.test", SITE(" listen 80;\n") B("127.0.0.1:443 ssl") B("443 ssl"),
		  "site:" SITE(" listen 80;\n\n listen 443 ssl;" M TLS) B("127.0.0.1:443 ssl")
			  B("443 ssl") },
		{ "a.test", SITE(" listen 192.0.2.1:80;\n") B("127.0.0.1:443 ssl"),
		  "site:" SITE(" listen 192.0.2.1:80;\n\n listen 192.0.2.1:443 ssl;" M TLS)
			  B("127.0.0.1:443 ssl") },
		{ "a.test", SITE(" listen 80;\n") B("[::1]:443 ssl"),
		  "site:" SITE(" listen 80;\n\n listen 443 ssl;" M TLS) B("[::1]:443 ssl") },
	};
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

	check_all(*state, install_running, edits, ARRAY_LEN(edits));
	assert_refused(acted(&b, *state, SITE(" listen 80;\n") B("127.0.0.1:443 ssl"), "a.test",
			     install_running),
		       ERR_CONFIG, "site:6: nginx listens on port 443 at 127.0.0.1 alone");
}

/* What comes to one address comes to the socket of all: a socket of its own would take that from the others. */
static void others_keep_what_comes_to_an_address(void **state)
{
	static const struct edit edits[] = {
		{ "a.test", SITE(" listen 192.0.2.1:80;\n listen 192.0.2.2:80;\n") B("443 ssl"),
		  "site:" SITE(
			  " listen 192.0.2.1:80;\n listen 192.0.2.2:80;\n\n listen 443 ssl;" M TLS)
			  B("443 ssl") },
		{ "a.test",
		  SITE(" listen 192.0.2.1:80;\n listen 192.0.2.2:80;\n") B("443 ssl")
			  B("192.0.2.1:443 ssl"),
		  "site:" SITE(
			  " listen 192.0.2.1:80;\n listen 192.0.2.2:80;\n\n listen 192.0.2.1:443 ssl;" M
			  " listen 443 ssl;" M TLS) B("443 ssl") B("192.0.2.1:443 ssl") },
		{ "a.test", SITE(" listen [2001:db8::1]:80;\n") B("443 ssl") B("[::]:443 ssl"),
		  "site:" SITE(" listen [2001:db8::1]:80;\n\n listen [::]:443 ssl;" M TLS)
			  B("443 ssl") B("[::]:443 ssl") },
		{ "a.test", SITE(" listen 192.0.2.1:80;\n") B("[::]:443 ssl"),
		  "site:" SITE(" listen 192.0.2.1:80;\n\n listen 192.0.2.1:443 ssl;" M TLS)
			  B("[::]:443 ssl") },
		{ "a.test", SITE(" listen 192.0.2.1:80;\n") B("[::]:443 ssl ipv6only=off"),
		  "site:" SITE(" listen 192.0.2.1:80;\n\n listen [::]:443 ssl;" M TLS)
			  B("[::]:443 ssl ipv6only=off") },
		/* nor is it to ask for the PROXY protocol from now on */
		{ "a.test", SITE(" listen 80 proxy_protocol;\n") B("443 ssl"),
		  "site:" SITE(" listen 80 proxy_protocol;\n\n listen 443 ssl;" M TLS)
			  B("443 ssl") },
	};
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

	check_all(*state, install_running, edits, ARRAY_LEN(edits));
	assert_refused(
		acted(&b, *state, SITE(" listen 192.0.2.1:80;\n") B("443"), "a.test", install),
		ERR_CONFIG, "site:6: port 443 speaks plain HTTP for this server block");
}

static struct err *install_behind(struct config *c, const char *name)
{
	struct address at = { .len = sizeof(struct sockaddr_in) };

	at.addr.ss_family = AF_INET;
	char who[] = "haproxy (PID 812)";
	const struct front front = { who, 443, { &at, 1 } };
	const struct target_ports behind = { .http = 80, .https = 443, .front = &front };

	return install_certificate(c, name, &files, &behind, NULL);
}

static void another_program_has_the_https_port(void **state)
{
	static const struct edit edits[] = {
		{ "a.test", SITE(" listen 80;\n") SITE(" listen 8443 ssl;\n"),
		  "site:" SITE(" listen 80;\n") SITE(" listen 8443 ssl;\n\n" CERTIFICATE) },
		{ "a.test", SITE(" listen 80;\n listen 8443 ssl;\n"),
		  "site:" SITE(" listen 80;\n listen 8443 ssl;\n\n" CERTIFICATE) },
		/* it has IPv4 alone */
		{ "a.test", SITE(" listen [::]:80;\n"),
		  "site:" SITE(" listen [::]:80;\n\n listen [::]:443 ssl;" M TLS) },
	};
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

	check_all(*state, install_behind, edits, ARRAY_LEN(edits));
	assert_refused(acted(&b, *state, SITE(" listen 80;\n"), "a.test", install_behind), ERR_BUSY,
		       "port 443 is another program's, haproxy (PID 812)");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_https_port_decides, root_make, root_remove),
		cmocka_unit_test_setup_teardown(both_families_of_one_socket, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(plain_http_on_the_https_port, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(one_address_is_not_widened_by_a_reload, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(others_keep_what_comes_to_an_address, root_make,
						root_remove),
		cmocka_unit_test_setup_teardown(another_program_has_the_https_port, root_make,
						root_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
