#include "net/listeners.h"

#include <ctype.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "base/fs.h"
#include "net/tcp_table.h"

enum { STATE_LISTEN = 10, ANSWER_SIZE = 32 * 1024, ANSWER_S = 2 };

static void add(struct listeners *l, const struct listener *one)
{
	l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
	l->items[l->count++] = *one;
}

/* Address and port as they are on the wire. */
static struct address address_of(int family, const uint32_t *words, uint16_t port)
{
	struct address a = { .len = sizeof(struct sockaddr_in) };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a.addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a.addr;

	a.addr.ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		memcpy(&v4->sin_addr, words, sizeof(v4->sin_addr));
		v4->sin_port = port;
		return a;
	}
	a.len = sizeof(*v6);
	memcpy(&v6->sin6_addr, words, sizeof(v6->sin6_addr));
	v6->sin6_port = port;
	return a;
}

/* --- sock_diag --- */

static bool ask(int fd, int family)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 request;
	} message = {
		.head = { .nlmsg_len = sizeof(message),
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.request = { .sdiag_family = (uint8_t)family,
			     .sdiag_protocol = IPPROTO_TCP,
			     .idiag_states = 1U << STATE_LISTEN },
	};

	return send(fd, &message, sizeof(message), 0) == (ssize_t)sizeof(message);
}

static void take_socket(struct listeners *out, const char *data, size_t len)
{
	struct inet_diag_msg m;

	if (len < sizeof(m))
		return;
	memcpy(&m, data, sizeof(m));
	const struct listener found = {
		.at = address_of(m.idiag_family, m.id.idiag_src, m.id.idiag_sport),
		.inode = m.idiag_inode,
	};

	add(out, &found);
}

/* What one read brought. *more: the kernel has not said that this was all. */
static bool take_answer(struct listeners *out, const char *data, size_t len, bool *more)
{
	struct nlmsghdr head;

	for (size_t at = 0; len - at >= sizeof(head); at += NLMSG_ALIGN(head.nlmsg_len)) {
		memcpy(&head, data + at, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > len - at ||
		    head.nlmsg_type == NLMSG_ERROR)
			return false;
		*more = head.nlmsg_type != NLMSG_DONE;
		if (!*more)
			return true;
		take_socket(out, data + at + sizeof(head), head.nlmsg_len - sizeof(head));
		if (NLMSG_ALIGN(head.nlmsg_len) >= len - at)
			return true;
	}
	return true;
}

static bool receive(struct listeners *out, int fd)
{
	AUTO(free) char *data = xmalloc(ANSWER_SIZE);
	bool more = true;

	while (more) {
		ssize_t len = recv(fd, data, ANSWER_SIZE, 0);

		if (len <= 0 || !take_answer(out, data, (size_t)len, &more))
			return false;
	}
	return true;
}

static bool from_kernel(struct listeners *out)
{
	AUTO(fd_close)
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	const struct timeval patience = { .tv_sec = ANSWER_S };

	return fd >= 0 &&
	       setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
	       ask(fd, AF_INET) && receive(out, fd) && ask(fd, AF_INET6) && receive(out, fd);
}

/* --- tables --- */

static uint32_t hex_number(const char *text, size_t digits)
{
	uint32_t n = 0;

	for (size_t i = 0; i < digits && isxdigit((unsigned char)text[i]); i++) {
		int c = tolower((unsigned char)text[i]);

		n = n * 16 + (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return n;
}

/* "0100007F:01BB", or the same of four words, which are numbers of this machine. */
static void take_line(void *into, const struct strlist *columns)
{
	const char *hex = columns->items[TCP_COLUMN_LOCAL];
	size_t words = strcspn(hex, ":") / 8;
	uint32_t word[4] = { 0 };
	int64_t inode = 0;

	if (!streq(columns->items[TCP_COLUMN_STATE], "0A") || (words != 1 && words != 4) ||
	    !str_to_int(columns->items[TCP_COLUMN_INODE], 0, INT64_MAX, &inode))
		return;
	for (size_t i = 0; i < words; i++)
		word[i] = hex_number(hex + 8 * i, 8);
	uint16_t port = htons((uint16_t)hex_number(hex + 8 * words + 1, 4));
	const struct listener found = {
		.at = address_of(words == 1 ? AF_INET : AF_INET6, word, port),
		.inode = (uint64_t)inode,
	};

	add(into, &found);
}

void listeners_from_table(struct listeners *out, pid_t pid)
{
	AUTO(free) char *entry = pid != 0 ? str_fmt("%d", (int)pid) : xstrdup("self");

	tcp_table_each(entry, take_line, out);
}

/* --- both --- */

static bool sees_our_network(pid_t pid)
{
	AUTO(free) char *path = str_fmt("/proc/%d/ns/net", (int)pid);
	AUTO(free) char *theirs = NULL, *ours = NULL;

	err_ignore(fs_readlink(&theirs, path));
	err_ignore(fs_readlink(&ours, "/proc/self/ns/net"));
	return theirs != NULL && ours != NULL && streq(theirs, ours);
}

void listeners_gather(struct listeners *out, pid_t pid)
{
	AUTO(listeners_release) struct listeners asked = { 0 };

	if ((pid != 0 && !sees_our_network(pid)) || !from_kernel(&asked)) {
		listeners_from_table(out, pid);
		return;
	}
	for (size_t i = 0; i < asked.count; i++)
		add(out, &asked.items[i]);
}

void listeners_release(struct listeners *l)
{
	free(l->items);
	*l = (struct listeners){ 0 };
}
