#include "net/peer.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "net/http1.h"

enum { MAX_CONNECTIONS = 64 };

struct peer {
	const char *const *const *scripts;
	size_t count;
	SSL_CTX *tls;
	int listener;
	unsigned port;
	pthread_t acceptor;
	pthread_t threads[MAX_CONNECTIONS];
	pthread_mutex_t lock;
	pthread_cond_t came;
	size_t connections, resumed;
	bool ends;
	struct strlist requests;
};

struct talk {
	struct peer *peer;
	int fd;
	SSL *ssl;
	const char *const *script;
};

static ssize_t hear(const struct talk *t, void *data, size_t len)
{
	return t->ssl != NULL ? SSL_read(t->ssl, data, (int)len) : recv(t->fd, data, len, 0);
}

static void say(const struct talk *t, const char *text)
{
	size_t len = strlen(text);

	if (len > 0 && t->ssl != NULL)
		(void)SSL_write(t->ssl, text, (int)len);
	else if (len > 0)
		(void)send(t->fd, text, len, MSG_NOSIGNAL);
}

static void keep(struct peer *p, const struct http_message *m)
{
	const char *host = http_headers_get(&m->headers, "Host");
	const char *authorization = http_headers_get(&m->headers, "Proxy-Authorization");

	(void)pthread_mutex_lock(&p->lock);
	strlist_take(&p->requests,
		     str_fmt("%s %s %s %s%s", m->method, m->target, host != NULL ? host : "-",
			     buf_str(&m->body), authorization != NULL ? authorization : ""));
	(void)pthread_mutex_unlock(&p->lock);
}

/* One request; false when the other side closed. */
static bool hear_request(const struct talk *t)
{
	AUTO(http_parser_free) struct http_parser *parser = http_parser_new(HTTP_REQUESTS, NULL);
	AUTO(http_message_release) struct http_message m = { 0 };

	while (!http_parser_done(parser)) {
		char byte;
		size_t used = 0;

		if (hear(t, &byte, 1) != 1)
			return false;
		AUTO(err_free) struct err *e = http_parser_feed(parser, &byte, 1, &used);

		if (e != NULL)
			return false;
	}
	http_parser_take(parser, &m);
	keep(t->peer, &m);
	return true;
}

static void hang(const struct talk *t)
{
	char byte;

	while (hear(t, &byte, 1) == 1)
		;
}

static void meet(struct peer *p)
{
	(void)pthread_mutex_lock(&p->lock);
	while (p->connections < p->count && !p->ends)
		(void)pthread_cond_wait(&p->came, &p->lock);
	(void)pthread_mutex_unlock(&p->lock);
}

static void reset(const struct talk *t)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void play(const struct talk *t)
{
	bool unasked = false;

	for (size_t i = 0; t->script != NULL && t->script[i] != NULL; i++) {
		const char *answer = t->script[i];

		if (streq(answer, PEER_GREET)) {
			unasked = true;
			continue;
		}
		if (streq(answer, PEER_MEET)) {
			meet(t->peer);
			return;
		}
		if (streq(answer, PEER_STAY))
			hang(t);
		else if (!unasked && !hear_request(t))
			return;
		if (streq(answer, PEER_HANG))
			hang(t);
		else if (streq(answer, PEER_RESET))
			reset(t);
		else if (!streq(answer, PEER_STAY))
			say(t, answer);
		unasked = false;
	}
}

static bool shake(struct talk *t)
{
	if (t->peer->tls == NULL)
		return true;
	t->ssl = SSL_new(t->peer->tls);
	(void)SSL_set_fd(t->ssl, t->fd);
	if (SSL_accept(t->ssl) != 1)
		return false;
	(void)pthread_mutex_lock(&t->peer->lock);
	t->peer->resumed += (size_t)SSL_session_reused(t->ssl);
	(void)pthread_mutex_unlock(&t->peer->lock);
	return true;
}

static void *run_talk(void *arg)
{
	struct talk *t = arg;

	if (shake(t))
		play(t);
	if (t->ssl != NULL)
		(void)SSL_shutdown(t->ssl);
	SSL_free(t->ssl);
	(void)close(t->fd);
	free(t);
	return NULL;
}

