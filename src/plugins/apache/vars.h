/* What ${NAME} stands for: Define, else the environment that apachectl gives to httpd. */
#pragma once

#include "base/str.h"

struct apache_vars {
	struct strlist names; /* what <IfDefine> asks for */
	struct strlist keys,
		values; /* of those with a value: httpd does not look at the case of these */
	const struct strlist *environment; /* NAME=VALUE; may be NULL. A loan. */
};

/* value NULL: it has none, or the one that it had. */
void apache_vars_define(struct apache_vars *v, const char *name, const char *value);
void apache_vars_undefine(struct apache_vars *v, const char *name);
bool apache_vars_have(const struct apache_vars *v, const char *name);
/* With its variables filled in, once and not again in what they hold; those unknown stay, as in httpd. The caller's. */
char *apache_expand(const struct apache_vars *v, const char *text);
void apache_vars_release(struct apache_vars *v);

AUTO_RELEASE(struct apache_vars, apache_vars_release)
