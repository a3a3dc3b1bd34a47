/*
 * What the server itself says of its configuration: one run of `apachectl -t` with every dump it knows, and `-v`. It is the truth
 * about modules and command line defines, and what our own reading is compared with.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "base/world.h"
#include "plugins/apache/place.h"

struct apache_facts {
	char *version;              /* "2.4.71"; NULL: not known */
	char *server_root;          /* NULL: not told */
	char *root_file;            /* the file that is read first; NULL: not told */
	char *pid_file, *error_log; /* NULL: not told */
	struct strlist defines;     /* NAME or NAME=VALUE */
	struct strlist modules;     /* "ssl_module" */
	struct strlist includes;    /* paths, sorted, the first file too */
	struct strlist vhosts; /* "path:line" of each virtual host that no macro makes, sorted */
};

/* From the text of the dumps. */
void apache_facts_parse(struct apache_facts *out, const char *text);
/* "Server version: Apache/2.4.71 (Debian)" */
void apache_facts_version(struct apache_facts *out, const char *text);
/* A version that is there is not asked for. ERR_CONFIG with the server's own words. */
MUST_CHECK struct err *apache_facts_ask(struct apache_facts *out, const struct world *w,
					const struct apache_place *p);
void apache_facts_release(struct apache_facts *f);

AUTO_RELEASE(struct apache_facts, apache_facts_release)
