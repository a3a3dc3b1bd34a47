/* What HTTPS needs of the whole server: modules and a port. */
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "plugins/apache/listen.h"
#include "plugins/apache/port.h"
#include "plugins/apache/site.h"

struct apache_file *apache_root_file(const struct apache_sites *s)
{
	return s->config->files[0];
}

/* "# Depends: setenvif mime" in the .load file: a2enmod enables these too, and a2dismod would leave them. */
static struct err *dependencies(struct strlist *out, const struct apache_sites *s, const char *name)
{
	static const char mark[] = "# Depends:";
	AUTO(free)
	char *path = str_fmt("%s/%s.load",
			     s->place->modules_dir != NULL ? s->place->modules_dir : "", name);
	AUTO(free) char *text = NULL;

	TRY(fs_read_if_exists(&text, NULL, path, LIMIT_FILE));
	const char *line = text != NULL ? strstr(text, mark) : NULL;
	AUTO(free)
	char *words = line != NULL
			    ? xstrndup(line + strlen(mark), strcspn(line + strlen(mark), "\n"))
			    : xstrdup("");

	strlist_split(out, words, ' ');
	return NULL;
}

static void enable(struct apache_sites *s, const char *name)
{
	const char *enable[] = { s->place->enmod, name, NULL };
	const char *disable[] = { s->place->dismod, "-f", name, NULL };

	change_run(s->change, enable, s->place->dismod != NULL ? disable : NULL);
}

struct err *apache_need_module(struct apache_sites *s, const char *name)
{
	AUTO(free) char *module = str_fmt("%s_module", name);
	AUTO(strlist_release) struct strlist others = { 0 };

	if (apache_config_has_module(s->config, module))
		return NULL;
	if (!s->place->handle_modules || s->place->enmod == NULL)
		return err_new(
			ERR_CONFIG,
			"Apache has not loaded mod_%s: load it (a LoadModule line in its configuration), then try again",
			name);
	strlist_add(&s->config->modules,
		    module); /* first: modules that need each other would go in a circle */
	TRY(dependencies(&others, s, name));
	for (size_t i = 0; i < others.count; i++)
		TRY(apache_need_module(s, others.items[i]));
	enable(s, name);
	return NULL;
}

/* What waits for the module counts from now on: Debian's ports.conf has <IfModule ssl_module>Listen 443. */
static struct err *need_ssl(struct apache_sites *s)
{
	bool there = apache_config_has_module(s->config, "ssl_module");

	TRY(apache_need_module(s, "socache_shmcb"));
	TRY(apache_need_module(s, "ssl"));
	return there ? NULL : apache_config_reread(s->config);
}

struct err *apache_prepare_tls(struct apache_sites *s, const char *name)
{
	bool listens = apache_addresses_have_port(&s->config->listens, s->https_port);

	TRY(need_ssl(s));
	if (listens || (s->front != NULL && apache_best(s, name, APACHE_TLS_ONLY) != NULL))
		return NULL;
	TRY(apache_port_check(s->https_port, "--https-port"));
	return apache_open_port(s, s->https_port, s->http_port, true);
}

struct err *apache_prepare_plain(struct apache_sites *s)
{
	if (apache_addresses_have_port(&s->config->listens, s->http_port))
		return NULL;
	TRY(apache_port_check(s->http_port, "--http-01-port"));
	return apache_open_port(s, s->http_port, s->https_port, false);
}
