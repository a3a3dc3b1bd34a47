/*
 * One reading of the configuration in httpd's order. Two are needed where a define of the command line is not known at first:
 * what the server says is defined is either made by a file or was there before.
 */
#pragma once

#include "plugins/apache/condition.h"
#include "plugins/apache/library.h"
#include "plugins/apache/macro.h"

struct apache_walk {
	struct apache_config *config; /* filled: vhosts, listens, modules */
	struct apache_library *library;
	struct apache_ground ground;
	char *server_root; /* ground's, once a file has said it; NULL: none did */
	struct apache_macros macros;
	struct strlist seen; /* paths as they were included */

	/* where we are */
	struct apache_file *file;
	const char *path; /* as it was included */
	struct apache_vhost *host;
	const struct strlist *parameters, *values; /* of the macro in use; NULL: none */
	unsigned inner;  /* sections around us that are neither hosts nor conditions */
	unsigned nested; /* files and macros in each other */
};

/* from: the Include that names it; NULL: none. */
MUST_CHECK struct err *apache_walk_file(struct apache_walk *w, struct apache_node *from,
					const char *path);
MUST_CHECK struct err *apache_walk_section(struct apache_walk *w,
					   const struct apache_node *section);
/* From here the reading went on in that section. */
void apache_walk_note(const struct apache_walk *w, struct apache_node *from, struct apache_file *f,
		      struct apache_node *section);
/* With the values of the macro in use; the next argument, with these and those of variables, NULL: there is none. The caller's. */
char *apache_walk_fill(const struct apache_walk *w, const char *text);
char *apache_walk_word(const struct apache_walk *w, const char **rest);
void apache_walk_release(struct apache_walk *w);

AUTO_RELEASE(struct apache_walk, apache_walk_release)
