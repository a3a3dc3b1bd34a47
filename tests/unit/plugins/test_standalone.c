/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fs.h"
#include "base/limits.h"
#include "net/http_client.h"
#include "net/server.h"
#include "pki/challenge_cert.h"
#include "plugins/fake_client.h"
#include "plugins/plugins.h"

static char loopback[] = "127.0.0.1";

struct bench {
	struct ui ui;
	struct options opt;
	struct world world;
	struct plugin_env env;
	struct plugin_common common;
	void *state;
	struct task tasks[2];
	struct transport *client;
};

static void answer_nothing(void *ctx, struct server_request *r)
{
	AUTO(http_message_release) struct http_message answer = { .status = 404 };

	(void)ctx;
	server_reply(r, &answer);
}

/* Somebody else's server on a port of the system's choice. */
static struct server *other_server(void)
{
	const struct server_options o = { .handle = answer_nothing };
	struct server *s = NULL;

	assert_null(server_new(&s, &o));
	assert_null(server_listen(s, "127.0.0.1", 0));
	return s;
}

static unsigned free_port(void)
{
	AUTO(server_free) struct server *s = other_server();

	return server_port(s);
}

static int set_up(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	const struct http_client_options o = { .request_timeout_ms = 10000 };

	(void)unsetenv("http_proxy");
	(void)unsetenv("all_proxy");
	(void)unsetenv("ALL_PROXY");
	b->opt.http01_port = free_port();
	b->opt.http01_address = loopback;
	assert_int_equal(pthread_mutex_init(&b->common.lock, NULL), 0);
	b->env = (struct plugin_env){
		.world = &b->world, .ui = &b->ui, .opt = &b->opt, .common = &b->common
	};
	fake_task(&b->tasks[0], "a.test", "tok1", MEDIUM_HTTP);
	fake_task(&b->tasks[1], "b.test", "tok2", MEDIUM_HTTP);
	assert_null(plugin_standalone.open(&b->state, &b->env));
	assert_null(http_client_new(&b->client, &o));
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	plugin_standalone.close(b->state);
	fake_tasks_release(b->tasks, ARRAY_LEN(b->tasks));
	fake_ui_release(&b->ui);
	transport_free(b->client);
	free(b);
	return 0;
}

static struct err *publish(struct bench *b)
{
	return plugin_standalone.authenticator->publish(b->state, b->tasks, ARRAY_LEN(b->tasks));
}

static struct err *withdraw(struct bench *b)
{
	return plugin_standalone.authenticator->withdraw(b->state, b->tasks, ARRAY_LEN(b->tasks));
}

static const struct {
	const char *method, *path;
	int status;
	const char *body; /* NULL: any */
} rows[] = {
	{ "GET", "/.well-known/acme-challenge/tok1", 200, "tok1.thumbprint" },
	{ "GET", "/.well-known/acme-challenge/tok2", 200, "tok2.thumbprint" },
	{ "HEAD", "/.well-known/acme-challenge/tok2", 200, "" },
	{ "GET", "/.well-known/acme-challenge/tok3", 404, NULL },
	{ "GET", "/.well-known/acme-challenge/tok1/", 404, NULL },
	{ "GET", "/.well-known/acme-challenge/tok1?x", 404, NULL },
	{ "GET", "/.well-known/acme-challenge/", 404, NULL },
	{ "GET", "/x/../.well-known/acme-challenge/tok1", 404, NULL },
	{ "GET", "/", 200, NULL },
	{ "GET", "/etc/passwd", 404, NULL },
	{ "POST", "/.well-known/acme-challenge/tok1", 405, NULL },
	{ "DELETE", "/", 405, NULL },
};

static void test_serves_the_tokens_alone(void **state)
{
	struct bench *b = *state;

	assert_null(publish(b));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(free)
		char *url = str_fmt("http://127.0.0.1:%lld%s", (long long)b->opt.http01_port,
				    rows[i].path);
		AUTO(http_exchange_release)
		struct http_exchange x = { .method = rows[i].method, .url = url };

		assert_null(transport_one(b->client, &x, NULL));
		assert_int_equal(x.answer.status, rows[i].status);
		if (rows[i].body != NULL)
			assert_string_equal(buf_str(&x.answer.body), rows[i].body);
	}
	assert_null(withdraw(b));
}

