#include "net/tls.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fs.h"
#include "base/str.h"

struct tls_client {
	SSL_CTX *ctx;
	BIO_METHOD *socket;
};

/* --- the socket under it --- */

static int socket_result(BIO *bio, ssize_t n, int retry)
{
	BIO_clear_retry_flags(bio);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
	return (int)n;
}

static int socket_fd(BIO *bio)
{
	return (int)(intptr_t)BIO_get_data(bio);
}

static int socket_write(BIO *bio, const char *data, int len)
{
	return socket_result(bio, send(socket_fd(bio), data, (size_t)len, MSG_NOSIGNAL),
			     BIO_FLAGS_WRITE);
}

static int socket_read(BIO *bio, char *data, int len)
{
	return socket_result(bio, recv(socket_fd(bio), data, (size_t)len, 0), BIO_FLAGS_READ);
}

static long socket_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	(void)bio;
	(void)num;
	(void)ptr;
	return cmd == BIO_CTRL_FLUSH || cmd == BIO_CTRL_DUP;
}

static BIO_METHOD *socket_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
				     "socket without SIGPIPE");

	if (m == NULL || !BIO_meth_set_write(m, socket_write) ||
	    !BIO_meth_set_read(m, socket_read) || !BIO_meth_set_ctrl(m, socket_ctrl))
		abort();
	return m;
}

static BIO *socket_new(const struct tls_client *c, int fd)
{
	BIO *bio = BIO_new(c->socket);

	if (bio == NULL)
		abort();
	BIO_set_data(bio, (void *)(intptr_t)fd);
	BIO_set_init(bio, 1);
	return bio;
}

/* --- trust --- */

/* A directory helps only when its files are named by hash ("4a6481c9.0"). */
static bool has_hashed_names(const char *path)
{
	DIR *dir = opendir(path);
	bool found = false;
	const struct dirent *entry;

	while (dir != NULL && !found && (entry = readdir(dir)) != NULL)
		found = strlen(entry->d_name) >= 10 &&
			strspn(entry->d_name, "0123456789abcdef") == 8 && entry->d_name[8] == '.';
	if (dir != NULL)
		closedir(dir);
	return found;
}

static struct err *trust_path(SSL_CTX *ctx, const char *path, const char *said_by)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_errno(errno, "%s %s", said_by, path);
	if (S_ISDIR(st.st_mode) ? SSL_CTX_load_verify_dir(ctx, path)
				: SSL_CTX_load_verify_file(ctx, path))
		return NULL;
	ERR_clear_error();
	return err_new(ERR_CONFIG, "%s %s: no certificates in PEM form", said_by, path);
}

/* SSL_CERT_DIR may be a list; OpenSSL's lookup takes it as it is. */
static struct err *trust_dirs(SSL_CTX *ctx, const char *dirs)
{
	if (SSL_CTX_load_verify_dir(ctx, dirs))
		return NULL;
	ERR_clear_error();
	return err_new(ERR_CONFIG, "the certificate directory %s cannot be used", dirs);
}

/* The bundle file costs 18 ms of CPU to read; the directory only what a chain needs. */
static struct err *trust_system(SSL_CTX *ctx)
{
	const char *dir = X509_get_default_cert_dir();

	if (has_hashed_names(dir))
		return trust_dirs(ctx, dir);
	if (has_hashed_names("/etc/ssl/certs"))
		return trust_dirs(ctx, "/etc/ssl/certs");
	if (SSL_CTX_set_default_verify_file(ctx))
		return NULL;
	ERR_clear_error();
	return err_new(ERR_CONFIG,
		       "no trusted certificates in %s (Debian: install ca-certificates)", dir);
}

static struct err *trust_environment(SSL_CTX *ctx)
{
	static const char *const names[] = { "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
					     "SSL_CERT_FILE" };
	const char *dirs = getenv("SSL_CERT_DIR");

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *path = getenv(names[i]);

		if (path != NULL && *path != '\0')
			return trust_path(ctx, path, names[i]);
	}
	return dirs != NULL && *dirs != '\0' ? trust_dirs(ctx, dirs) : trust_system(ctx);
}

static struct err *trust(SSL_CTX *ctx, const struct tls_trust *t)
{
	if (t->no_verify)
		return NULL;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (t->file == NULL && t->dir == NULL)
		return trust_environment(ctx);
	if (t->file != NULL)
		TRY(trust_path(ctx, t->file, "the CA file"));
	return t->dir != NULL ? trust_dirs(ctx, t->dir) : NULL;
}

