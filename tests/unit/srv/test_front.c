/* Whose port it is: a child of ours is the server, and we are the program in front. */
#include "srv/front.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "check.h"
#include "net/process.h"

static int listen_on(unsigned *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

/* It has the socket; we have it no more. */
static pid_t server_with(int fd)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	assert_true(pid > 0);
	close(fd);
	return pid;
}

static void a_port_is_its_own_or_anothers(void **state)
{
	char path[] = "/tmp/test_front_XXXXXX";
	const char *const pid_files[] = { path, NULL };
	AUTO(free) char *comm = process_name(getpid());
	const char *const programs[] = { comm, NULL };
	const struct webserver s = { .pid_files = pid_files, .programs = programs };
	AUTO(front_release) struct front none = { 0 }, own = { 0 }, ours = { 0 };
	unsigned port, other;

	(void)state;
	pid_t pid = server_with(listen_on(&port));
	int fd = listen_on(&other);
	AUTO(free) char *number = str_fmt("%d\n", (int)pid);
	AUTO(free) char *us = str_fmt("%s (PID %d)", comm, (int)getpid());

	close(mkstemp(path));
	front_find(&none, &s, other); /* the server is not seen */
	assert_null(none.who);
	assert_done(fs_replace(path, number, strlen(number), 0644, false));
	front_find(&own, &s, port);
	assert_null(own.who);
	front_find(&ours, &s, other);
	assert_string_equal(ours.who, us);
	assert_true(front_is_at(&ours, "*") && front_is_at(&ours, "127.0.0.1"));
	assert_false(front_is_at(&ours, "192.0.2.1") || front_is_at(&ours, "[::]") ||
		     front_is_at(&ours, "unix:/run/x"));
	close(fd);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)unlink(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_is_its_own_or_anothers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
