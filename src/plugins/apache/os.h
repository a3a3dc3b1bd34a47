/* Where systems keep Apache (certbot.md 16.1), by the ID and ID_LIKE of /etc/os-release. */
#pragma once

#include <stdbool.h>

#include "base/str.h"

struct apache_os {
	const char *ids; /* separated by spaces */
	const char *server_root, *vhost_root, *logs_root;
	const char *ctl;            /* reloads */
	const char *bin;            /* takes -t, -v and -D: some apachectl no longer pass them on */
	const char *unit;           /* of systemd; NULL: such systems have another init */
	const char *enmod, *dismod; /* NULL: modules are a matter of people */
	bool handle_modules, handle_sites;
	const char *start_file,
		*start_key; /* the variable with httpd's options; NULL: apachectl has them */
};

/* text: /etc/os-release, or NULL. Systems unknown have Debian's places, without its programs. */
const struct apache_os *apache_os_of(const char *text);
/* Adds "-D" and NAME for each that the variable of a file of shell variables has. text: NULL, there is no such file. */
void apache_os_defines(struct strlist *out, const char *text, const char *key);
