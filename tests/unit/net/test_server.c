#include "check.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "net/peer.h"
#include "net/process.h"
#include "net/server.h"

enum { LENT_BYTES = LIMIT_MIB(16) };

static char lent[LENT_BYTES];
static atomic_uint given_back;

static void give_back(void *ctx)
{
	(void)atomic_fetch_add((atomic_uint *)ctx, 1);
}

static void fill(struct http_message *answer, const struct http_message *request,
		 const struct address *peer)
{
	AUTO(free) char *from = address_text(peer);

	answer->status = 200;
	if (streq(request->target, "/huge"))
		for (int i = 0; i < 5000; i++)
			buf_adds(&answer->body, "0123456789");
	else if (str_starts(request->target, "/lent"))
		answer->lent = (struct http_loan){ lent, LENT_BYTES, give_back, &given_back };
	else if (streq(request->target, "/broken"))
		http_headers_add(&answer->headers, "X", "a\r\nb");
	else
		buf_addf(&answer->body, "%s %s %s %s", request->method, request->target, from,
			 buf_str(&request->body));
}

static void handle(void *ctx, struct server_request *r)
{
	AUTO(http_message_release) struct http_message answer = { .body = BUF_INIT(LIMIT_MIB(1)) };

	(void)ctx;
	if (str_ends(server_request_message(r)->target, "/broken"))
		http_headers_add(&answer.headers, "X", "a\r\nb");
	fill(&answer, server_request_message(r), server_request_peer(r));
	server_reply(r, &answer);
}

static struct server *started(size_t max_connections, int idle_timeout_ms)
{
	const struct server_options o = {
		.handle = handle,
		.max_connections = max_connections,
		.idle_timeout_ms = idle_timeout_ms,
	};
	struct server *s = NULL;

	assert_null(server_new(&s, &o));
	assert_null(server_listen(s, "127.0.0.1", 0));
	assert_null(server_start(s));
	return s;
}

static void go_to(const struct server *s, int fd)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)server_port(s)) };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
}

static int visit(const struct server *s)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	go_to(s, fd);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All until the server closes; the deadline is the test's. */
static bool hear_some(struct buf *b, int fd)
{
	char bytes[4096];
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&ready, 1, 10000), 1);
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	if (n > 0)
		buf_add(b, bytes, (size_t)n);
	return n > 0;
}

static void hear_all(struct buf *b, int fd)
{
	while (hear_some(b, fd))
		;
}

#define HOST "Host: a\r\n"
#define CLOSE "Connection: close\r\n"

static const struct {
	const char *request;
	const char *begins;
	const char *ends;
} talks[] = {
	{ "GET /x HTTP/1.1\r\n" HOST CLOSE "\r\n", "HTTP/1.1 200 OK\r\n",
	  "\r\n\r\nGET /x 127.0.0.1 " },
	{ "GET /x HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\n", "GET /x 127.0.0.1 " },
	{ "POST /x HTTP/1.1\r\n" HOST CLOSE "Content-Length: 2\r\n\r\nab", "HTTP/1.1 200 OK\r\n",
	  "POST /x 127.0.0.1 ab" },
	{ "HEAD /x HTTP/1.1\r\n" HOST CLOSE "\r\n", "HTTP/1.1 200 OK\r\n",
	  "Content-Length: 18\r\n\r\n" },
	{ "GET /1 HTTP/1.1\r\n" HOST "\r\nGET /2 HTTP/1.1\r\n" HOST CLOSE "\r\n",
	  "HTTP/1.1 200 OK\r\n", "GET /2 127.0.0.1 " },
	{ "GET /x HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "not exactly one Host\n" },
	{ "GET /x HTTP/2.0\r\n" HOST "\r\n", "HTTP/1.1 505 ", "not version 1 of HTTP\n" },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: x\r\n\r\n", "HTTP/1.1 501 ",
	  "other than chunked\n" },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 9999999999\r\n\r\n", "HTTP/1.1 413 ",
	  "is accepted\n" },
	{ "GET /broken HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 500 ", "\r\n\r\n" },
};

static void test_talks(void **state)
{
	AUTO(server_free) struct server *s = started(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(talks); i++) {
		AUTO(buf_release) struct buf heard = BUF_INIT(LIMIT_MIB(1));
		AUTO(fd_close) int fd = visit(s);

		say(fd, talks[i].request);
		hear_all(&heard, fd);
		if (!str_starts(buf_str(&heard), talks[i].begins) ||
		    !str_ends(buf_str(&heard), talks[i].ends))
			fail_msg("row %zu: %s", i, buf_str(&heard));
		assert_non_null(strstr(buf_str(&heard), "Connection: close\r\n"));
	}
}

