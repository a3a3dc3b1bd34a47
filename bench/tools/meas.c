/*
 * meas OUT LOG SECONDS COMMAND [ARG ...]: runs one command and appends to OUT, as one JSON line, what the system accounts
 * for it: wall time, CPU of the command and all descendants that were waited for, and the largest single process of them.
 *
 * Its two streams go to LOG. After SECONDS its process group is killed. This is a program of its own because a child
 * forked from a large process inherits that process's peak memory in ru_maxrss.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

static void on_alarm(int signo)
{
	(void)signo;
	kill(-child, SIGKILL);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void run(const char *log, char **command)
{
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	setpgid(0, 0);
	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	execvp(command[0], command);
	_exit(127);
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		fprintf(stderr, "usage: meas OUT LOG SECONDS COMMAND [ARG ...]\n");
		return 2;
	}
	double start = now();
	child = fork();
	if (child == 0)
		run(argv[2], argv + 4);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_alarm }, NULL);
	alarm((unsigned)strtoul(argv[3], NULL, 10));

	struct rusage use;
	int status;
	while (wait4(child, &status, 0, &use) < 0)
		if (errno != EINTR)
			return 1;
	double wall = now() - start;
	FILE *out = fopen(argv[1], "a");
	if (!out)
		return 1;
	fprintf(out, "{\"rc\": %d, \"wall\": %.6f, \"cpu\": %.6f, \"rss_kb\": %ld}\n",
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), wall,
		seconds(use.ru_utime) + seconds(use.ru_stime), use.ru_maxrss);
	return fclose(out) ? 1 : 0;
}
