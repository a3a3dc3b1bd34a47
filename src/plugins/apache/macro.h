/* <Macro name $a @b> ... </Macro> and Use name x y (mod_macro): parameters are replaced as text, the longest that fits first. */
#pragma once

#include "base/str.h"
#include "plugins/apache/tree.h"

struct apache_macro {
	char *name;
	struct strlist parameters;
	struct apache_file *file;
	struct apache_node *node;
};

struct apache_macros {
	struct apache_macro *items;
	size_t count;
};

/* args are those of <Macro>; a macro of this name is replaced, as httpd does it. */
MUST_CHECK struct err *apache_macro_define(struct apache_macros *l, struct apache_file *f,
					   struct apache_node *n, const char *args);
void apache_macro_undefine(struct apache_macros *l, const char *name);
/* NULL: not defined. A loan until the next define. */
const struct apache_macro *apache_macro_find(const struct apache_macros *l, const char *name);
/* text with the parameters replaced by these values, which are as many. The caller's. */
char *apache_macro_fill(const struct strlist *parameters, const struct strlist *values,
			const char *text);
void apache_macros_release(struct apache_macros *l);

AUTO_RELEASE(struct apache_macros, apache_macros_release)
