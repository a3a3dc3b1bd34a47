#include "plugins/apache/lend.h"

#include "base/fs.h"
#include "plugins/apache/edit.h"
#include "plugins/apache/line.h"
#include "plugins/apache/port.h"

struct err *apache_lend_module(struct buf *b, const struct apache_challenges *c, const char *name,
			       const char *use)
{
	AUTO(free) char *module = str_fmt("%s_module", name);
	AUTO(free) char *file = str_fmt("%s.load", name);

	if (apache_config_has_module(c->config, module))
		return NULL;
	AUTO(free) char *load = c->modules_dir != NULL ? fs_join(c->modules_dir, file) : NULL;

	if (load == NULL || !fs_exists(load))
		return err_new(
			ERR_CONFIG,
			"Apache has no mod_%s, which answers the challenges: load it (`a2enmod %s`, or a LoadModule line), or use %s",
			name, name, use);
	AUTO(free) char *quoted = apache_quoted(load, true);

	buf_addf(b, "Include %s\n", quoted);
	return NULL;
}

struct err *apache_lend_port(struct buf *b, const struct apache_challenges *c, bool tls)
{
	if (apache_addresses_have_port(&c->config->listens, c->port))
		return NULL;
	TRY(apache_port_check(c->port, tls ? "--https-port" : "--http-01-port"));
	buf_addf(b, "Listen %u%s\n", c->port, tls && c->port != 443 ? " https" : "");
	return NULL;
}

struct err *apache_lend_file(struct change *out, const struct apache_challenges *c,
			     const char *name, const struct buf *lines)
{
	AUTO(free) char *path = fs_join(c->dir, name);
	AUTO(free) char *quoted = apache_quoted(path, true);
	AUTO(free) char *line = str_fmt("Include %s\n", quoted);

	if (lines->len == 0)
		return NULL;
	TRY(buf_check(lines, path));
	change_create(out, path, lines, 0644);
	return apache_add_last(c->root, c->root->root, line);
}
