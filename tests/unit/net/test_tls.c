/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "net/http_client.h"
#include "net/peer.h"

#define OK(length, body) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n" body

struct bench {
	char *dir, *ca_file;
	SSL_CTX *tls;
	struct peer *peer;
	struct transport *client;
};

static void begin(struct bench *b, const char *const *const *scripts, size_t count,
		  const char *names)
{
	char template[] = "/tmp/signet-tls-XXXXXX";

	b->dir = xstrdup(mkdtemp(template));
	b->ca_file = fs_join(b->dir, "ca.pem");
	b->tls = peer_tls(b->ca_file, names);
	b->peer = peer_new(scripts, count, b->tls);
}

static void open_client(struct bench *b, const struct http_client_options *o)
{
	assert_null(http_client_new(&b->client, o));
}

static void bench_release(struct bench *b)
{
	transport_free(b->client);
	peer_free(b->peer);
	SSL_CTX_free(b->tls);
	err_ignore(fs_remove_tree(b->dir));
	free(b->dir);
	free(b->ca_file);
}
AUTO_RELEASE(struct bench, bench_release)

/* The error of GET https://host:port/, "" for none. */
static char *visit(struct bench *b, const char *host)
{
	AUTO(free) char *url = str_fmt("https://%s:%u/", host, peer_port(b->peer));
	AUTO(http_exchange_release)
	struct http_exchange x = { .method = "GET", .url = url, .idempotent = true };
	AUTO(err_free) struct err *e = transport_one(b->client, &x, NULL);

	return e != NULL ? err_text(e) : xstrdup("");
}

static const char *const two[] = { OK("1", "a"), OK("1", "b"), PEER_STAY, NULL };
static const char *const three[] = { OK("1", "a"), OK("1", "b"), OK("1", "c"), PEER_STAY, NULL };
static const char *const one_and_close[] = {
	"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", NULL
};

static const struct {
	const char *names; /* in the certificate */
	const char *host;
	bool trusted;
	const char *text; /* part of the error; NULL: none */
} rows[] = {
	{ "IP:127.0.0.1", "127.0.0.1", true, NULL },
	{ "DNS:localhost", "localhost", true, NULL },
	{ "DNS:localhost", "127.0.0.1", true, "IP address mismatch" },
	{ "IP:127.0.0.1", "localhost", true, "hostname mismatch" },
	{ "DNS:other.test", "localhost", true, "hostname mismatch" },
	{ "IP:127.0.0.1", "127.0.0.1", false, "certificate verify failed" },
};

static void test_who_is_trusted(void **state)
{
	static const char *const *const scripts[] = { two };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(bench_release) struct bench b = { 0 };

		begin(&b, scripts, 1, rows[i].names);
		open_client(&b, &(struct http_client_options){
					.ca_file = rows[i].trusted ? b.ca_file : NULL,
					.ca_dir = rows[i].trusted ? NULL : b.dir });
		AUTO(free) char *text = visit(&b, rows[i].host);

		if (rows[i].text == NULL ? *text != '\0' : strstr(text, rows[i].text) == NULL)
			fail_msg("row %zu: \"%s\"", i, text);
		if (rows[i].text != NULL)
			assert_true(str_starts(text, "TLS with "));
	}
}

static void test_untrusted_says_what_to_do(void **state)
{
	static const char *const *const scripts[] = { two };
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, scripts, 1, "IP:127.0.0.1");
	open_client(&b, &(struct http_client_options){ .ca_dir = b.dir });
	AUTO(free) char *text = visit(&b, "127.0.0.1");

	assert_non_null(strstr(text, "REQUESTS_CA_BUNDLE or SSL_CERT_FILE"));
}

static void test_no_verify(void **state)
{
	static const char *const *const scripts[] = { two };
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, scripts, 1, "DNS:other.test");
	open_client(&b, &(struct http_client_options){ .no_verify = true });
	AUTO(free) char *text = visit(&b, "127.0.0.1");

	assert_string_equal(text, "");
}

