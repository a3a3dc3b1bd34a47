#include "plugins/apache/config.h"

#include <string.h>

#include "plugins/apache/walk.h"

#define PASSES 4
#define DOUBTS_SHOWN 5

static void set_pair(struct apache_vars *v, const char *pair)
{
	size_t len = strcspn(pair, "=");
	AUTO(free) char *name = xstrndup(pair, len);

	apache_vars_define(v, name, pair[len] == '=' ? pair + len + 1 : NULL);
}

static void forget_vhosts(struct apache_config *c)
{
	for (size_t i = 0; i < c->vhost_count; i++)
		apache_vhost_free(c->vhosts[i]);
	free(c->vhosts);
	c->vhosts = NULL;
	c->vhost_count = 0;
	apache_vhost_free(c->main);
	c->main = apache_vhost_new();
	apache_addresses_release(&c->listens);
	strlist_release(&c->modules);
	strlist_release(&c->patterns);
}

static void forget_files(struct apache_config *c)
{
	for (size_t i = 0; i < c->file_count; i++)
		apache_file_forget(c->files[i]);
}

static bool is_dump(const char *define)
{
	return str_starts(define, "DUMP_");
}

/* What the server has defined and no file of this pass did. False: nothing is new. */
static bool add_unknown(struct strlist *given, const struct apache_walk *w,
			const struct apache_facts *facts)
{
	bool found = false;

	for (size_t i = 0; i < facts->defines.count; i++) {
		const char *define = facts->defines.items[i];
		AUTO(free) char *name = xstrndup(define, strcspn(define, "="));

		if (!is_dump(define) && !apache_vars_have(&w->ground.vars, name))
			found = strlist_add_unique(given, define) || found;
	}
	return found;
}

/* --- where the server and we differ --- */

static int byte_order(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

/* Those of a that are not in b; both sorted. */
static void difference(struct strlist *out, const struct strlist *a, const struct strlist *b)
{
	size_t j = 0;

	for (size_t i = 0; i < a->count; i++) {
		while (j < b->count && byte_order(b->items[j], a->items[i]) < 0)
			j++;
		if (j == b->count || !streq(a->items[i], b->items[j]))
			strlist_add(out, a->items[i]);
	}
}

static void doubt(struct apache_config *c, const struct strlist *which, const char *text)
{
	AUTO(strlist_release) struct strlist shown = { 0 };

	for (size_t i = 0; i < which->count && i < DOUBTS_SHOWN; i++)
		strlist_add(&shown, which->items[i]);
	AUTO(free) char *list = strlist_join(&shown, ", ");

	if (which->count > DOUBTS_SHOWN)
		strlist_take(&c->doubts, str_fmt("%s: %s and %zu more", text, list,
						 which->count - DOUBTS_SHOWN));
	else if (which->count > 0)
		strlist_take(&c->doubts, str_fmt("%s: %s", text, list));
}

static void compare(struct apache_config *c, const struct apache_facts *facts, struct strlist *seen)
{
	AUTO(strlist_release) struct strlist hosts = { 0 };
	AUTO(strlist_release) struct strlist files = { 0 };
	AUTO(strlist_release) struct strlist missing = { 0 };

	for (size_t i = 0; i < c->vhost_count; i++)
		if (!c->vhosts[i]->of_macro)
			strlist_add(&hosts, c->vhosts[i]->shown);
	strlist_sort(&hosts);
	strlist_sort(seen);
	if (facts->includes.count > 0)
		difference(&files, &facts->includes, seen);
	difference(&missing, &facts->vhosts, &hosts);
	doubt(c, &files,
	      "Apache reads files that signet does not come by, so what they hold is not seen");
	doubt(c, &missing,
	      "Apache has virtual hosts that signet does not come by, so their names are not found");
}

/* --- loading --- */

static struct err *pass(struct apache_config *c, struct apache_walk *w,
			const struct strlist *modules, const struct strlist *given)
{
	forget_vhosts(c);
	forget_files(c);
	strlist_add_all(&w->ground.modules, modules);
	for (size_t i = 0; i < given->count; i++)
		set_pair(&w->ground.vars, given->items[i]);
	w->ground.version = c->facts->version;
	w->ground.server_root = c->facts->server_root;
	w->host = c->main;
	TRY(apache_walk_file(w, NULL, c->root_file));
	strlist_add_all(&c->modules, &w->ground.modules);
	return NULL;
}

static struct err *load(struct apache_config *c, const struct strlist *modules)
{
	AUTO(apache_library_release) struct apache_library library = { 0 };
	AUTO(strlist_release) struct strlist given = { 0 };

	for (int i = 0;; i++) {
		AUTO(apache_walk_release)
		struct apache_walk w = { .config = c, .library = &library };

		w.ground.vars.environment = &c->environment;
		TRY(pass(c, &w, modules, &given));
		if (!add_unknown(&given, &w, c->facts) || i == PASSES) {
			compare(c, c->facts, &w.seen);
			return NULL;
		}
	}
}

static struct err *make(struct apache_config **out, const struct apache_config *source,
			const struct strlist *modules)
{
	AUTO(apache_config_free) struct apache_config *c = xcalloc(1, sizeof(*c));

	c->root_file = xstrdup(source->root_file);
	c->facts = source->facts;
	strlist_add_all(&c->environment, &source->environment);
	TRY(load(c, modules));
	*out = MOVE(c);
	return NULL;
}

struct err *apache_config_load(struct apache_config **out, const char *root_file,
			       const struct apache_facts *facts, const struct strlist *environment)
{
	AUTO(free) char *path = xstrdup(root_file);
	AUTO(strlist_release) struct strlist pairs = { 0 };

	if (environment != NULL)
		strlist_add_all(&pairs, environment);
	return make(
		out,
		&(struct apache_config){ .root_file = path, .facts = facts, .environment = pairs },
		&facts->modules);
}

struct err *apache_config_reread(struct apache_config *c)
{
	AUTO(apache_config_free) struct apache_config *fresh = NULL;

	TRY(make(&fresh, c, &c->modules));
	const struct apache_config old = *c;

	*c = *fresh;
	*fresh = old;
	return NULL;
}

void apache_config_keep(struct apache_config *c, struct apache_vhost *v)
{
	c->vhosts = xrealloc(c->vhosts, c->vhost_count + 1, sizeof(struct apache_vhost *));
	c->vhosts[c->vhost_count++] = v;
}

const struct apache_vhost *apache_first_at(const struct apache_config *c, const char *host,
					   unsigned port)
{
	for (size_t i = 0; i < c->vhost_count; i++)
		if (apache_vhost_is_at(c->vhosts[i], host, port))
			return c->vhosts[i];
	return NULL;
}

bool apache_config_has_module(const struct apache_config *c, const char *module)
{
	return strlist_has(&c->modules, module);
}

bool apache_speaks_tls(const struct apache_config *c, const struct apache_vhost *v)
{
	enum apache_switch said = v->ssl != APACHE_UNSET ? v->ssl : c->main->ssl;

	return said == APACHE_ON || (said == APACHE_UNSET && v->certificates.count > 0);
}

void apache_config_free(struct apache_config *c)
{
	if (c == NULL)
		return;
	forget_vhosts(c);
	apache_vhost_free(c->main);
	for (size_t i = 0; i < c->file_count; i++)
		apache_file_free(c->files[i]);
	free(c->files);
	strlist_release(&c->doubts);
	free(c->root_file);
	strlist_release(&c->environment);
	free(c);
}