static void *run_acceptor(void *arg)
{
	struct peer *p = arg;

	for (;;) {
		int fd = accept(p->listener, NULL, NULL);

		if (fd < 0 || p->connections == MAX_CONNECTIONS)
			return NULL;
		struct talk *t = xcalloc(1, sizeof(*t));

		(void)pthread_mutex_lock(&p->lock);
		size_t n = p->connections++;
		(void)pthread_cond_broadcast(&p->came);
		(void)pthread_mutex_unlock(&p->lock);
		*t = (struct talk){ .peer = p,
				    .fd = fd,
				    .script = n < p->count ? p->scripts[n] : NULL };
		if (pthread_create(&p->threads[n], NULL, run_talk, t) != 0)
			abort();
	}
}

struct peer *peer_new(const char *const *const *scripts, size_t count, SSL_CTX *tls)
{
	struct peer *p = xcalloc(1, sizeof(*p));
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	p->scripts = scripts;
	p->count = count;
	p->tls = tls;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(p->listener, (const struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(p->listener, 64) != 0 ||
	    getsockname(p->listener, (struct sockaddr *)&a, &len) != 0)
		abort();
	p->port = ntohs(a.sin_port);
	if (pthread_mutex_init(&p->lock, NULL) != 0 || pthread_cond_init(&p->came, NULL) != 0 ||
	    pthread_create(&p->acceptor, NULL, run_acceptor, p) != 0)
		abort();
	return p;
}

void peer_free(struct peer *p)
{
	if (p == NULL)
		return;
	(void)shutdown(p->listener, SHUT_RDWR);
	(void)pthread_join(p->acceptor, NULL);
	(void)pthread_mutex_lock(&p->lock);
	p->ends = true;
	(void)pthread_cond_broadcast(&p->came);
	(void)pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->connections; i++)
		(void)pthread_join(p->threads[i], NULL);
	(void)close(p->listener);
	(void)pthread_cond_destroy(&p->came);
	(void)pthread_mutex_destroy(&p->lock);
	strlist_release(&p->requests);
	free(p);
}

unsigned peer_port(const struct peer *p)
{
	return p->port;
}

static size_t locked(struct peer *p, const size_t *value)
{
	(void)pthread_mutex_lock(&p->lock);
	size_t n = *value;
	(void)pthread_mutex_unlock(&p->lock);
	return n;
}

size_t peer_connections(struct peer *p)
{
	return locked(p, &p->connections);
}

size_t peer_resumed(struct peer *p)
{
	return locked(p, &p->resumed);
}

void peer_requests(struct peer *p, struct strlist *out)
{
	(void)pthread_mutex_lock(&p->lock);
	strlist_add_all(out, &p->requests);
	(void)pthread_mutex_unlock(&p->lock);
}

/* --- a CA and a certificate --- */

static void extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);

	if (extension == NULL || !X509_add_ext(cert, extension, -1))
		abort();
	X509_EXTENSION_free(extension);
}

static X509 *certificate(const char *name, EVP_PKEY *key, long serial)
{
	X509 *cert = X509_new();

	(void)X509_set_version(cert, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
	(void)X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	(void)X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	(void)X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
					 (const unsigned char *)name, -1, -1, 0);
	(void)X509_set_pubkey(cert, key);
	return cert;
}

SSL_CTX *peer_tls(const char *ca_file, const char *name)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *ca_key = EVP_EC_gen("P-256");
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *ca = certificate("test CA", ca_key, 1);
	X509 *cert = certificate("test server", key, 2);
	FILE *f = fopen(ca_file, "w");

	(void)X509_set_issuer_name(ca, X509_get_subject_name(ca));
	extend(ca, ca, NID_basic_constraints, "critical,CA:TRUE");
	(void)X509_set_issuer_name(cert, X509_get_subject_name(ca));
	extend(cert, ca, NID_subject_alt_name, name);
	if (X509_sign(ca, ca_key, EVP_sha256()) == 0 ||
	    X509_sign(cert, ca_key, EVP_sha256()) == 0 || f == NULL || !PEM_write_X509(f, ca) ||
	    fclose(f) != 0 || SSL_CTX_use_certificate(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, key) != 1)
		abort();
	X509_free(ca);
	X509_free(cert);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	return ctx;
}
