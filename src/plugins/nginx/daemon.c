#include "plugins/nginx/daemon.h"

#include <signal.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"

struct daemon {
	char *ctl, *conf;
	char *about;                /* what nginx -V says */
	char *prefix;               /* relative paths of the configuration are of it */
	char *pid_file, *error_log; /* NULL: none that is a file */
	unsigned version[3];
	bool of_system; /* its configuration is the one it was built for */
	const char *test[5], *reload[6], *start[4], *pid_files[2];
	struct webserver server;
};

static const char *const programs[] = { "nginx", "openresty", NULL };

/* The value of "--key=" in the arguments that nginx was configured with; NULL: it has none. */
static char *built_with(const char *about, const char *key)
{
	AUTO(free) char *mark = str_fmt(" --%s=", key);
	const char *at = strstr(about, mark);

	if (at == NULL)
		return NULL;
	at += strlen(mark);
	size_t len = strcspn(at, " \r\n");

	return len > 0 ? xstrndup(at, len) : NULL;
}

/* "nginx version: nginx/1.22.1 (Ubuntu)"; names of products that are made of nginx may stand in its place. */
static void read_version(struct daemon *d)
{
	const char *at = strchr(d->about, '/');

	for (size_t i = 0; at != NULL && i < ARRAY_LEN(d->version); i++) {
		size_t digits = strspn(at + 1, "0123456789");
		AUTO(free) char *number = xstrndup(at + 1, digits);
		int64_t n = 0;

		if (!str_to_int(number, 0, 99999, &n))
			return;
		d->version[i] = (unsigned)n;
		at += 1 + digits;
	}
}

static struct err *ask_about(struct daemon *d, const struct world *w)
{
	const char *const argv[] = { d->ctl, "-V", NULL };
	const struct command c = { .argv = argv,
				   .max_output = LIMIT_HOOK_OUTPUT,
				   .timeout_ms = LIMIT_REQUEST_MS,
				   .stop = w->stop };
	AUTO(command_result_release) struct command_result r = { 0 };

	TRY(w->spawner->run(w->spawner, &c, &r));
	if (r.status != 0)
		return err_new(ERR_CONFIG, "%s -V ended with status %d", d->ctl, r.status);
	d->about = str_fmt("%s\n%s", r.err, r.out);
	return NULL;
}

static char *in_prefix(const struct daemon *d, const char *path)
{
	return *path == '/' || d->prefix == NULL ? xstrdup(path) : fs_join(d->prefix, path);
}

/* The log of nginx may be something else than a file. */
static char *log_path(const struct daemon *d, const char *word)
{
	static const char *const no_files[] = { "stderr", "syslog:", "memory:", "/dev/" };

	for (size_t i = 0; word != NULL && i < ARRAY_LEN(no_files); i++)
		if (str_starts(word, no_files[i]))
			return NULL;
	return word != NULL ? in_prefix(d, word) : NULL;
}

static void describe(struct daemon *d)
{
	const char *const test[] = { d->ctl, "-c", d->conf, "-t", NULL };
	const char *const reload[] = { d->ctl, "-c", d->conf, "-s", "reload", NULL };
	const char *const start[] = { d->ctl, "-c", d->conf, NULL };

	memcpy(d->test, test, sizeof(test));
	memcpy(d->reload, reload, sizeof(reload));
	memcpy(d->start, start, sizeof(start));
	d->pid_files[0] = d->pid_file;
	d->server = (struct webserver){
		.name = "nginx",
		.test = d->test,
		.reload_signal = SIGHUP,
		.reload = { d->reload },
		.start = d->start,
		.unit = "nginx.service",
		.of_system = d->of_system,
		.pid_files = d->pid_file != NULL ? d->pid_files : NULL,
		.programs = programs,
		.error_log = d->error_log,
		.refusal = "[emerg]",
		.tried_again = "bind() to ",
		.given_up = "still could not bind()",
	};
}

struct err *daemon_new(struct daemon **out, const struct world *w, const char *ctl,
		       const char *root, const char *about)
{
	AUTO(daemon_free) struct daemon *d = xcalloc(1, sizeof(*d));

	d->ctl = program_path(ctl);
	if (d->ctl == NULL)
		return err_new(
			ERR_MISSING,
			"the program %s is not there: is nginx installed? --nginx-ctl says where it is",
			ctl);
	d->conf = fs_join(root, "nginx.conf");
	if (about != NULL)
		d->about = xstrdup(about);
	else
		TRY(ask_about(d, w));
	read_version(d);
	d->prefix = built_with(d->about, "prefix");
	AUTO(free)
	char *pid = built_with(d->about, "pid-path"), *log = built_with(d->about, "error-log-path"),
	     *conf = built_with(d->about, "conf-path");

	d->pid_file = pid != NULL ? in_prefix(d, pid) : NULL;
	d->error_log = log_path(d, log);
	d->of_system = conf != NULL && streq(conf, d->conf);
	describe(d);
	*out = MOVE(d);
	return NULL;
}

static struct err *visit_main(void *daemon, struct directive *directive)
{
	struct daemon *d = daemon;
	const char *word = directive_word(directive, 1);

	if (word == NULL)
		return NULL;
	if (directive_is(directive, "pid")) {
		free(d->pid_file);
		d->pid_file = in_prefix(d, word);
	} else if (directive_is(directive, "error_log")) {
		free(d->error_log);
		d->error_log = log_path(d, word);
	}
	return NULL;
}

struct err *daemon_read(struct daemon *d, struct config *c)
{
	TRY(config_each(c, NULL, visit_main, d));
	describe(d);
	return NULL;
}

void daemon_test(struct strlist *argv, const struct options *opt)
{
	strlist_add(argv, opt->nginx_ctl);
	strlist_add(argv, "-c");
	strlist_take(argv, fs_join(opt->nginx_server_root, "nginx.conf"));
	strlist_add(argv, "-t");
}

const struct webserver *daemon_server(const struct daemon *d)
{
	return &d->server;
}

const char *daemon_about(const struct daemon *d)
{
	return d->about;
}

bool daemon_has_tls(const struct daemon *d)
{
	return strstr(d->about, "--with-http_ssl_module") != NULL;
}

bool daemon_is_since(const struct daemon *d, const unsigned version[3])
{
	for (size_t i = 0; i < ARRAY_LEN(d->version); i++)
		if (d->version[i] != version[i])
			return d->version[i] > version[i];
	return true;
}

void daemon_free(struct daemon *d)
{
	if (d == NULL)
		return;
	free(d->ctl);
	free(d->conf);
	free(d->about);
	free(d->prefix);
	free(d->pid_file);
	free(d->error_log);
	free(d);
}
