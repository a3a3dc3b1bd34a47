#include "plugins/nginx/config.h"

#include <errno.h>
#include <glob.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"

enum { BUCKETS = 1024 };

/* A file is read once, however often and by whatever name it is included. */
struct source {
	struct source *next; /* in its bucket */
	dev_t device;
	ino_t inode;
	struct document *doc;
	bool foreseen;  /* not on the disk */
	char *original; /* NULL: not edited */
	size_t original_len;
};

struct config {
	char *root;
	struct source **sources; /* in the order in which they were read */
	size_t count, bytes;
	struct source *buckets[BUCKETS];
	struct document *main;
};

/* A walk over directives, and the files it is in. */
struct walk {
	struct config *config;
	directive_fn visit;
	void *ctx;
	const struct document *open[LIMIT_SERVER_CONF_NESTED];
	size_t depth;
	size_t included;
};

static struct source **bucket_of(struct config *c, const struct stat *st)
{
	return &c->buckets[(st->st_ino ^ (st->st_ino >> 10)) % BUCKETS];
}

static struct source *find(struct config *c, const struct stat *st)
{
	struct source *s = *bucket_of(c, st);

	while (s != NULL && (s->device != st->st_dev || s->inode != st->st_ino))
		s = s->next;
	return s;
}

static struct err *check_size(const struct config *c)
{
	if (c->count < LIMIT_SERVER_CONF_FILES && c->bytes <= LIMIT_SERVER_CONF_BYTES)
		return NULL;
	return err_new(ERR_LIMIT, "nginx's configuration in %s has more than %d files or %zu MiB",
		       c->root, LIMIT_SERVER_CONF_FILES, LIMIT_SERVER_CONF_BYTES >> 20);
}

static void add_source(struct config *c, struct source *s)
{
	c->sources = xrealloc(c->sources, c->count + 1, sizeof(struct source *));
	c->sources[c->count++] = s;
}

static struct err *read_source(struct source **out, struct config *c, const char *path,
			       const struct stat *st)
{
	AUTO(free) char *text = NULL;
	AUTO(document_free) struct document *d = NULL;
	size_t len = 0;

	TRY(fs_read(&text, &len, path, LIMIT_SERVER_CONF_FILE));
	c->bytes += len;
	TRY(check_size(c));
	TRY(document_parse(&d, path, text, len));
	struct source *s = xcalloc(1, sizeof(*s));
	struct source **bucket = bucket_of(c, st);

	*s = (struct source){
		.next = *bucket, .device = st->st_dev, .inode = st->st_ino, .doc = MOVE(d)
	};
	*bucket = *out = s;
	add_source(c, s);
	return NULL;
}

static struct source *find_foreseen(const struct config *c, const char *path)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->sources[i]->foreseen && streq(c->sources[i]->doc->path, path))
			return c->sources[i];
	return NULL;
}

static struct err *open_document(struct document **out, struct config *c, const char *path)
{
	struct stat st;
	struct source *s = NULL;
	int why = stat(path, &st) != 0 ? errno : 0;

	s = why == 0 ? find(c, &st) : find_foreseen(c, path);
	if (s == NULL && why != 0)
		return err_errno(why, "%s", path);
	if (s == NULL)
		TRY(read_source(&s, c, path, &st));
	*out = s->doc;
	return NULL;
}

/* --- includes --- */

static void add_included(struct directive *d, struct document *doc)
{
	d->included = xrealloc(d->included, d->included_count + 1, sizeof(*d->included));
	d->included[d->included_count++] = doc;
}

/* What is missing matches nothing, for nginx too; what we may not look into would be left out without a word. */
static int refuse_unreadable(const char *path, int why)
{
	(void)path;
	return why != ENOENT && why != ENOTDIR;
}

/* The globs of libc are the globs of nginx. */
static struct err *expand(struct strlist *out, const char *pattern)
{
	glob_t found = { 0 };
	int rc = glob(pattern, 0, refuse_unreadable, &found);

	for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
		strlist_add(out, found.gl_pathv[i]);
	globfree(&found);
	if (rc == 0 || rc == GLOB_NOMATCH)
		return NULL;
	return err_new(ERR_PERMISSION, "%s: a directory cannot be read", pattern);
}

char *config_path(const struct config *c, const char *word)
{
	return *word == '/' ? xstrdup(word) : fs_join(c->root, word);
}

static struct err *resolve_paths(struct config *c, struct directive *d)
{
	AUTO(strlist_release) struct strlist paths = { 0 };
	const char *word = directive_word(d, 1);

	if (word == NULL || d->word_count > 2 || d->body != BODY_NONE)
		return err_new(ERR_CONFIG, "include takes one path");
	AUTO(free) char *path = config_path(c, word);

	if (strpbrk(word, "*?[") != NULL)
		TRY(expand(&paths, path));
	else
		strlist_add(&paths, path);
	for (size_t i = 0; i < paths.count; i++) {
		struct document *doc = NULL;

		TRY(open_document(&doc, c, paths.items[i]));
		add_included(d, doc);
	}
	return NULL;
}

static struct err *resolve(struct config *c, struct directive *d)
{
	AUTO(free) char *place = NULL;

	if (d->resolved)
		return NULL;
	struct err *e = resolve_paths(c, d);

	if (e != NULL)
		return err_wrap(e, "%s: include", place = directive_place(d));
	d->resolved = true;
	return NULL;
}

/* --- walking --- */

static struct err *walk_directives(struct walk *w, struct directive *first);

static struct err *enter(struct walk *w, const struct directive *d, const struct document *doc)
{
	AUTO(free) char *place = NULL;