/* The variables in their order; a directory is taken by the hash of its names. */
static void test_trust_by_environment(void **state)
{
	static const char *const variables[] = { "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
						 "SSL_CERT_FILE" };
	static const char *const *const scripts[] = { two, two, two };
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, scripts, 3, "IP:127.0.0.1");
	for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
		assert_int_equal(setenv(variables[i], b.ca_file, 1), 0);
		open_client(&b, &(struct http_client_options){ 0 });
		AUTO(free) char *text = visit(&b, "127.0.0.1");

		assert_string_equal(text, "");
		transport_free(MOVE(b.client));
		assert_int_equal(unsetenv(variables[i]), 0);
	}
	AUTO(free) char *absent = fs_join(b.dir, "absent.pem");

	assert_int_equal(setenv("SSL_CERT_FILE", absent, 1), 0);
	open_client(&b, &(struct http_client_options){ 0 });
	AUTO(free) char *text = visit(&b, "127.0.0.1");

	assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
	assert_non_null(strstr(text, "SSL_CERT_FILE"));
	assert_non_null(strstr(text, absent));
}

static void test_kept_and_resumed(void **state)
{
	static const char *const *const scripts[] = { three, one_and_close };
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, scripts, 2, "IP:127.0.0.1");
	open_client(&b, &(struct http_client_options){ .ca_file = b.ca_file });
	for (int i = 0; i < 2; i++) {
		AUTO(free) char *text = visit(&b, "127.0.0.1");

		assert_string_equal(text, "");
	}
	assert_int_equal(peer_connections(b.peer), 1);
	assert_int_equal(peer_resumed(b.peer), 0);
	/* more than the kept one: resumed */
	AUTO(free) char *url = str_fmt("https://127.0.0.1:%u/", peer_port(b.peer));
	struct http_exchange x[2] = { { .method = "GET", .url = url, .idempotent = true },
				      { .method = "GET", .url = url } };

	assert_null(b.client->perform(b.client, x, 2, 2, NULL));
	assert_int_equal(peer_resumed(b.peer), peer_connections(b.peer) - 1);
	assert_true(peer_resumed(b.peer) >= 1);
	http_exchange_release(&x[0]);
	http_exchange_release(&x[1]);
}

static void test_plain_http_behind_https(void **state)
{
	static const char *const script[] = { PEER_GREET, "HTTP/1.0 400 Bad Request\r\n\r\n",
					      NULL };
	static const char *const *const scripts[] = { script };
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, NULL, 0, "IP:127.0.0.1");
	peer_free(MOVE(b.peer));
	b.peer = peer_new(scripts, 1, NULL);
	open_client(&b, &(struct http_client_options){ .ca_file = b.ca_file });
	AUTO(free) char *text = visit(&b, "127.0.0.1");

	assert_non_null(strstr(text, "does not speak TLS"));
}

static void test_old_tls_is_refused(void **state)
{
	static const char *const *const scripts[] = { two };
	AUTO(bench_release) struct bench b = { 0 };

	(void)state;
	begin(&b, scripts, 1, "IP:127.0.0.1");
	SSL_CTX_set_security_level(b.tls, 0);
	assert_int_equal(SSL_CTX_set_max_proto_version(b.tls, TLS1_1_VERSION), 1);
	open_client(&b, &(struct http_client_options){ .ca_file = b.ca_file });
	AUTO(free) char *text = visit(&b, "127.0.0.1");

	assert_true(str_starts(text, "TLS with 127.0.0.1:"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_trusted),
		cmocka_unit_test(test_untrusted_says_what_to_do),
		cmocka_unit_test(test_no_verify),
		cmocka_unit_test(test_trust_by_environment),
		cmocka_unit_test(test_kept_and_resumed),
		cmocka_unit_test(test_plain_http_behind_https),
		cmocka_unit_test(test_old_tls_is_refused),
	};
	static const char *const variables[] = { "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
						 "SSL_CERT_FILE",      "SSL_CERT_DIR",
						 "https_proxy",        "HTTPS_PROXY",
						 "all_proxy",          "ALL_PROXY" };
	const struct sigaction ignore = {
		.sa_handler = SIG_IGN
	}; /* of the peer, which writes by plain OpenSSL */

	(void)sigaction(SIGPIPE, &ignore, NULL);
	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		(void)unsetenv(variables[i]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
