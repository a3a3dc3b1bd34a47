/* What ${NAME} stands for: Define, and the environment that apachectl gives to httpd. */
#pragma once

#include "base/str.h"

struct apache_vars {
	struct strlist names, values; /* a name without a value: "" */
};

void apache_vars_set(struct apache_vars *v, const char *name, const char *value);
void apache_vars_unset(struct apache_vars *v, const char *name);
const char *apache_vars_get(const struct apache_vars *v,
			    const char *name); /* NULL: not defined. A loan. */
/* With its variables filled in, once and not again in what they hold; those unknown stay, as in httpd. The caller's. */
char *apache_expand(const struct apache_vars *v, const char *text);
void apache_vars_release(struct apache_vars *v);

AUTO_RELEASE(struct apache_vars, apache_vars_release)