/* --- connections --- */

/* The peer gave a session to resume: it replaces the one in the slot that tls_open() was given. */
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	SSL_SESSION **slot = SSL_get_app_data(ssl);

	SSL_SESSION_free(*slot);
	*slot = session;
	return 1;
}

struct err *tls_client_new(struct tls_client **out, const struct tls_trust *t)
{
	static const unsigned char alpn[] = "\x08http/1.1";
	AUTO(tls_client_free) struct tls_client *c = xcalloc(1, sizeof(*c));

	c->ctx = SSL_CTX_new(TLS_client_method());
	if (c->ctx == NULL)
		return err_wrap(tls_error(NULL), "starting TLS");
	c->socket = socket_method();
	(void)SSL_CTX_set_min_proto_version(c->ctx, TLS1_2_VERSION);
	(void)SSL_CTX_set_alpn_protos(c->ctx, alpn, sizeof(alpn) - 1);
	(void)SSL_CTX_set_mode(c->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
					       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					       SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(c->ctx,
					     SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c->ctx, keep_session);
	TRY_WRAP(trust(c->ctx, t), "trusted certificates");
	*out = MOVE(c);
	return NULL;
}

void tls_client_free(struct tls_client *c)
{
	if (c == NULL)
		return;
	SSL_CTX_free(c->ctx);
	BIO_meth_free(c->socket);
	free(c);
}

static bool is_literal(const char *host)
{
	struct in6_addr a;

	return inet_pton(AF_INET, host, &a) == 1 || inet_pton(AF_INET6, host, &a) == 1;
}

/* Whom the certificate must name; the name is also sent (SNI), an address never is (RFC 6066 §3). */
static bool expect_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (is_literal(host))
		return X509_VERIFY_PARAM_set1_ip_asc(param, host);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, host, 0) && SSL_set_tlsext_host_name(ssl, host);
}

struct err *tls_open(SSL **out, const struct tls_client *c, int fd, const char *host,
		     SSL_SESSION **session)
{
	SSL *ssl = SSL_new(c->ctx);

	if (ssl == NULL)
		return tls_error(NULL);
	BIO *bio = socket_new(c, fd);

	SSL_set_bio(ssl, bio, bio);
	SSL_set_app_data(ssl, session);
	SSL_set_connect_state(ssl);
	if (!expect_host(ssl, host) || (*session != NULL && !SSL_set_session(ssl, *session))) {
		SSL_free(ssl);
		return tls_error(NULL);
	}
	*out = ssl;
	return NULL;
}

/* --- errors --- */

static const char set_trust[] =
	"to trust a private CA set REQUESTS_CA_BUNDLE or SSL_CERT_FILE to its root certificate";

static const struct {
	long result;
	const char *hint;
} verify_hints[] = {
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, set_trust },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, set_trust },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, set_trust },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, set_trust },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, set_trust },
	{ X509_V_ERR_CERT_NOT_YET_VALID, "is this machine's clock right?" },
	{ X509_V_ERR_CERT_HAS_EXPIRED, "is this machine's clock right?" },
};

static struct err *verify_error(long result)
{
	const char *why = X509_verify_cert_error_string(result);

	for (size_t i = 0; i < ARRAY_LEN(verify_hints); i++)
		if (verify_hints[i].result == result)
			return err_new(ERR_NETWORK, "certificate verify failed: %s; %s", why,
				       verify_hints[i].hint);
	return err_new(ERR_NETWORK, "certificate verify failed: %s", why);
}

struct err *tls_error(const SSL *ssl)
{
	long verify = ssl != NULL ? SSL_get_verify_result(ssl) : X509_V_OK;
	unsigned long code = ERR_peek_error();
	char text[160];

	if (ERR_GET_LIB(code) == ERR_LIB_SSL &&
	    ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED && verify != X509_V_OK) {
		ERR_clear_error();
		return verify_error(verify);
	}
	(void)OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, NULL);
	ERR_error_string_n(code, text, sizeof(text));
	const char *reason = ERR_reason_error_string(code);

	ERR_clear_error();
	if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER)
		return err_new(ERR_NETWORK, "the other side does not speak TLS (is it http?)");
	return err_new(ERR_NETWORK, "%s",
		       reason != NULL ? reason
		       : code != 0    ? text
				      : "connection closed");
}
