#include "net/server_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fs.h"
#include "base/str.h"
#include "net/process.h"

static struct err *cannot_listen(int error, const char *address, unsigned port)
{
	AUTO(free) char *holder = error == EADDRINUSE ? port_holder(port) : NULL;

	if (error == EADDRINUSE)
		return err_new(ERR_BUSY, "TCP port %u is already in use by %s", port,
			       holder != NULL ? holder : "another program");
	if (error == EACCES)
		return err_new(
			ERR_PERMISSION,
			"TCP port %u needs more rights: run as root, or use a port above 1023",
			port);
	return err_errno(error, "listening on %s port %u", address, port);
}

/* -1 with errno, else a listening socket. */
static int listening_socket(const struct addrinfo *a, bool reuse_port)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	int off = 0;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (reuse_port)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (a->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	int error = errno;

	fd_close(fd);
	errno = error;
	return -1;
}

struct err *server_socket_open(int *out, const char *address, unsigned port, bool reuse_port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICSERV | AI_PASSIVE };
	AUTO(free) char *service = str_fmt("%u", port);
	struct addrinfo *found = NULL;
	int status = getaddrinfo(address, service, &hints, &found);

	if (status != 0)
		return err_new(ERR_CONFIG, "cannot listen on \"%s\": %s", address,
			       gai_strerror(status));
	*out = listening_socket(found, reuse_port);
	struct err *e = *out < 0 ? cannot_listen(errno, address, port) : NULL;

	freeaddrinfo(found);
	return e;
}
