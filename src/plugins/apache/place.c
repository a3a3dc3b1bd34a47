#include "plugins/apache/place.h"

#include "base/fs.h"
#include "base/limits.h"
#include "plugins/apache/os.h"

#define OS_RELEASE "/etc/os-release"
#define ENVIRONMENT_MS (10 * 1000)

static char *either(const char *option, const char *preset)
{
	const char *text = option != NULL ? option : preset;

	return text != NULL ? xstrdup(text) : NULL;
}

/* As in Certbot any value but an empty one says yes; but a plain no is one. */
static bool yes(const char *option, bool preset)
{
	static const char *const no[] = { "", "false", "no", "off", "0" };

	for (size_t i = 0; option != NULL && i < ARRAY_LEN(no); i++)
		if (streq_nocase(option, no[i]))
			return false;
	return option != NULL || preset;
}

static void have_httpd(struct apache_place *p, const struct apache_os *os)
{
	AUTO(free) char *text = NULL;

	strlist_add(&p->httpd, p->bin);
	if (os->start_file == NULL)
		return;
	err_ignore(fs_read_if_exists(&text, NULL, os->start_file, LIMIT_FILE));
	apache_os_defines(&p->httpd, text, os->start_key);
}

void apache_place_init(struct apache_place *p, const struct options *o)
{
	AUTO(free) char *text = NULL;

	err_ignore(fs_read_if_exists(&text, NULL, OS_RELEASE, LIMIT_FILE));
	const struct apache_os *os = apache_os_of(text);

	p->server_root = either(o->apache_server_root, os->server_root);
	p->vhost_root = either(o->apache_vhost_root, os->vhost_root);
	p->logs_root = either(o->apache_logs_root, os->logs_root);
	p->challenge_dir = either(o->apache_challenge_location, p->server_root);
	p->ctl = either(o->apache_ctl, os->ctl);
	p->bin = either(o->apache_bin != NULL ? o->apache_bin : o->apache_ctl, os->bin);
	p->enmod = either(o->apache_enmod, os->enmod);
	p->dismod = either(o->apache_dismod, os->dismod);
	p->handle_modules = yes(o->apache_handle_modules, os->handle_modules);
	p->handle_sites = yes(o->apache_handle_sites, os->handle_sites);
	p->unit = os->unit;
	p->root_is_named = o->apache_server_root != NULL;
	p->of_system = streq(p->server_root, os->server_root);
	have_httpd(p, os);
	if (p->handle_modules)
		p->modules_dir = fs_join(p->server_root, "mods-available");
}

struct err *apache_place_check(const struct apache_place *p)
{
	const char *wanted[] = { p->ctl, p->bin };

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		AUTO(free) char *path = program_path(wanted[i]);

		if (path == NULL)
			return err_new(
				ERR_MISSING,
				"Apache does not appear to be installed: there is no program %s; --apache-ctl says where it is",
				wanted[i]);
	}
	return NULL;
}

const char **apache_httpd_argv(const struct apache_place *p, const char *const *more, size_t count)
{
	const char **argv = xcalloc(p->httpd.count + count + 1, sizeof(*argv));

	for (size_t i = 0; i < p->httpd.count; i++)
		argv[i] = p->httpd.items[i];
	for (size_t i = 0; i < count; i++)
		argv[p->httpd.count + i] = more[i];
	return argv;
}

void apache_place_test(struct strlist *argv, const struct options *o)
{
	AUTO(apache_place_release) struct apache_place p = { 0 };

	apache_place_init(&p, o);
	strlist_add_all(argv, &p.httpd);
	strlist_add(argv, "-t");
}

struct err *apache_place_environment(struct strlist *out, const struct apache_place *p,
				     const struct world *w)
{
	static const char script[] = "test -f \"$0\" && . \"$0\" >/dev/null 2>&1; env";
	AUTO(free) char *envvars = fs_join(p->server_root, "envvars");
	const char *argv[] = { "/bin/sh", "-c", script, envvars, NULL };
	const struct command c = { .argv = argv,
				   .input = "",
				   .max_output = LIMIT_FILE,
				   .timeout_ms = ENVIRONMENT_MS,
				   .stop = w->stop };
	AUTO(command_result_release) struct command_result r = { 0 };

	TRY_WRAP(w->spawner->run(w->spawner, &c, &r), "reading %s", envvars);
	strlist_split(out, r.out, '\n');
	return NULL;
}

void apache_place_release(struct apache_place *p)
{
	free(p->server_root);
	free(p->vhost_root);
	free(p->logs_root);
	free(p->challenge_dir);
	free(p->ctl);
	free(p->bin);
	free(p->enmod);
	free(p->dismod);
	free(p->modules_dir);
	strlist_release(&p->httpd);
}
