/*
 * tlsecho PORT CERT.pem KEY.pem: the least that can answer an ACME client over TLS, as a floor for what a request costs. One thread on
 * epoll, OpenSSL as it comes; nothing is parsed, checked or stored. `signet-load -m order` takes its answers for a CA's.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define URL "https://localhost:%d/"
#define HEAD                                                                                             \
	"HTTP/1.1 %s\r\nLink: <" URL "directory>;rel=\"index\"\r\nReplay-Nonce: "                        \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\nCache-Control: public, "        \
	"max-age=0, no-cache\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: Link, " \
	"Replay-Nonce, Location, Retry-After\r\nDate: Sat, 28 Nov 2026 08:00:00 GMT\r\nLocation: " URL   \
	"acct/1\r\n"

static char directory[2048], nonce[2048], order[2048];
static int port;

static void make_answers(void)
{
	char body[1024];

	snprintf(body, sizeof(body),
		 "{\"newNonce\":\"" URL "n\",\"newAccount\":\"" URL "a\",\"newOrder\":\"" URL
		 "o\"}",
		 port, port, port);
	snprintf(directory, sizeof(directory), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
		 strlen(body), body);
	snprintf(nonce, sizeof(nonce), HEAD "\r\n", "200 OK", port, port);
	snprintf(
		body, sizeof(body),
		"{\"status\":\"pending\",\"expires\":\"2026-12-05T08:00:00Z\",\"identifiers\":[{\"type\":\"dns\",\"value\":"
		"\"n0-12-1234-0123456789abcdef.bench.test\"}],\"authorizations\":[\"" URL
		"acme/authz/1/12345678901234567\"],\"finalize\":\"" URL
		"acme/finalize/1/12345678901234567\"}",
		port, port);
	snprintf(order, sizeof(order),
		 HEAD "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		 "201 Created", port, port, strlen(body), body);
}

static const char *answer_to(const char *request)
{
	return *request == 'G' ? directory : *request == 'H' ? nonce : order;
}

/* A request of the load generator is two records at most, and its body ends with "}". */
static int serve(SSL *ssl)
{
	char in[16384];
	int n = SSL_read(ssl, in, sizeof(in) - 1);

	if (n <= 0)
		return SSL_get_error(ssl, n) == SSL_ERROR_WANT_READ;
	if (in[n - 1] != '}' && memcmp(in + n - 4, "\r\n\r\n", 4) != 0)
		return 1;
	const char *answer = answer_to(in);

	return SSL_write(ssl, answer, (int)strlen(answer)) > 0;
}

static void welcome(int loop, int door, SSL_CTX *ctx)
{
	int fd = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
	SSL *ssl = SSL_new(ctx);

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	SSL_set_fd(ssl, fd);
	SSL_set_accept_state(ssl);
	epoll_ctl(loop, EPOLL_CTL_ADD, fd,
		  &(struct epoll_event){ .events = EPOLLIN, .data.ptr = ssl });
}

static int listen_on(int where)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)where),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, 1024) != 0) {
		perror("tlsecho");
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	struct epoll_event events[64];

	if (argc != 4 || SSL_CTX_use_certificate_chain_file(ctx, argv[2]) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, argv[3], SSL_FILETYPE_PEM) != 1)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	port = atoi(argv[1]);
	make_answers();
	int door = listen_on(port), loop = epoll_create1(EPOLL_CLOEXEC);

	epoll_ctl(loop, EPOLL_CTL_ADD, door, &(struct epoll_event){ .events = EPOLLIN });
	for (;;) {
		int n = epoll_wait(loop, events, 64, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL)
				welcome(loop, door, ctx);
			else if (!serve(events[i].data.ptr)) {
				close(SSL_get_fd(events[i].data.ptr));
				SSL_free(events[i].data.ptr);
			}
		}
	}
}
