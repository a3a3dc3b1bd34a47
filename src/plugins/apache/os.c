#include "plugins/apache/os.h"

#include <string.h>

#include "base/str.h"

/* clang-format off */
static const struct apache_os systems[] = {
	{ .ids = "debian ubuntu linuxmint", .server_root = "/etc/apache2", .vhost_root = "/etc/apache2/sites-available",
	  .logs_root = "/var/log/apache2", .unit = "apache2.service", .ctl = "apache2ctl", .bin = "apache2ctl", .enmod = "a2enmod", .dismod = "a2dismod",
	  .handle_modules = true, .handle_sites = true },
	{ .ids = "rhel centos ol amzn scientific cloudlinux almalinux rocky fedora", .server_root = "/etc/httpd",
	  .vhost_root = "/etc/httpd/conf.d", .logs_root = "/var/log/httpd", .unit = "httpd.service", .ctl = "apachectl", .bin = "httpd",
	  .start_file = "/etc/sysconfig/httpd", .start_key = "OPTIONS" },
	{ .ids = "gentoo", .server_root = "/etc/apache2", .vhost_root = "/etc/apache2/vhosts.d", .logs_root = "/var/log/apache2",
	  .unit = "apache2.service", .ctl = "apache2ctl", .bin = "apache2ctl", .start_file = "/etc/conf.d/apache2", .start_key = "APACHE2_OPTS" },
	{ .ids = "opensuse opensuse-leap opensuse-tumbleweed sles suse", .server_root = "/etc/apache2",
	  .vhost_root = "/etc/apache2/vhosts.d", .logs_root = "/var/log/apache2", .unit = "apache2.service", .ctl = "apachectl", .bin = "apachectl",
	  .enmod = "a2enmod", .dismod = "a2dismod" },
	{ .ids = "arch", .server_root = "/etc/httpd", .vhost_root = "/etc/httpd/conf", .logs_root = "/var/log/httpd",
	  .unit = "httpd.service", .ctl = "apachectl", .bin = "apachectl" },
	{ .ids = "alpine", .server_root = "/etc/apache2", .vhost_root = "/etc/apache2/conf.d", .logs_root = "/var/log/apache2",
	  .ctl = "apachectl", .bin = "httpd" },
	{ .ids = "void", .server_root = "/etc/apache", .vhost_root = "/etc/apache/extra", .logs_root = "/var/log/httpd",
	  .ctl = "apachectl", .bin = "httpd" },
	{ .ids = "", .server_root = "/etc/apache2", .vhost_root = "/etc/apache2/sites-available", .logs_root = "/var/log/apache2",
	  .unit = "apache2.service", .ctl = "apache2ctl", .bin = "apache2ctl" },
};
/* clang-format on */

/* The value of KEY="value" among the lines; NULL: none. */
static char *value_of(const struct strlist *lines, const char *key)
{
	for (size_t i = 0; i < lines->count; i++) {
		const char *line = lines->items[i];
		size_t len = strlen(key);

		if (!str_starts(line, key) || line[len] != '=')
			continue;
		const char *value = line + len + 1;
		size_t quote = strspn(value, "\"'");

		return xstrndup(value + quote, strcspn(value + quote, "\"'"));
	}
	return NULL;
}

static const struct apache_os *system_called(const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(systems); i++) {
		AUTO(strlist_release) struct strlist ids = { 0 };

		strlist_split(&ids, systems[i].ids, ' ');
		if (strlist_has(&ids, id))
			return &systems[i];
	}
	return NULL;
}

const struct apache_os *apache_os_of(const char *text)
{
	AUTO(strlist_release) struct strlist lines = { 0 };
	AUTO(strlist_release) struct strlist ids = { 0 };

	strlist_split(&lines, text != NULL ? text : "", '\n');
	AUTO(free) char *own = value_of(&lines, "ID");
	AUTO(free) char *like = value_of(&lines, "ID_LIKE");

	strlist_split(&ids, own != NULL ? own : "", ' ');
	strlist_split(&ids, like != NULL ? like : "", ' ');
	for (size_t i = 0; i < ids.count; i++) {
		const struct apache_os *os = system_called(ids.items[i]);

		if (os != NULL)
			return os;
	}
	return &systems[ARRAY_LEN(systems) - 1];
}

void apache_os_defines(struct strlist *out, const char *text, const char *key)
{
	AUTO(strlist_release) struct strlist lines = { 0 };
	AUTO(strlist_release) struct strlist words = { 0 };

	strlist_split(&lines, text != NULL ? text : "", '\n');
	AUTO(free) char *value = value_of(&lines, key);

	strlist_split(&words, value != NULL ? value : "", ' ');
	for (size_t i = 0; i < words.count; i++) {
		const char *word = words.items[i];
		const char *name = streq(word, "-D") && i + 1 < words.count ? words.items[++i]
				 : str_starts(word, "-D")                   ? word + 2
									    : "";

		if (*name == '\0')
			continue;
		strlist_add(out, "-D");
		strlist_add(out, name);
	}
}
