#include "plugins/apache/directive.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "plugins/apache/include.h"
#include "plugins/apache/line.h"

/* args is filled in for the macro in use, but not for variables: words come first. */
typedef struct err *(*take_fn)(struct apache_walk *w, struct apache_node *n, const char *args);

static struct err *one_word(char **out, const struct apache_walk *w, const char *args)
{
	*out = apache_walk_word(w, &args);
	return *out != NULL ? NULL : err_new(ERR_PARSE, "an argument is missing");
}

static struct err *take_define(struct apache_walk *w, struct apache_node *n, const char *args)
{
	AUTO(free) char *name = NULL;

	(void)n;
	TRY(one_word(&name, w, args));
	const char *rest = args;
	AUTO(free) char *raw = apache_word(&rest);
	AUTO(free) char *value = apache_walk_word(w, &rest);

	apache_vars_define(&w->ground.vars, name, value);
	return NULL;
}

static struct err *take_undefine(struct apache_walk *w, struct apache_node *n, const char *args)
{
	AUTO(free) char *name = NULL;

	(void)n;
	TRY(one_word(&name, w, args));
	apache_vars_undefine(&w->ground.vars, name);
	return NULL;
}

static struct err *take_include(struct apache_walk *w, struct apache_node *n, const char *args)
{
	AUTO(strlist_release) struct strlist paths = { 0 };
	AUTO(free) char *word = NULL;

	TRY(one_word(&word, w, args));
	AUTO(free) char *pattern = apache_path(&w->ground, word);

	TRY(apache_include(&paths, pattern, apache_is(n, "IncludeOptional")));
	if (strpbrk(pattern, "*?[") != NULL)
		(void)strlist_add_unique(&w->config->patterns, pattern);
	for (size_t i = 0; i < paths.count; i++)
		TRY(apache_walk_file(w, n, paths.items[i]));
	return NULL;
}

static struct err *use(struct apache_walk *w, const struct apache_macro *m,
		       const struct strlist *values)
{
	struct apache_walk outer = *w;
	AUTO(strlist_release) struct strlist parameters = { 0 };

	if (values->count != m->parameters.count)
		return err_new(ERR_PARSE, "the macro %s has %zu parameters, not %zu", m->name,
			       m->parameters.count, values->count);
	if (++w->nested > LIMIT_SERVER_CONF_NESTED)
		return err_new(ERR_LIMIT, "more than %d files and macros in each other",
			       LIMIT_SERVER_CONF_NESTED);
	strlist_add_all(&parameters, &m->parameters);
	w->parameters = &parameters;
	w->values = values;
	w->file = m->file;
	struct err *e = apache_walk_section(w, m->node);

	w->parameters = outer.parameters;
	w->values = outer.values;
	w->file = outer.file;
	w->nested--;
	return e;
}

static struct err *take_use(struct apache_walk *w, struct apache_node *n, const char *args)
{
	AUTO(strlist_release) struct strlist values = { 0 };
	AUTO(free) char *name = NULL;
	char *word = NULL;

	TRY(one_word(&name, w, args));
	const char *rest = args;
	AUTO(free) char *raw = apache_word(&rest);

	while ((word = apache_walk_word(w, &rest)) != NULL)
		strlist_take(&values, word);
	const struct apache_macro *m = apache_macro_find(&w->macros, name);

	if (m == NULL)
		return err_new(ERR_PARSE, "there is no macro called %s above", name);
	apache_walk_note(w, n, m->file, m->node);
	return use(w, m, &values);
}

static struct err *take_undef_macro(struct apache_walk *w, struct apache_node *n, const char *args)
{
	AUTO(free) char *name = NULL;

	(void)n;
	TRY(one_word(&name, w, args));
	apache_macro_undefine(&w->macros, name);
	return NULL;
}

static struct err *take_server_root(struct apache_walk *w, struct apache_node *n, const char *args)
{
	AUTO(free) char *dir = NULL;

	(void)n;
	TRY(one_word(&dir, w, args));
	free(w->server_root);
	w->ground.server_root = w->server_root = MOVE(dir);
	return NULL;
}

static struct err *take_load_module(struct apache_walk *w, struct apache_node *n, const char *args)
{
	AUTO(free) char *module = NULL;

	(void)n;
	TRY(one_word(&module, w, args));
	(void)strlist_add_unique(&w->ground.modules, module);
	return NULL;
}

static struct err *take_listen(struct apache_walk *w, struct apache_node *n, const char *args)
{
	AUTO(free) char *address = NULL;

	(void)n;
	TRY(one_word(&address, w, args));
	return apache_listen_add(&w->config->listens, address);
}

/* [scheme://]name[:port] */
static char *bare_name(const char *text)
{
	const char *scheme = strstr(text, "://");
	const char *name = scheme != NULL ? scheme + 3 : text;

	return xstrndup(name, *name == '[' ? strcspn(name, "]") + 1 : strcspn(name, ":"));
}

static struct err *take_server_name(struct apache_walk *w, struct apache_node *n, const char *args)
{
	AUTO(free) char *word = NULL;

	(void)n;
	TRY(one_word(&word, w, args));
	free(w->host->name);
	w->host->name = bare_name(word);
	return NULL;
}

static struct err *take_server_alias(struct apache_walk *w, struct apache_node *n, const char *args)
{
	char *word = NULL;

	(void)n;
	while ((word = apache_walk_word(w, &args)) != NULL)
		strlist_take(&w->host->aliases, word);
	return NULL;
}

/* "SSLEngine optional" is plain HTTP, which a client could upgrade once (RFC 2817). */
static struct err *take_switch(struct apache_walk *w, struct apache_node *n, const char *args)
{
	AUTO(free) char *word = NULL;

	TRY(one_word(&word, w, args));
	*(apache_is(n, "SSLEngine") ? &w->host->ssl : &w->host->rewrite) =
		streq_nocase(word, "on") ? APACHE_ON : APACHE_OFF;
	return NULL;
}

static struct err *take_certificate(struct apache_walk *w, struct apache_node *n, const char *args)
{
	AUTO(free) char *file = NULL;

	(void)n;
	TRY(one_word(&file, w, args));
	strlist_take(&w->host->certificates, apache_path(&w->ground, file));
	return NULL;
}

static const struct {
	const char *name;
	take_fn take;
	bool of_host; /* means something else in <Directory> and the like */
} directives[] = {
	{ "Define", take_define, false },
	{ "UnDefine", take_undefine, false },
	{ "Include", take_include, false },
	{ "IncludeOptional", take_include, false },
	{ "Use", take_use, false },
	{ "UndefMacro", take_undef_macro, false },
	{ "ServerRoot", take_server_root, false },
	{ "LoadModule", take_load_module, false },
	{ "Listen", take_listen, false },
	{ "ServerName", take_server_name, true },
	{ "ServerAlias", take_server_alias, true },
	{ "SSLEngine", take_switch, true },
	{ "SSLCertificateFile", take_certificate, true },
	{ "RewriteEngine", take_switch, true },
};

struct err *apache_take_directive(struct apache_walk *w, struct apache_node *n)
{
	for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
		if (!apache_is(n, directives[i].name) || (directives[i].of_host && w->inner > 0))
			continue;
		AUTO(free) char *args = apache_walk_fill(w, n->args);

		return directives[i].take(w, n, args);
	}
	return NULL;
}
