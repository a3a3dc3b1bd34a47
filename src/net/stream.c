#include "net/stream.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fs.h"
#include "net/tls.h"

static struct err *system_error(int error)
{
	char text[128];

	if (error == 0 || error == EPIPE)
		return err_new(ERR_NETWORK, "connection closed");
	return err_new(ERR_NETWORK, "%s", strerror_r(error, text, sizeof(text)));
}

static bool waits(struct stream *s, int ssl_error)
{
	s->want = ssl_error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
	return ssl_error == SSL_ERROR_WANT_READ || ssl_error == SSL_ERROR_WANT_WRITE;
}

static bool is_cut(int ssl_error)
{
	return ssl_error == SSL_ERROR_SSL &&
	       ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

static struct err *ssl_failed(struct stream *s, int ssl_error, int error)
{
	if (ssl_error == SSL_ERROR_SYSCALL) {
		ERR_clear_error();
		return system_error(error);
	}
	if (ssl_error == SSL_ERROR_ZERO_RETURN || is_cut(ssl_error)) {
		ERR_clear_error();
		return system_error(0);
	}
	return tls_error(s->ssl);
}

static struct err *write_plain(struct stream *s, const void *data, size_t len, size_t *n)
{
	ssize_t sent = send(s->fd, data, len, MSG_NOSIGNAL);

	s->want = POLLOUT;
	*n = sent > 0 ? (size_t)sent : 0;
	if (sent >= 0 || errno == EAGAIN || errno == EINTR)
		return NULL;
	return system_error(errno);
}

struct err *stream_write(struct stream *s, const void *data, size_t len, size_t *n)
{
	*n = 0;
	if (s->ssl == NULL)
		return write_plain(s, data, len, n);
	ERR_clear_error();
	errno = 0;
	int ok = SSL_write_ex(s->ssl, data, len, n);
	int error = errno;
	int ssl_error = ok ? SSL_ERROR_NONE : SSL_get_error(s->ssl, ok);

	return ok || waits(s, ssl_error) ? NULL : ssl_failed(s, ssl_error, error);
}

static struct err *read_plain(struct stream *s, void *data, size_t len, size_t *n,
			      enum stream_end *end)
{
	ssize_t got = recv(s->fd, data, len, 0);

	s->want = POLLIN;
	*n = got > 0 ? (size_t)got : 0;
	if (got == 0)
		*end = STREAM_ENDED;
	if (got >= 0 || errno == EAGAIN || errno == EINTR)
		return NULL;
	return system_error(errno);
}

struct err *stream_read(struct stream *s, void *data, size_t len, size_t *n, enum stream_end *end)
{
	*n = 0;
	*end = STREAM_OPEN;
	if (s->ssl == NULL)
		return read_plain(s, data, len, n, end);
	ERR_clear_error();
	errno = 0;
	int ok = SSL_read_ex(s->ssl, data, len, n);
	int error = errno;
	int ssl_error = ok ? SSL_ERROR_NONE : SSL_get_error(s->ssl, ok);

	if (ok || waits(s, ssl_error))
		return NULL;
	*end = ssl_error == SSL_ERROR_ZERO_RETURN ? STREAM_ENDED
	     : is_cut(ssl_error)                  ? STREAM_CUT
						  : STREAM_OPEN;
	if (*end != STREAM_OPEN)
		ERR_clear_error();
	return *end != STREAM_OPEN ? NULL : ssl_failed(s, ssl_error, error);
}

struct err *stream_handshake(struct stream *s, bool *done)
{
	ERR_clear_error();
	errno = 0;
	int result = SSL_do_handshake(s->ssl);
	int error = errno;
	int ssl_error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(s->ssl, result);

	*done = result == 1;
	return *done || waits(s, ssl_error) ? NULL : ssl_failed(s, ssl_error, error);
}

bool stream_is_idle(struct stream *s)
{
	char byte;

	if (s->ssl == NULL)
		return recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
	ERR_clear_error();
	int result = SSL_peek(s->ssl, &byte, 1); /* takes session tickets on its way */
	bool idle = result <= 0 && SSL_get_error(s->ssl, result) == SSL_ERROR_WANT_READ;

	ERR_clear_error();
	return idle;
}

void stream_close(struct stream *s)
{
	if (s->ssl != NULL && SSL_is_init_finished(s->ssl))
		(void)SSL_shutdown(s->ssl);
	ERR_clear_error();
	SSL_free(s->ssl);
	fd_close(s->fd);
	*s = (struct stream){ .fd = -1 };
}
