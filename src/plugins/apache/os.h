/* Where systems keep Apache (certbot.md 16.1), by the ID and ID_LIKE of /etc/os-release. */
#pragma once

#include <stdbool.h>

struct apache_os {
	const char *ids; /* separated by spaces */
	const char *server_root, *vhost_root, *logs_root;
	const char *ctl;            /* reloads */
	const char *bin;            /* takes -t, -v and -D: some apachectl no longer pass them on */
	const char *enmod, *dismod; /* NULL: modules are a matter of people */
	bool handle_modules, handle_sites;
};

/* text: /etc/os-release, or NULL. Systems unknown have Debian's places, without its programs. */
const struct apache_os *apache_os_of(const char *text);