static void refuse(void *ctx, const struct address *peer, struct http_message *answer)
{
	AUTO(free) char *from = address_text(peer);

	(void)ctx;
	buf_addf(&answer->body, "said to %s", from);
}

/* RFC 9112 §9.6: who is still sending when it is refused hears why all the same. */
static void test_refused_while_sending(void **state)
{
	static const char noise[LIMIT_KIB(64)] = "GET /";
	const struct server_options o = { .handle = handle, .refuse = refuse };
	AUTO(server_free) struct server *s = NULL;
	AUTO(buf_release) struct buf heard = BUF_INIT(LIMIT_MIB(1));

	(void)state;
	assert_done(server_new(&s, &o));
	assert_done(server_listen(s, "127.0.0.1", 0));
	assert_done(server_start(s));
	AUTO(fd_close) int fd = visit(s);

	for (int i = 0; i < 16; i++)
		assert_int_equal(send(fd, noise, sizeof(noise), MSG_NOSIGNAL), sizeof(noise));
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	hear_all(&heard, fd);
	assert_true(str_starts(buf_str(&heard), "HTTP/1.1 414 "));
	assert_true(str_ends(buf_str(&heard), "\nsaid to 127.0.0.1"));
}

#define EXPECT "Expect: 100-Continue\r\nContent-Length: 2\r\n"
#define GO_ON "HTTP/1.1 100 Continue\r\n\r\n"

static void hear_exactly(int fd, const char *wanted)
{
	char bytes[1000] = { 0 };
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	size_t len = strlen(wanted);

	for (size_t got = 0; got < len;) {
		assert_int_equal(poll(&ready, 1, 10000), 1);
		ssize_t n = recv(fd, bytes + got, len - got, 0);

		assert_true(n > 0);
		got += (size_t)n;
	}
	assert_string_equal(bytes, wanted);
}

/* RFC 9110 §10.1.1: each request's body is asked for once, by HTTP/1.1, and not when it is refused or here already. */
static void test_expectations(void **state)
{
	static const struct {
		const char *request, *begins;
	} rows[] = {
		{ "POST /x HTTP/1.1\r\n" HOST CLOSE EXPECT "\r\nab", "HTTP/1.1 200 " },
		{ "POST /x HTTP/1.0\r\n" EXPECT "\r\nab", "HTTP/1.1 200 " },
		{ "GET /x HTTP/1.1\r\n" HOST CLOSE "Expect: 100-continue\r\n\r\n",
		  "HTTP/1.1 200 " },
		{ "POST /x HTTP/1.1\r\n" HOST
		  "Expect: 100-continue\r\nContent-Length: 9999999999\r\n\r\n",
		  "HTTP/1.1 413 " },
	};
	AUTO(server_free) struct server *s = started(0, 0);
	AUTO(buf_release) struct buf heard = BUF_INIT(LIMIT_KIB(4));
	AUTO(fd_close) int patient = visit(s);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf all = BUF_INIT(LIMIT_KIB(4));
		AUTO(fd_close) int fd = visit(s);

		say(fd, rows[i].request);
		hear_all(&all, fd);
		assert_true(str_starts(buf_str(&all), rows[i].begins));
	}
	say(patient, "POST /1 HTTP/1.1\r\n" HOST EXPECT "\r\n");
	hear_exactly(patient, GO_ON);
	say(patient, "abPOST /2 HTTP/1.1\r\n" HOST CLOSE EXPECT "\r\n");
	hear_exactly(patient, "HTTP/1.1 200 OK\r\n");
	while (strstr(buf_str(&heard), GO_ON) == NULL)
		assert_true(hear_some(&heard, patient));
	say(patient, "cd");
	hear_all(&heard, patient);
	assert_non_null(strstr(buf_str(&heard), "POST /1 127.0.0.1 ab" GO_ON));
	assert_true(str_ends(buf_str(&heard), "POST /2 127.0.0.1 cd"));
}