static void test_port_is_free_after_withdrawal(void **state)
{
	struct bench *b = *state;
	AUTO(free) char *url = str_fmt("http://127.0.0.1:%lld/", (long long)b->opt.http01_port);

	for (int i = 0; i < 2; i++) {
		AUTO(http_exchange_release)
		struct http_exchange x = { .method = "GET", .url = url };

		assert_null(publish(b));
		assert_null(withdraw(b));
		AUTO(err_free) struct err *e = transport_one(b->client, &x, NULL);

		assert_non_null(e);
		assert_int_equal(e->code, ERR_NETWORK);
	}
}

static void test_busy_port_names_the_holder(void **state)
{
	struct bench *b = *state;
	AUTO(server_free) struct server *other = other_server();
	AUTO(free)
	char *begin = str_fmt("Could not bind TCP port %u because it is already in use by ",
			      server_port(other));

	b->opt.http01_port = server_port(other);
	AUTO(err_free) struct err *e = publish(b);

	assert_non_null(e);
	assert_int_equal(e->code, ERR_BUSY);
	assert_true(str_starts(e->msg, begin));
	assert_non_null(strstr(e->msg, "(PID "));
	assert_null(withdraw(b));
}

/* A person may try again, and no ends it. */
static void test_busy_port_can_be_tried_again(void **state)
{
	struct bench *b = *state;
	AUTO(server_free) struct server *other = other_server();

	b->ui.can_ask = true;
	strlist_add(&b->ui.answers, "y");
	strlist_add(&b->ui.answers, "y");
	strlist_add(&b->ui.answers, "");
	b->opt.http01_port = server_port(other);
	AUTO(err_free) struct err *e = publish(b);

	assert_non_null(e);
	assert_int_equal(e->code, ERR_BUSY);
	assert_int_equal(b->ui.questions.count, 3);
}

static void test_hint_names_port_and_address(void **state)
{
	struct bench *b = *state;
	AUTO(buf_release) struct buf text = BUF_INIT(1000);
	AUTO(free) char *port = str_fmt("port %lld of 127.0.0.1", (long long)b->opt.http01_port);

	plugin_standalone.authenticator->hint(b->state, &text);
	assert_non_null(strstr(buf_str(&text), port));
	assert_non_null(strstr(buf_str(&text), "forwarded"));
}

/* --- TLS challenges --- */

/* A handshake as a validator makes it; what came out of it. */
struct handshake {
	const char *server_name, *protocol; /* NULL: not sent */
	bool refused;
	char *chosen;    /* protocol; "" none */
	struct buf cert; /* DER */
};

static void handshake_release(struct handshake *h)
{
	free(h->chosen);
	buf_release(&h->cert);
}

AUTO_RELEASE(struct handshake, handshake_release)