	for (size_t i = 0; i < w->depth; i++)
		if (w->open[i] == doc)
			return err_new(ERR_CONFIG, "%s: %s includes itself",
				       place = directive_place(d), doc->path);
	if (w->depth == LIMIT_SERVER_CONF_NESTED || ++w->included > LIMIT_SERVER_CONF_INCLUDED)
		return err_new(ERR_LIMIT,
			       "%s: more than %d files one in another, or %d includes in all",
			       place = directive_place(d), LIMIT_SERVER_CONF_NESTED,
			       LIMIT_SERVER_CONF_INCLUDED);
	w->open[w->depth++] = doc;
	return NULL;
}

static struct err *walk_include(struct walk *w, struct directive *d)
{
	TRY(resolve(w->config, d));
	for (size_t i = 0; i < d->included_count; i++) {
		TRY(enter(w, d, d->included[i]));
		TRY(walk_directives(w, d->included[i]->first));
		w->depth--;
	}
	return NULL;
}

static struct err *walk_directives(struct walk *w, struct directive *first)
{
	for (struct directive *d = first; d != NULL; d = d->next)
		if (directive_is(d, "include"))
			TRY(walk_include(w, d));
		else
			TRY(w->visit(w->ctx, d));
	return NULL;
}

struct err *config_each(struct config *c, struct directive *block, directive_fn visit, void *ctx)
{
	struct walk w = { .config = c, .visit = visit, .ctx = ctx };

	if (block == NULL)
		w.open[w.depth++] = c->main;
	return walk_directives(&w, block != NULL ? block->first : c->main->first);
}

/* --- loading --- */

static struct err *visit_nothing(void *ctx, struct directive *d)
{
	(void)ctx;
	(void)d;
	return NULL;
}

static struct err *load_server(void *config, struct directive *d)
{
	return directive_is(d, "server") ? config_each(config, d, visit_nothing, NULL) : NULL;
}

static struct err *load_http(void *config, struct directive *d)
{
	return directive_is(d, "http") ? config_each(config, d, load_server, config) : NULL;
}

/* Reads every file there is to be read. */
static struct err *load(struct config *c)
{
	AUTO(free) char *path = fs_join(c->root, "nginx.conf");

	TRY(open_document(&c->main, c, path));
	return config_each(c, NULL, load_http, c);
}

struct err *config_load(struct config **out, const char *root)
{
	AUTO(config_free) struct config *c = xcalloc(1, sizeof(*c));

	c->root = xstrdup(root);
	TRY_WRAP(
		load(c),
		"nginx's configuration is not understood, so nothing of it is changed (nginx -t may tell more about the place)");
	*out = MOVE(c);
	return NULL;
}

static void source_free(struct source *s)
{
	document_free(s->doc);
	free(s->original);
	free(s);
}

void config_free(struct config *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->count; i++)
		source_free(c->sources[i]);
	free(c->sources);
	free(c->root);
	free(c);
}

/* --- editing --- */

static struct source *source_of(const struct config *c, const struct document *d)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->sources[i]->doc == d)
			return c->sources[i];
	return NULL;
}

static void keep_original(struct source *s)
{
	if (s->original != NULL)
		return;
	s->original = xmemdup(s->doc->text, s->doc->len + 1);
	s->original_len = s->doc->len;
}

static struct err *edit_file(const struct config *c, struct file_edit *f)
{
	struct source *s = source_of(c, f->doc);
	AUTO(free) char *text = NULL;
	size_t len = 0;

	if (s == NULL)
		return err_new(ERR_INTERNAL, "%s is not part of the configuration", f->doc->path);
	TRY(splices_apply(&text, &len, &f->splices, f->doc->text, f->doc->len));
	keep_original(s);
	struct err *e = document_replace(s->doc, text, len);

	return e != NULL
		     ? err_wrap_as(ERR_INTERNAL, e, "an edit that makes it unreadable was not made")
		     : NULL;
}

struct err *config_apply(struct config *c, struct edits *e)
{
	for (size_t i = 0; i < e->count; i++)
		TRY(edit_file(c, &e->items[i]));
	return NULL;
}

struct splices *edits_in(struct edits *e, const struct document *d)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->items[i].doc == d)
			return &e->items[i].splices;
	e->items = xrealloc(e->items, e->count + 1, sizeof(*e->items));
	e->items[e->count] = (struct file_edit){ .doc = d };
	return &e->items[e->count++].splices;
}

void edits_release(struct edits *e)
{
	for (size_t i = 0; i < e->count; i++)
		splices_release(&e->items[i].splices);
	free(e->items);
	*e = (struct edits){ 0 };
}

struct err *config_foresee(struct config *c, const char *path, const struct buf *text)
{
	AUTO(document_free) struct document *d = NULL;

	if (find_foreseen(c, path) != NULL)
		return NULL;
	TRY(document_parse(&d, path, buf_str(text), text->len));
	struct source *s = xcalloc(1, sizeof(*s));

	*s = (struct source){ .doc = MOVE(d), .foreseen = true };
	add_source(c, s);
	return NULL;
}

static void tell_edit(const struct source *s, edited_fn tell, void *ctx)
{
	const struct buf old = { .data = s->original,
				 .len = s->original_len,
				 .max = s->original_len };
	const struct buf new = { .data = s->doc->text, .len = s->doc->len, .max = s->doc->len };
	bool same = old.len == new.len &&memcmp(old.data, new.data, old.len) == 0;

	if (!same)
		tell(ctx, s->doc->path, &old, &new);
}

void config_edits(const struct config *c, edited_fn tell, void *ctx)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->sources[i]->original != NULL)
			tell_edit(c->sources[i], tell, ctx);
}
