#include "plugins/apache/walk.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "plugins/apache/include.h"
#include "plugins/apache/line.h"

/* args is filled in for the macro in use, but not for variables: words come first. */
typedef struct err *(*take_fn)(struct apache_walk *w, const struct apache_node *n,
			       const char *args);

static struct err *walk_section(struct apache_walk *w, const struct apache_node *section);

static char *filled(const struct apache_walk *w, const char *text)
{
	return w->parameters != NULL ? apache_macro_fill(w->parameters, w->values, text)
				     : xstrdup(text);
}

static char *expanded(const struct apache_walk *w, const char *text)
{
	AUTO(free) char *defined = apache_expand(&w->ground.vars, text);

	return apache_expand(&w->environment, defined);
}

/* The next argument; NULL: there is none. */
static char *next_word(const struct apache_walk *w, const char **rest)
{
	AUTO(free) char *word = apache_word(rest);

	return word != NULL ? expanded(w, word) : NULL;
}

static struct err *one_word(char **out, const struct apache_walk *w, const char *args)
{
	*out = next_word(w, &args);
	return *out != NULL ? NULL : err_new(ERR_PARSE, "an argument is missing");
}

/* --- directives --- */

static struct err *take_define(struct apache_walk *w, const struct apache_node *n, const char *args)
{
	AUTO(free) char *name = NULL;

	(void)n;
	TRY(one_word(&name, w, args));
	const char *rest = args;
	AUTO(free) char *raw = apache_word(&rest);
	AUTO(free) char *value = next_word(w, &rest);

	apache_vars_set(&w->ground.vars, name, value != NULL ? value : "");
	return NULL;
}

static struct err *take_undefine(struct apache_walk *w, const struct apache_node *n,
				 const char *args)
{
	AUTO(free) char *name = NULL;

	(void)n;
	TRY(one_word(&name, w, args));
	apache_vars_unset(&w->ground.vars, name);
	return NULL;
}

static struct err *include(struct apache_walk *w, const char *args, bool optional)
{
	AUTO(strlist_release) struct strlist paths = { 0 };
	AUTO(free) char *word = NULL;

	TRY(one_word(&word, w, args));
	AUTO(free) char *pattern = apache_path(&w->ground, word);

	TRY(apache_include(&paths, pattern, optional));
	if (strpbrk(pattern, "*?[") != NULL)
		(void)strlist_add_unique(&w->config->patterns, pattern);
	for (size_t i = 0; i < paths.count; i++)
		TRY(apache_walk_file(w, paths.items[i]));
	return NULL;
}

static struct err *take_include(struct apache_walk *w, const struct apache_node *n,
				const char *args)
{
	return include(w, args, apache_is(n, "IncludeOptional"));
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
	struct err *e = walk_section(w, m->node);

	w->parameters = outer.parameters;
	w->values = outer.values;
	w->file = outer.file;
	w->nested--;
	return e;
}

static struct err *take_use(struct apache_walk *w, const struct apache_node *n, const char *args)
{
	AUTO(strlist_release) struct strlist values = { 0 };
	AUTO(free) char *name = NULL;
	char *word = NULL;

	(void)n;
	TRY(one_word(&name, w, args));
	const char *rest = args;
	AUTO(free) char *raw = apache_word(&rest);

	while ((word = next_word(w, &rest)) != NULL)
		strlist_take(&values, word);
	const struct apache_macro *m = apache_macro_find(&w->macros, name);

	if (m == NULL)
		return err_new(ERR_PARSE, "there is no macro called %s above", name);
	return use(w, m, &values);
}

static struct err *take_undef_macro(struct apache_walk *w, const struct apache_node *n,
				    const char *args)
{
	AUTO(free) char *name = NULL;

	(void)n;
	TRY(one_word(&name, w, args));
	apache_macro_undefine(&w->macros, name);
	return NULL;
}

static struct err *take_server_root(struct apache_walk *w, const struct apache_node *n,
				    const char *args)
{
	AUTO(free) char *dir = NULL;

	(void)n;
	TRY(one_word(&dir, w, args));
	apache_vars_set(&w->environment, " ServerRoot",
			dir); /* a name that no variable has keeps it */
	w->ground.server_root = apache_vars_get(&w->environment, " ServerRoot");
	return NULL;
}

static struct err *take_load_module(struct apache_walk *w, const struct apache_node *n,
				    const char *args)
{
	AUTO(free) char *module = NULL;

	(void)n;
	TRY(one_word(&module, w, args));
	(void)strlist_add_unique(&w->ground.modules, module);
	return NULL;
}

static struct err *take_listen(struct apache_walk *w, const struct apache_node *n, const char *args)
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

static struct err *take_server_name(struct apache_walk *w, const struct apache_node *n,
				    const char *args)
{
	AUTO(free) char *word = NULL;

	(void)n;
	TRY(one_word(&word, w, args));
	free(w->host->name);
	w->host->name = bare_name(word);
	return NULL;
}

static struct err *take_server_alias(struct apache_walk *w, const struct apache_node *n,
				     const char *args)
{
	char *word = NULL;

	(void)n;
	while ((word = next_word(w, &args)) != NULL)
		strlist_take(&w->host->aliases, word);
	return NULL;
}

