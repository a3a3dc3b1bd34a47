#include "plugins/apache/walk.h"

#include "base/limits.h"
#include "plugins/apache/directive.h"
#include "plugins/apache/line.h"

char *apache_walk_fill(const struct apache_walk *w, const char *text)
{
	return w->parameters != NULL ? apache_macro_fill(w->parameters, w->values, text)
				     : xstrdup(text);
}

char *apache_walk_word(const struct apache_walk *w, const char **rest)
{
	AUTO(free) char *word = apache_word(rest);

	return word != NULL ? apache_expand(&w->ground.vars, word) : NULL;
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
	AUTO(free) char *text = apache_walk_fill(w, args);
	const char *rest = text;

	for (;;) {
		AUTO(free) char *word = apache_walk_word(w, &rest);

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
	struct err *e = apache_walk_section(w, n);

	w->host = outer;
	return e;
}

static struct err *take_condition(struct apache_walk *w, struct apache_node *n)
{
	AUTO(free) char *text = apache_walk_fill(w, n->args);
	AUTO(free) char *args = apache_expand(&w->ground.vars, text);
	bool holds = false;

	TRY(apache_condition(&holds, &w->ground, n->name, args));
	n->passed_over = !holds;
	apache_note_supposed(&w->config->doubts, w->file->path, n, args);
	return holds ? apache_walk_section(w, n) : NULL;
}

static struct err *take_macro(struct apache_walk *w, struct apache_node *n)
{
	AUTO(free) char *args = apache_walk_fill(w, n->args);

	return apache_macro_define(&w->macros, w->file, n, args);
}

static struct err *take_other(struct apache_walk *w, const struct apache_node *n)
{
	w->inner++;
	struct err *e = apache_walk_section(w, n);

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

/* The line behind a Use is read by mod_macro, which drops it where the file ends without a line end. */
static bool is_lost(const struct apache_node *n)
{
	return n->prev != NULL && apache_is(n->prev, "Use") &&
	       n->head.data[n->head.len - 1] != '\n';
}

static void note_lost(const struct apache_walk *w, const struct apache_node *n)
{
	AUTO(free)
	char *text = str_fmt(
		"%s line %u: Apache does not read this last line, because it has no line end and stands behind a Use: add a line end",
		w->file->path, n->line);

	(void)strlist_add_unique(&w->config->doubts, text);
}

struct err *apache_walk_section(struct apache_walk *w, const struct apache_node *section)
{
	for (struct apache_node *n = section->first; n != NULL; n = n->next) {
		if (n->kind == APACHE_DIRECTIVE && is_lost(n))
			note_lost(w, n);
		else if (n->kind == APACHE_DIRECTIVE)
			TRY(at(w, n, apache_take_directive(w, n)));
		else if (n->kind == APACHE_SECTION)
			TRY(at(w, n, take_section(w, n)));
	}
	return NULL;
}

/* Whose file it is: one that several hosts have is not to be edited for one of them. */
static void note_user(struct apache_file *f, const struct apache_vhost *host)
{
	f->shared |= f->read && f->user != host->node;
	f->user = host->node;
	f->read = true;
}

/* Of hosts. What a macro includes depends on its values. */
void apache_walk_note(const struct apache_walk *w, struct apache_node *from, struct apache_file *f,
		      struct apache_node *section)
{
	if (from != NULL && w->host->node != NULL && w->parameters == NULL)
		apache_node_lead(from, f, section);
}

struct err *apache_walk_file(struct apache_walk *w, struct apache_node *from, const char *path)
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
	note_user(f, w->host);
	apache_walk_note(w, from, f, f->root);
	w->file = f;
	w->path = path;
	w->nested++;
	struct err *e = apache_walk_section(w, f->root);

	w->nested--;
	w->file = outer_file;
	w->path = outer_path;
	return e;
}

void apache_walk_release(struct apache_walk *w)
{
	strlist_release(&w->ground.modules);
	apache_vars_release(&w->ground.vars);
	free(w->server_root);
	apache_macros_release(&w->macros);
	strlist_release(&w->seen);
}