/* A client that sends requests and reads nothing makes us hold a bounded amount, and gets all answers once it reads. */
static void test_unread_answers(void **state)
{
	enum { REQUESTS = 40, BODY = 50000 };
	AUTO(server_free) struct server *s = started(0, 0);
	AUTO(fd_close) int fd = visit(s);
	AUTO(buf_release) struct buf heard = BUF_INIT(LIMIT_MIB(4));

	(void)state;
	for (int i = 0; i < REQUESTS - 1; i++)
		say(fd, "GET /huge HTTP/1.1\r\n" HOST "\r\n");
	say(fd, "GET /huge HTTP/1.1\r\n" HOST CLOSE "\r\n");
	hear_all(&heard, fd);
	assert_true(heard.len > (size_t)REQUESTS * BODY);
}

static void wait_given_back(unsigned count)
{
	for (int i = 0; i < 10000 && atomic_load(&given_back) < count; i++)
		(void)poll(NULL, 0, 1);
	assert_int_equal(atomic_load(&given_back), count);
}

/* What is lent is not copied, and given back once: when it is sent, when it is not to be sent, when nobody takes it. */
static void test_lent(void **state)
{
	AUTO(server_free) struct server *s = started(0, 0);
	AUTO(buf_release) struct buf heard = BUF_INIT(LENT_BYTES + 1000);
	AUTO(fd_close) int reader = visit(s);
	int leaver = visit(s);

	(void)state;
	memset(lent, 'x', sizeof(lent));
	say(leaver, "GET /lent HTTP/1.1\r\n" HOST "\r\n");
	say(reader, "GET /lent HTTP/1.1\r\n" HOST CLOSE "\r\n");
	assert_true(hear_some(&heard, reader));
	assert_non_null(strstr(buf_str(&heard), "Content-Length: 16777216\r\n"));
	assert_int_equal(atomic_load(&given_back), 0);
	hear_all(&heard, reader);
	assert_true(heard.len > LENT_BYTES && str_ends(buf_str(&heard), "xxxx"));
	wait_given_back(1);
	assert_int_equal(close(leaver), 0);
	wait_given_back(2);
	for (unsigned i = 0; i < 2; i++) {
		AUTO(fd_close) int fd = visit(s);

		buf_reset(&heard);
		say(fd, i == 0 ? "HEAD /lent HTTP/1.1\r\n" HOST CLOSE "\r\n"
			       : "GET /lent/broken HTTP/1.1\r\n" HOST CLOSE "\r\n");
		hear_all(&heard, fd);
		assert_true(heard.len < 1000);
		wait_given_back(3 + i);
	}
}

/* A slow peer has one deadline for the whole request, however it drips. */
/* What is large, as a CRL, may take longer than a connection may be idle. */
static void test_lent_has_time(void **state)
{
	const struct server_options o = { .handle = handle,
					  .idle_timeout_ms = 1,
					  .header_timeout_ms = 60000 };
	AUTO(server_free) struct server *s = NULL;
	AUTO(buf_release) struct buf heard = BUF_INIT(LENT_BYTES + 1000);

	(void)state;
	assert_done(server_new(&s, &o));
	assert_done(server_listen(s, "127.0.0.1", 0));
	assert_done(server_start(s));
	AUTO(fd_close) int fd = visit(s);

	say(fd, "GET /lent HTTP/1.1\r\n" HOST CLOSE "\r\n");
	hear_all(&heard, fd);
	assert_true(heard.len > LENT_BYTES);
}

static void test_slow_request(void **state)
{
	AUTO(server_free) struct server *s = started(0, 300);
	AUTO(fd_close) int fd = visit(s);
	AUTO(buf_release) struct buf heard = BUF_INIT(100);

	(void)state;
	for (int i = 0;; i++) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };

		if (send(fd, "G", 1, MSG_NOSIGNAL) < 0 || poll(&ready, 1, 50) > 0)
			break;
		assert_true(i < 400);
	}
	hear_all(&heard, fd);
	assert_int_equal(heard.len, 0);
}

static void test_oldest_gives_way(void **state)
{
	AUTO(server_free) struct server *s = started(2, 0);
	AUTO(fd_close) int first = visit(s);
	AUTO(fd_close) int second = visit(s);
	AUTO(fd_close) int third = visit(s);
	AUTO(buf_release) struct buf heard = BUF_INIT(1000);

	(void)state;
	hear_all(&heard, first);
	assert_int_equal(heard.len, 0);
	say(second, "GET / HTTP/1.0\r\n\r\n");
	say(third, "GET / HTTP/1.0\r\n\r\n");
	hear_all(&heard, second);
	hear_all(&heard, third);
	assert_true(str_starts(buf_str(&heard), "HTTP/1.1 200"));
}

