/* The sockets of this very process that listen are found, by the kernel's answer and by its tables. */
#include "check.h"

#include <arpa/inet.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "net/listeners.h"
#include "net/process.h"

struct open_socket {
	int fd;
	struct address at;
	uint64_t inode;
};

static struct open_socket bound(int family, bool listening)
{
	struct open_socket s = { .fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	struct stat st;

	s.at.addr.ss_family = (sa_family_t)family;
	s.at.len = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	if (family == AF_INET6)
		((struct sockaddr_in6 *)&s.at.addr)->sin6_addr = in6addr_loopback;
	else
		((struct sockaddr_in *)&s.at.addr)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(s.fd, (struct sockaddr *)&s.at.addr, s.at.len), 0);
	assert_int_equal(getsockname(s.fd, (struct sockaddr *)&s.at.addr, &s.at.len), 0);
	assert_int_equal(listening ? listen(s.fd, 1) : 0, 0);
	assert_int_equal(fstat(s.fd, &st), 0);
	s.inode = st.st_ino;
	return s;
}

static size_t times_in(const struct listeners *l, const struct open_socket *s)
{
	size_t times = 0;

	for (size_t i = 0; i < l->count; i++)
		times += l->items[i].inode == s->inode && address_same(&l->items[i].at, &s->at);
	return times;
}

static void test_found(void **state)
{
	static void (*const ways[])(struct listeners *, pid_t) = { listeners_gather,
								   listeners_from_table };
	const struct open_socket v4 = bound(AF_INET, true), v6 = bound(AF_INET6, true);
	const struct open_socket silent = bound(AF_INET, false);

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(ways); i++) {
		AUTO(listeners_release) struct listeners l = { 0 };

		ways[i / 2](&l, i % 2 == 1 ? getpid() : 0);
		assert_int_equal(times_in(&l, &v4), 1);
		assert_int_equal(times_in(&l, &v6), 1);
		assert_int_equal(times_in(&l, &silent), 0);
	}
	fd_close(silent.fd);
	fd_close(v6.fd);
	fd_close(v4.fd);
}

static void test_their_process_is_found(void **state)
{
	const struct open_socket s = bound(AF_INET, true);
	AUTO(process_release) struct process p = { 0 };
	AUTO(address_list_release) struct address_list at = { 0 };

	(void)state;
	process_listening(&p, address_port(&s.at));
	assert_int_equal(p.pid, getpid());
	process_listeners(&at, address_port(&s.at));
	assert_int_equal(at.count, 1);
	assert_true(address_same(&at.items[0], &s.at));
	assert_true(process_accepts(getpid()));
	fd_close(s.fd);
	assert_false(process_accepts(getpid()));
}

/* A connection whose other end is ours too. */
static void test_the_other_end(void **state)
{
	const struct open_socket s = bound(AF_INET, true);
	struct address ours = { .len = sizeof(ours.addr) };
	AUTO(process_release) struct process p = { 0 };
	AUTO(process_release) struct process nobody = { 0 };
	AUTO(fd_close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(connect(fd, (const struct sockaddr *)&s.at.addr, s.at.len), 0);
	AUTO(fd_close) int accepted = accept(s.fd, NULL, NULL);

	assert_true(accepted >= 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&ours.addr, &ours.len), 0);
	process_at_other_end(&p, &ours, &s.at);
	assert_int_equal(p.pid, getpid());
	process_at_other_end(&nobody, &s.at, &s.at);
	assert_int_equal(nobody.pid, 0);
	fd_close(s.fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_their_process_is_found),
		cmocka_unit_test(test_the_other_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