static int connected(unsigned port)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons((uint16_t)port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void note_result(struct handshake *h, const SSL *ssl)
{
	const unsigned char *protocol = NULL;
	unsigned char *der = NULL;
	unsigned len = 0;
	X509 *cert = SSL_get1_peer_certificate(ssl);
	int size = i2d_X509(cert, &der);

	SSL_get0_alpn_selected(ssl, &protocol, &len);
	h->chosen = str_fmt("%.*s", (int)len, protocol != NULL ? (const char *)protocol : "");
	h->cert = BUF_INIT(LIMIT_KIB(16));
	buf_add(&h->cert, der, (size_t)size);
	OPENSSL_free(der);
	X509_free(cert);
}

static void shake_hands(struct handshake *h, unsigned port)
{
	AUTO(fd_close) int fd = connected(port);
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(ctx);

	if (h->server_name != NULL)
		assert_int_equal(SSL_set_tlsext_host_name(ssl, h->server_name), 1);
	if (h->protocol != NULL) {
		AUTO(free) char *list = str_fmt("%c%s", (int)strlen(h->protocol), h->protocol);

		assert_int_equal(SSL_set_alpn_protos(ssl, (const unsigned char *)list,
						     (unsigned)strlen(list)),
				 0);
	}
	assert_int_equal(SSL_set_fd(ssl, fd), 1);
	h->refused = SSL_connect(ssl) != 1;
	if (!h->refused)
		note_result(h, ssl);
	ERR_clear_error();
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

static const struct {
	const char *server_name, *protocol;
	const char *chosen; /* NULL: refused */
} handshakes[] = {
	{ "a.test", "acme-tls/1", "acme-tls/1" },
	{ "A.test", "acme-tls/1", "acme-tls/1" },
	{ "a.test", "http/1.1", NULL },
	{ "a.test", "acme-tls/10", NULL },
	{ "a.test", "acme-tls", NULL },
	{ "a.test", NULL, NULL },
	{ "c.test", "acme-tls/1", NULL },
	{ NULL, "acme-tls/1", NULL },
	/* without a protocol of its own any will do, and none is chosen */
	{ "sni.acme.invalid", NULL, "" },
	{ "sni.acme.invalid", "h2", "" },
};

static void use_tls(struct bench *b)
{
	fake_tasks_release(b->tasks, ARRAY_LEN(b->tasks));
	fake_task(&b->tasks[0], "a.test", "tok1", MEDIUM_TLS);
	fake_task(&b->tasks[1], "sni.acme.invalid", "tok2", MEDIUM_TLS);
	free(MOVE(b->tasks[1].proof.tls_protocol));
	b->tasks[1].proof.tls_has_digest = false;
	b->opt.https_port = free_port();
	b->opt.tls_address = loopback;
	b->world.clock = &system_clock;
}

static void check_cert(const struct handshake *h)
{
	AUTO(challenge_cert_release) struct challenge_cert c = { 0 };

	assert_null(challenge_cert_read(&c, h->cert.data, h->cert.len));
	assert_int_equal(c.names.dns.count, 1);
	assert_true(streq_nocase(c.names.dns.items[0], h->server_name));
	assert_int_equal(c.has_digest, *h->chosen != '\0');
	assert_true(c.self_signed);
}

/* RFC 8737 §3: the right certificate for that name and protocol, and for nobody else. */
static void test_tls_answers_its_own_handshake_alone(void **state)
{
	struct bench *b = *state;

	use_tls(b);
	assert_null(publish(b));
	for (size_t i = 0; i < ARRAY_LEN(handshakes); i++) {
		AUTO(handshake_release)
		struct handshake h = { .server_name = handshakes[i].server_name,
				       .protocol = handshakes[i].protocol };

		shake_hands(&h, (unsigned)b->opt.https_port);
		assert_int_equal(h.refused, handshakes[i].chosen == NULL);
		if (h.refused)
			continue;
		assert_string_equal(h.chosen, handshakes[i].chosen);
		check_cert(&h);
	}
	assert_null(withdraw(b));
}

static void test_media_side_by_side(void **state)
{
	struct bench *b = *state;
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_KIB(4));
	AUTO(free)
	char *url = str_fmt("http://127.0.0.1:%lld/.well-known/acme-challenge/tok1",
			    (long long)b->opt.http01_port);
	AUTO(http_exchange_release) struct http_exchange x = { .method = "GET", .url = url };
	AUTO(handshake_release)
	struct handshake h = { .server_name = "a.test", .protocol = "acme-tls/1" };

	use_tls(b);
	fake_tasks_release(&b->tasks[1], 1);
	fake_task(&b->tasks[1], "b.test", "tok1", MEDIUM_HTTP);
	assert_null(publish(b));
	assert_null(transport_one(b->client, &x, NULL));
	assert_int_equal(x.answer.status, 200);
	shake_hands(&h, (unsigned)b->opt.https_port);
	assert_false(h.refused);
	assert_null(withdraw(b));
	plugin_standalone.authenticator->hint(b->state, &text);
	assert_non_null(strstr(buf_str(&text), "port 80: it must"));
	assert_non_null(strstr(buf_str(&text), "port 443: it must"));
}

static void test_busy_tls_port_names_the_holder(void **state)
{
	struct bench *b = *state;
	AUTO(server_free) struct server *other = other_server();

	use_tls(b);
	b->opt.https_port = server_port(other);
	AUTO(err_free) struct err *e = publish(b);

	assert_non_null(e);
	assert_int_equal(e->code, ERR_BUSY);
	assert_non_null(strstr(e->msg, "(PID "));
	assert_null(withdraw(b));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_serves_the_tokens_alone),
		TEST(test_port_is_free_after_withdrawal),
		TEST(test_busy_port_names_the_holder),
		TEST(test_busy_port_can_be_tried_again),
		TEST(test_hint_names_port_and_address),
		TEST(test_media_side_by_side),
		TEST(test_tls_answers_its_own_handshake_alone),
		TEST(test_busy_tls_port_names_the_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