static struct err *take_switch(struct apache_walk *w, const struct apache_node *n, const char *args)
{
	AUTO(free) char *word = NULL;

	TRY(one_word(&word, w, args));
	*(apache_is(n, "SSLEngine") ? &w->host->ssl : &w->host->rewrite) = streq_nocase(word, "off")
										 ? APACHE_OFF
										 : APACHE_ON;
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
	{ "RewriteEngine", take_switch, true },
};

static struct err *take_directive(struct apache_walk *w, const struct apache_node *n)
{
	for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
		if (!apache_is(n, directives[i].name) || (directives[i].of_host && w->inner > 0))
			continue;
		AUTO(free) char *args = filled(w, n->args);

		return directives[i].take(w, n, args);
	}
	return NULL;
}

/* --- sections --- */

/* The server counts a continued head by its last line. */
static unsigned last_line(const struct apache_node *n)
{
	unsigned ends = 0;

	for (size_t i = 0; i < n->head.len; i++)
		ends += n->head.data[i] == '\n';
	return n->line + (ends > 1 ? ends - 1 : 0);
}

static struct err *read_addresses(struct apache_walk *w, struct apache_vhost *v, const char *args)
{
	AUTO(free) char *text = filled(w, args);
	const char *rest = text;

	for (;;) {
		AUTO(free) char *word = next_word(w, &rest);

		if (word == NULL)
			return NULL;
		TRY(apache_address_add(&v->addresses, word));
	}
}

static struct err *take_vhost(struct apache_walk *w, struct apache_node *n)
{
	AUTO(apache_vhost_free) struct apache_vhost *v = apache_vhost_new();
	struct apache_vhost *outer = w->host;

	v->file = w->file;
	v->node = n;
	v->of_macro = w->parameters != NULL;
	v->shown = v->of_macro ? xstrdup("") : str_fmt("%s:%u", w->path, last_line(n));
	TRY(read_addresses(w, v, n->args));
	w->host = v;
	apache_config_keep(w->config, MOVE(v));
	struct err *e = walk_section(w, n);

	w->host = outer;
	return e;
}

static struct err *take_condition(struct apache_walk *w, const struct apache_node *n)
{
	AUTO(free) char *text = filled(w, n->args);
	AUTO(free) char *args = expanded(w, text);
	bool holds = false;

	TRY(apache_condition(&holds, &w->ground, n->name, args));
	apache_note_supposed(&w->config->doubts, w->file->path, n, args);
	return holds ? walk_section(w, n) : NULL;
}

static struct err *take_macro(struct apache_walk *w, struct apache_node *n)
{
	AUTO(free) char *args = filled(w, n->args);

	return apache_macro_define(&w->macros, w->file, n, args);
}

static struct err *take_other(struct apache_walk *w, const struct apache_node *n)
{
	w->inner++;
	struct err *e = walk_section(w, n);

	w->inner--;
	return e;
}

static struct err *take_section(struct apache_walk *w, struct apache_node *n)
{
	if (apache_is_condition(n->name))
		return take_condition(w, n);
	if (apache_is(n, "VirtualHost"))
		return take_vhost(w, n);
	return apache_is(n, "Macro") ? take_macro(w, n) : take_other(w, n);
}

/* Errors of what is inside have their own line. */
static struct err *at(const struct apache_walk *w, const struct apache_node *n, struct err *e)
{
	if (e == NULL)
		return NULL;
	return err_wrap(e, "%s line %u: %s", w->file->path, n->line, n->name);
}

static struct err *walk_section(struct apache_walk *w, const struct apache_node *section)
{
	for (struct apache_node *n = section->first; n != NULL; n = n->next) {
		if (n->kind == APACHE_DIRECTIVE)
			TRY(at(w, n, take_directive(w, n)));
		else if (n->kind == APACHE_SECTION)
			TRY(at(w, n, take_section(w, n)));
	}
	return NULL;
}

struct err *apache_walk_file(struct apache_walk *w, const char *path)
{
	struct apache_file *outer_file = w->file, *f = NULL;
	const char *outer_path = w->path;

	if (w->nested >= LIMIT_SERVER_CONF_NESTED)
		return err_new(ERR_LIMIT, "more than %d files in each other, as in a circle: %s",
			       LIMIT_SERVER_CONF_NESTED, path);
	if (w->seen.count >= LIMIT_SERVER_CONF_INCLUDED)
		return err_new(ERR_LIMIT, "more than %d files are included",
			       LIMIT_SERVER_CONF_INCLUDED);
	TRY(apache_library_get(&f, w->library, w->config, path));
	strlist_add(&w->seen, path);
	w->file = f;
	w->path = path;
	w->nested++;
	struct err *e = walk_section(w, f->root);

	w->nested--;
	w->file = outer_file;
	w->path = outer_path;
	return e;
}

void apache_walk_release(struct apache_walk *w)
{
	strlist_release(&w->ground.modules);
	apache_vars_release(&w->ground.vars);
	apache_vars_release(&w->environment);
	apache_macros_release(&w->macros);
	strlist_release(&w->seen);
}
