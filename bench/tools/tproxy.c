/*
 * tproxy LISTEN_PORT UPSTREAM_PORT ONE_WAY_MS STATS: a TCP proxy on loopback that counts and, if asked, delays.
 *
 * STATS becomes a file of 64-bit counters that can be read at any time, in the order of enum counter.
 *
 * The delay is that of a path with a one-way delay d. On loopback connect() succeeds at once, so what a client sends first
 * is held until accept + 3d (SYN, SYN-ACK, data), later data until arrival + d; what the server sends is held for d.
 * Bandwidth is not limited.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum counter {
	CONNECTIONS,
	BYTES_UP,
	BYTES_DOWN,
	TURNS, /* a client message after a server message: about one per round trip */
	OPEN_MOST,
	OPEN_NOW,
	COUNTERS
};

/* Bytes on their way; len 0 is the end of the stream. */
struct chunk {
	struct chunk *next;
	double due;
	size_t len, sent;
	unsigned char data[];
};

/* One end of a connection and the bytes that wait to be sent to it. */
struct side {
	int fd;
	struct pair *pair;
	struct chunk *head, **tail;
	bool ended, closed; /* read to the end; our end sent */
	uint32_t events;
};

struct pair {
	struct side client, server;
	double established;
	bool broken, server_spoke;
	struct pair *next;
};

static uint64_t *stats;
static struct pair *pairs;
static int poller;
static double delay;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void watch(struct side *s, int op, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = s };

	if (op == EPOLL_CTL_MOD && s->events == events)
		return;
	s->events = events;
	epoll_ctl(poller, op, s->fd, &e);
}

static void hold(struct side *to, const void *data, size_t len, double due)
{
	struct chunk *c = malloc(sizeof(*c) + len);

	if (!c)
		die("tproxy");
	*c = (struct chunk){ .due = due, .len = len };
	memcpy(c->data, data, len);
	*to->tail = c;
	to->tail = &c->next;
}

static void drop(struct side *s)
{
	struct chunk *c = s->head;

	s->head = c->next;
	if (!s->head)
		s->tail = &s->head;
	free(c);
}

/* Sends what is due at t; true when all of that went. */
static bool deliver(struct side *s, double t)
{
	while (s->head && s->head->due <= t) {
		struct chunk *c = s->head;
		ssize_t n = send(s->fd, c->data + c->sent, c->len - c->sent, MSG_NOSIGNAL);
		if (c->len == 0) {
			shutdown(s->fd, SHUT_WR);
			s->closed = true;
		} else if (n < 0 && errno != EAGAIN) {
			s->pair->broken = true;
			return true;
		}
		c->sent += n > 0 ? (size_t)n : 0;
		if (c->sent < c->len)
			return false;
		drop(s);
	}
	return true;
}

static void flush_side(struct side *s, double t)
{
	uint32_t in = s->ended ? 0 : EPOLLIN;

	watch(s, EPOLL_CTL_MOD, deliver(s, t) ? in : in | EPOLLOUT);
}

static void count(struct side *from, size_t len)
{
	struct pair *p = from->pair;
	bool up = from == &p->client;

	stats[up ? BYTES_UP : BYTES_DOWN] += len;
	if (up && p->server_spoke)
		stats[TURNS]++;
	p->server_spoke = !up;
}

static void receive(struct side *from, double t)
{
	static unsigned char data[65536];
	struct pair *p = from->pair;
	struct side *to = from == &p->client ? &p->server : &p->client;
	ssize_t n = recv(from->fd, data, sizeof(data), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		count(from, (size_t)n);
	else
		from->ended = true;
	double sent = from == &p->client && t < p->established ? p->established : t;
	hold(to, data, n > 0 ? (size_t)n : 0, sent + delay);
}

static void add_side(struct side *s, struct pair *p, int fd)
{
	int one = 1;

	*s = (struct side){ .fd = fd, .pair = p, .tail = &s->head };
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	watch(s, EPOLL_CTL_ADD, EPOLLIN);
}

static void accept_pair(int listener, const struct sockaddr_in *upstream, double t)
{
	int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pair *p = calloc(1, sizeof(*p));

	if (!p || client < 0 || server < 0 || connect(server, (const struct sockaddr *)upstream, sizeof(*upstream)))
		die("tproxy: no connection to the server");
	fcntl(server, F_SETFL, O_NONBLOCK);
	add_side(&p->client, p, client);
	add_side(&p->server, p, server);
	p->established = t + 2 * delay;
	p->server_spoke = true;
	p->next = pairs;
	pairs = p;
	stats[CONNECTIONS]++;
	stats[OPEN_NOW]++;
	if (stats[OPEN_NOW] > stats[OPEN_MOST])
		stats[OPEN_MOST] = stats[OPEN_NOW];
}

static void free_pair(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		struct side *s = i ? &p->server : &p->client;
		close(s->fd);
		while (s->head)
			drop(s);
	}
	free(p);
	stats[OPEN_NOW]--;
}

/* Sends what is due, frees what is over; seconds until the next chunk is due. */
static double flush_all(double t)
{
	double next = t + 3600;

	for (struct pair **at = &pairs; *at;) {
		struct pair *p = *at;
		flush_side(&p->client, t);
		flush_side(&p->server, t);
		if (p->broken || (p->client.closed && p->server.closed)) {
			*at = p->next;
			free_pair(p);
			continue;
		}
		for (int i = 0; i < 2; i++) {
			const struct side *s = i ? &p->server : &p->client;
			if (s->head && s->head->due > t && s->head->due < next)
				next = s->head->due;
		}
		at = &p->next;
	}
	return next - t;
}

static int listen_on(uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event e = { .events = EPOLLIN };

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 1024) || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e))
		die("tproxy: listen");
	return fd;
}

static void map_stats(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t size = COUNTERS * sizeof(*stats);

	if (fd < 0 || ftruncate(fd, (off_t)size))
		die(path);
	stats = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (stats == MAP_FAILED)
		die(path);
}

static void serve(int listener, const struct sockaddr_in *upstream)
{
	struct epoll_event events[64];

	for (;;) {
		double wait = flush_all(now());
		struct timespec t = { (time_t)wait, (long)((wait - (double)(time_t)wait) * 1e9) };
		int n = epoll_pwait2(poller, events, 64, &t, NULL);
		for (int i = 0; i < n; i++) {
			struct side *s = events[i].data.ptr;
			if (!s)
				accept_pair(listener, upstream, now());
			else if (!s->ended && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
				receive(s, now());
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: tproxy LISTEN_PORT UPSTREAM_PORT ONE_WAY_MS STATS\n");
		return 2;
	}
	struct sockaddr_in upstream = { .sin_family = AF_INET,
					.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10)),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	delay = (double)strtoul(argv[3], NULL, 10) / 1000;
	map_stats(argv[4]);
	poller = epoll_create1(EPOLL_CLOEXEC);
	serve(listen_on((uint16_t)strtoul(argv[1], NULL, 10)), &upstream);
}
