/* <IfModule>, <IfDefine>, <IfVersion>, <IfFile> and the like: does the condition hold for this server? */
#pragma once

#include "base/err.h"
#include "plugins/apache/tree.h"
#include "plugins/apache/vars.h"

struct apache_ground {
	struct strlist modules; /* "ssl_module": those loaded so far */
	struct apache_vars vars;
	const char *version;     /* NULL: not known, no <IfVersion> holds */
	const char *server_root; /* relative paths are below it */
};

bool apache_is_condition(const char *section);
/* A section that asks whether Apache knows a name (<IfDirective>, <IfSection>): signet cannot judge it. */
void apache_note_supposed(struct strlist *doubts, const char *path, const struct apache_node *n,
			  const char *args);
/* args are expanded. ERR_PARSE: not to be understood. */
MUST_CHECK struct err *apache_condition(bool *holds, const struct apache_ground *g,
					const char *section, const char *args);
/* Relative to the server root. The caller's. */
char *apache_path(const struct apache_ground *g, const char *path);
