/*
 * bench_vhosts nginx|apache N...: what it costs to read a configuration of N sites in as many files, to find the one that answers for
 * a name, and to edit it. One JSON object a line; the tree is made below $TMPDIR and removed again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"
#include "vhosts/vhosts.h"

static const struct bench_server *const servers[] = { &bench_nginx, &bench_apache };

static struct rusage used(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return u;
}

static double cpu_ms(void)
{
	const struct rusage u = used();

	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static struct err *write_file(const char *dir, const char *name, const char *text)
{
	AUTO(free) char *path = fs_join(dir, name);

	return fs_create(path, text, strlen(text), 0644);
}

static struct err *write_tree(const struct bench_server *s, const char *dir, size_t sites)
{
	AUTO(free) char *below = fs_join(dir, "sites");

	TRY(fs_mkdir(below, 0755, NULL));
	for (size_t i = 0; i < sites; i++) {
		AUTO(free) char *name = str_fmt("%05zu.conf", i);
		AUTO(free) char *text = s->site(i);

		TRY(write_file(below, name, text));
	}
	return write_file(dir, s->main_file, s->main_text);
}

static struct err *measure(const struct bench_server *s, const char *dir, size_t sites)
{
	AUTO(free) char *name = str_fmt("www.site%zu.test", sites / 2);
	void *config = NULL;
	double start = cpu_ms();

	TRY(s->load(&config, dir));
	double loaded = cpu_ms();
	struct err *e = s->edit(config, name);
	double edited = cpu_ms();

	s->release(config);
	if (e == NULL)
		printf("{\"sites\": %zu, \"read_ms\": %.2f, \"edit_ms\": %.2f, \"cpu_ms\": %.2f, \"peak_kib\": %ld}\n",
		       sites, loaded - start, edited - loaded, edited - start, used().ru_maxrss);
	return e;
}

static struct err *bench(const struct bench_server *s, size_t sites)
{
	const char *tmp = getenv("TMPDIR");
	AUTO(free) char *dir = str_fmt("%s/bench_vhosts_XXXXXX", tmp != NULL ? tmp : "/tmp");

	if (mkdtemp(dir) == NULL)
		return err_new(ERR_IO, "%s cannot be made", dir);
	struct err *e = write_tree(s, dir, sites);

	if (e == NULL)
		e = measure(s, dir, sites);
	err_ignore(fs_remove_tree(dir));
	return e;
}

/* Each in a process of its own, for its peak of memory. */
static bool bench_apart(const struct bench_server *s, size_t sites)
{
	int status = 1;
	pid_t child = fork();

	if (child == 0) {
		AUTO(err_free) struct err *e = bench(s, sites);
		AUTO(free) char *text = e != NULL ? err_text(e) : NULL;

		if (text != NULL)
			fprintf(stderr, "bench_vhosts: %s\n", text);
		exit(text != NULL);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static const struct bench_server *server_called(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(servers); i++)
		if (streq(servers[i]->name, name))
			return servers[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct bench_server *s = argc > 2 ? server_called(argv[1]) : NULL;
	bool fine = s != NULL;

	for (int i = 2; fine && i < argc; i++) {
		int64_t sites = 0;

		fine = str_to_int(argv[i], 1, 50000, &sites) && bench_apart(s, (size_t)sites);
	}
	if (s == NULL)
		fprintf(stderr, "usage: bench_vhosts nginx|apache N...\n");
	return fine ? 0 : 1;
}
