/*
 * HTTP challenges through the running server, whatever its sites do with .well-known.
 *
 * mod_rewrite decides before proxies, redirects, access rules and handlers are looked at. A rule per token, first in each host
 * that may be asked, ends the request with status 200, and an ErrorDocument for that status is the answer: no file is served,
 * so no rule about files and no permission of theirs matters. Where a host does not rewrite, a second rule keeps its own ones asleep.
 */
#pragma once

#include "plugins/apache/choice.h"
#include "srv/change.h"

struct apache_answer {
	const char *path; /* "/.well-known/acme-challenge/TOKEN" */
	const char *body;
};

struct apache_challenges {
	struct apache_config *config; /* its files are edited */
	struct apache_file *root;     /* the file that httpd reads first */
	const char *dir;              /* where our own files go; httpd reads them */
	const char *
		modules_dir; /* of .load files: "/etc/apache2/mods-available"; NULL: nobody may load modules */
	unsigned port;
};

/* Plans the answers in these hosts. ERR_CONFIG: mod_rewrite is not there, with the way out. */
MUST_CHECK struct err *apache_plan_answers(struct change *out, const struct apache_challenges *c,
					   const struct apache_choice *hosts,
					   const struct apache_answer *answers, size_t count);