/* This process may open no more; the limit before. */
static rlim_t leave_no_descriptors(void)
{
	struct rlimit files;
	int next = dup(STDIN_FILENO);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	const rlim_t before = files.rlim_cur;

	files.rlim_cur = (rlim_t)next;
	fd_close(next);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	return before;
}

static void allow_descriptors(rlim_t count)
{
	struct rlimit files;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = count;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
}

/* valgrind keeps the limit itself: it accepts, and closes what is too much. */
static bool is_under_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

static int64_t cpu_ms(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void ask_and_hear(int fd)
{
	AUTO(buf_release) struct buf heard = BUF_INIT(1000);

	say(fd, "GET / HTTP/1.0\r\n\r\n");
	hear_all(&heard, fd);
	assert_true(str_starts(buf_str(&heard), "HTTP/1.1 200"));
}

/* Waits without being asked all the time, and goes on when there are some. */
static void test_no_descriptor_left(void **state)
{
	AUTO(server_free) struct server *s = started(0, 0);
	AUTO(fd_close) int waits = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct timespec while_ = { .tv_nsec = 300 * 1000000L };

	(void)state;
	const rlim_t before = leave_no_descriptors();
	const int64_t used_ms = cpu_ms();

	go_to(s, waits);
	(void)nanosleep(&while_, NULL);
	allow_descriptors(before);
	assert_true(cpu_ms() - used_ms < 150);
	ask_and_hear(waits);
}

static void test_quiet_one_gives_its_descriptor(void **state)
{
	AUTO(server_free) struct server *s = started(0, 0);
	AUTO(fd_close) int comes = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AUTO(fd_close) int quiet = visit(s);
	AUTO(buf_release) struct buf heard = BUF_INIT(1000);

	(void)state;
	say(quiet, "GET / HTTP/1.1\r\n" HOST "\r\n");
	assert_true(hear_some(&heard, quiet));
	const rlim_t before = leave_no_descriptors();

	go_to(s, comes);
	hear_all(&heard, quiet);
	ask_and_hear(comes);
	allow_descriptors(before);
}

static void test_both_families(void **state)
{
	const struct server_options o = { .handle = handle };
	AUTO(server_free) struct server *s = NULL;
	AUTO(buf_release) struct buf heard = BUF_INIT(1000);

	(void)state;
	assert_null(server_new(&s, &o));
	if (access("/proc/net/if_inet6", F_OK) != 0)
		skip();
	assert_null(server_listen(s, "::", 0));
	assert_null(server_start(s));
	AUTO(fd_close) int fd = visit(s);

	say(fd, "GET / HTTP/1.0\r\n\r\n");
	hear_all(&heard, fd);
	assert_true(str_ends(buf_str(&heard), "::ffff:127.0.0.1 "));
}

static void test_port_in_use(void **state)
{
	const struct server_options o = { .handle = handle };
	AUTO(server_free) struct server *s = started(0, 0);
	AUTO(server_free) struct server *other = NULL;
	AUTO(free) char *us = str_fmt("(PID %d)", (int)getpid());
	AUTO(free) char *port = str_fmt("TCP port %u ", server_port(s));

	(void)state;
	assert_null(server_new(&other, &o));
	AUTO(err_free) struct err *e = server_listen(other, "127.0.0.1", server_port(s));

	assert_non_null(e);
	assert_int_equal(e->code, ERR_BUSY);
	assert_non_null(strstr(e->msg, us));
	assert_non_null(strstr(e->msg, port));
	AUTO(err_free) struct err *wrong = server_listen(other, "not an address", 0);

	assert_non_null(wrong);
	assert_int_equal(wrong->code, ERR_CONFIG);
}

/* --- on the caller's loop: answers that come later, draining --- */

struct later {
	struct event_base *base;
	struct server_request *waiting;
	struct event *timer;
	bool hold; /* the test itself answers */
	bool drained;
};

static void answer_waiting(evutil_socket_t fd, short what, void *ctx)
{
	struct later *l = ctx;
	AUTO(http_message_release)
	struct http_message answer = { .status = 200, .body = BUF_INIT(100) };

	(void)fd;
	(void)what;
	buf_adds(&answer.body, "later");
	server_reply(MOVE(l->waiting), &answer);
}

static void keep_waiting(void *ctx, struct server_request *r)
{
	struct later *l = ctx;

	assert_null(l->waiting); /* one connection, one request at a time */
	l->waiting = r;
	if (!l->hold)
		event_active(l->timer, EV_TIMEOUT, 0);
}

static struct server *started_on_loop(struct later *l, SSL_CTX *tls)
{
	struct server *s = NULL;

	l->base = event_base_new();
	l->timer = event_new(l->base, -1, 0, answer_waiting, l);
	assert_done(server_new(
		&s, &(struct server_options){ .handle = keep_waiting, .ctx = l, .base = l->base }));
	assert_done(server_listen_tls(s, "127.0.0.1", 0, tls));
	return s;
}

static void end_loop(struct later *l)
{
	event_free(l->timer);
	event_base_free(l->base);
}

/* Turns the loop until the peer has heard the end. */
static void hear_from_loop(struct buf *heard, const struct later *l, int fd)
{
	char bytes[4096];

	for (;;) {
		(void)event_base_loop(l->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (n == 0)
			return;
		if (n > 0)
			buf_add(heard, bytes, (size_t)n);
	}
}

static void test_answers_later(void **state)
{
	struct later l = { 0 };
	struct server *s = started_on_loop(&l, NULL);
	AUTO(buf_release) struct buf heard = BUF_INIT(LIMIT_KIB(4));
	AUTO(fd_close) int fd = visit(s);

	(void)state;
	say(fd, "GET /1 HTTP/1.1\r\n" HOST "\r\nGET /2 HTTP/1.1\r\n" HOST CLOSE "\r\n");
	hear_from_loop(&heard, &l, fd);
	assert_true(str_ends(buf_str(&heard), "\r\n\r\nlater"));
	assert_non_null(strstr(buf_str(&heard), "laterHTTP/1.1 200 OK\r\n"));
	assert_int_equal(server_connections(s), 0);
	server_free(s);
	end_loop(&l);
}

/* Who asked is gone, then the server too: the answer is to nobody and harms nobody. */
static void test_answers_to_nobody(void **state)
{
	struct later l = { .hold = true };
	struct server *s = started_on_loop(&l, NULL);
	int fd = visit(s);

	(void)state;
	say(fd, "GET /1 HTTP/1.1\r\n" HOST "\r\n");
	while (l.waiting == NULL)
		(void)event_base_loop(l.base, EVLOOP_ONCE);
	fd_close(fd);
	server_free(s);
	assert_null(server_request_tls(l.waiting));
	assert_string_equal(server_request_message(l.waiting)->target, "/1");
	answer_waiting(-1, 0, &l);
	end_loop(&l);
}

/* One exchange through TLS with a server whose certificate is for that name. */
static void visit_by_tls(const struct server *s, const char *name, struct buf *heard)
{
	static const char request[] = "GET /x HTTP/1.1\r\n" HOST CLOSE "\r\n";
	AUTO(fd_close) int fd = visit(s);
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(ctx);
	char bytes[1000];
	int n = 0;

	assert_int_equal(SSL_set_fd(ssl, fd), 1);
	assert_int_equal(SSL_connect(ssl), 1);
	X509 *cert = SSL_get1_peer_certificate(ssl);

	assert_int_equal(X509_check_host(cert, name, 0, 0, NULL), 1);
	X509_free(cert);
	assert_int_equal(SSL_write(ssl, request, sizeof(request) - 1), sizeof(request) - 1);
	while ((n = SSL_read(ssl, bytes, sizeof(bytes))) > 0)
		buf_add(heard, bytes, (size_t)n);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

static SSL_CTX *certificate_for(const char *name)
{
	AUTO(free) char *ca_file = str_fmt("/tmp/signet-test-server-%d.pem", (int)getpid());
	AUTO(free) char *san = str_fmt("DNS:%s", name);
	SSL_CTX *ctx = peer_tls(ca_file, san);

	assert_int_equal(unlink(ca_file), 0);
	return ctx;
}

static void serve_by_tls(SSL_CTX *first, SSL_CTX *second, const char *name)
{
	const struct server_options o = { .handle = handle };
	AUTO(server_free) struct server *s = NULL;
	AUTO(buf_release) struct buf heard = BUF_INIT(LIMIT_KIB(4));

	assert_done(server_new(&s, &o));
	assert_done(server_listen_tls(s, "127.0.0.1", 0, first));
	if (second != NULL)
		server_set_tls(s, second);
	assert_done(server_start(s));
	visit_by_tls(s, name, &heard);
	assert_true(str_starts(buf_str(&heard), "HTTP/1.1 200 OK\r\n"));
	assert_true(str_ends(buf_str(&heard), "GET /x 127.0.0.1 "));
}

static void test_tls(void **state)
{
	SSL_CTX *first = certificate_for("first.example");
	SSL_CTX *second = certificate_for("second.example");

	(void)state;
	serve_by_tls(first, NULL, "first.example");
	serve_by_tls(first, second, "second.example");
	SSL_CTX_free(first);
	SSL_CTX_free(second);
}

/* The server ends while libevent still holds what has just happened on a connection (leaks are found by ASan). */
static void test_tls_ends_at_any_time(void **state)
{
	const struct server_options o = { .handle = handle };
	SSL_CTX *tls = certificate_for("first.example");
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	(void)state;
	for (int i = 0; i < 20; i++) {
		AUTO(server_free) struct server *s = NULL;

		assert_done(server_new(&s, &o));
		assert_done(server_listen_tls(s, "127.0.0.1", 0, tls));
		assert_done(server_start(s));
		AUTO(fd_close) int fd = visit(s);
		SSL *ssl = SSL_new(ctx);

		assert_int_equal(SSL_set_fd(ssl, fd), 1);
		assert_int_equal(SSL_connect(ssl), 1);
		assert_int_equal(SSL_write(ssl, "G", 1), 1);
		(void)SSL_shutdown(ssl);
		SSL_free(ssl);
	}
	SSL_CTX_free(ctx);
	SSL_CTX_free(tls);
}

static void note_drained(void *ctx)
{
	((struct later *)ctx)->drained = true;
}

static void test_drain(void **state)
{
	struct later l = { .hold = true };
	struct server *s = started_on_loop(&l, NULL);
	AUTO(buf_release) struct buf nothing = BUF_INIT(LIMIT_KIB(4));
	AUTO(buf_release) struct buf heard = BUF_INIT(LIMIT_KIB(4));
	AUTO(fd_close) int quiet = visit(s);
	AUTO(fd_close) int busy = visit(s);

	(void)state;
	say(busy, "GET /1 HTTP/1.1\r\n" HOST "\r\n");
	while (l.waiting == NULL)
		(void)event_base_loop(l.base, EVLOOP_ONCE);
	while (server_connections(s) < 2)
		(void)event_base_loop(l.base, EVLOOP_ONCE);
	server_drain(s, note_drained, &l);
	hear_from_loop(&nothing, &l, quiet);
	assert_int_equal(nothing.len, 0);
	assert_false(l.drained);
	answer_waiting(-1, 0, &l);
	hear_from_loop(&heard, &l, busy);
	assert_true(str_ends(buf_str(&heard), "later"));
	assert_non_null(strstr(buf_str(&heard), "Connection: close\r\n"));
	while (!l.drained)
		(void)event_base_loop(l.base, EVLOOP_ONCE);
	server_free(s);
	end_loop(&l);
}

static void test_free_port_has_no_holder(void **state)
{
	struct server *s = started(0, 0);
	unsigned port = server_port(s);

	(void)state;
	server_free(s);
	assert_null(port_holder(port));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talks),
		cmocka_unit_test(test_refused_while_sending),
		cmocka_unit_test(test_expectations),
		cmocka_unit_test(test_unread_answers),
		cmocka_unit_test(test_lent),
		cmocka_unit_test(test_lent_has_time),
		cmocka_unit_test(test_slow_request),
		cmocka_unit_test(test_oldest_gives_way),
		cmocka_unit_test(test_both_families),
		cmocka_unit_test(test_port_in_use),
		cmocka_unit_test(test_answers_later),
		cmocka_unit_test(test_answers_to_nobody),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_tls_ends_at_any_time),
		cmocka_unit_test(test_free_port_has_no_holder),
		/* last, and not under valgrind */
		cmocka_unit_test(test_no_descriptor_left),
		cmocka_unit_test(test_quiet_one_gives_its_descriptor),
	};

	return _cmocka_run_group_tests(
		"tests", tests, ARRAY_LEN(tests) - (is_under_valgrind() ? 2 : 0), NULL, NULL);
}
