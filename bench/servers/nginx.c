/*
 * bench_nginx N...: what it costs to read a configuration of nginx with N server blocks in as many files, to find the block that
 * answers for one name, and to edit it. CPU time and memory of each step, in a tree below $TMPDIR that is removed again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "plugins/nginx/challenge.h"

static double cpu_ms(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static long peak_kib(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static struct err *write_site(const char *dir, int64_t number)
{
	AUTO(free) char *path = str_fmt("%s/sites/site%05d", dir, (int)number);
	AUTO(free)
	char *text = str_fmt(
		"server {\n"
		"    listen 80;\n"
		"    listen [::]:80;\n"
		"    server_name site%d.test www.site%d.test; # and no other\n"
		"    root /srv/site%d;\n"
		"    access_log /var/log/nginx/site%d.log combined;\n\n"
		"    location / {\n"
		"        try_files $uri $uri/ /index.php?$args;\n"
		"    }\n\n"
		"    location ~ \\.php$ {\n"
		"        fastcgi_pass unix:/run/php/site%d.sock;\n"
		"        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n"
		"        include fastcgi_params;\n"
		"    }\n"
		"}\n",
		(int)number, (int)number, (int)number, (int)number, (int)number);

	return fs_create(path, text, strlen(text), 0644);
}

static struct err *write_tree(const char *dir, int64_t sites)
{
	static const char main_text[] = "events { }\nhttp {\n    include sites/*;\n}\n";
	AUTO(free) char *path = fs_join(dir, "nginx.conf");
	AUTO(free) char *below = fs_join(dir, "sites");

	TRY(fs_mkdir(below, 0755, NULL));
	for (int64_t i = 0; i < sites; i++)
		TRY(write_site(dir, i));
	return fs_create(path, main_text, strlen(main_text), 0644);
}

static void count_edit(void *count, const char *path, const struct buf *old, const struct buf *new)
{
	(void)path;
	(void)old;
	(void)new;
	++*(size_t *)count;
}

static struct err *measure(const char *dir, int64_t sites)
{
	AUTO(free) char *name = str_fmt("www.site%d.test", (int)(sites / 2));
	const struct challenge_answer answer = { name, "token", "token.thumbprint" };
	const struct challenge_ports ports = { 80, 443 };
	AUTO(config_free) struct config *c = NULL;
	size_t edited = 0;
	double start = cpu_ms();

	TRY(config_load(&c, dir));
	double loaded = cpu_ms();

	TRY(challenge_edit(c, &answer, 1, &ports));
	config_edits(c, count_edit, &edited);
	printf("%6d %10.1f %10.1f %10.1f %10ld %6zu\n", (int)sites, loaded - start,
	       cpu_ms() - loaded, cpu_ms() - start, peak_kib(), edited);
	return NULL;
}

static struct err *bench(int64_t sites)
{
	const char *tmp = getenv("TMPDIR");
	AUTO(free) char *dir = str_fmt("%s/bench_nginx_XXXXXX", tmp != NULL ? tmp : "/tmp");

	if (mkdtemp(dir) == NULL)
		return err_new(ERR_IO, "%s cannot be made", dir);
	struct err *e = write_tree(dir, sites);

	if (e == NULL)
		e = measure(dir, sites);
	err_ignore(fs_remove_tree(dir));
	return e;
}

/* Each in a process of its own, for its peak of memory. */
static int bench_apart(int64_t sites)
{
	int status = 1;
	pid_t child = fork();

	if (child == 0) {
		AUTO(err_free) struct err *e = bench(sites);
		AUTO(free) char *text = e != NULL ? err_text(e) : NULL;

		if (text != NULL)
			fprintf(stderr, "bench_nginx: %s\n", text);
		exit(text != NULL);
	}
	return child > 0 && waitpid(child, &status, 0) == child ? status : 1;
}

int main(int argc, char **argv)
{
	int failed = 0;

	printf("%6s %10s %10s %10s %10s %6s\n", "sites", "read ms", "edit ms", "CPU ms", "peak KiB",
	       "edited");
	(void)fflush(stdout);
	for (int i = 1; i < argc; i++) {
		int64_t sites = 0;

		if (!str_to_int(argv[i], 1, 50000, &sites))
			return 2;
		failed |= bench_apart(sites);
	}
	return failed != 0;
}
