#include "plugins/apache/knowledge.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"

/* What was said last, of which place, and a print of all that was read then. */
struct memory {
	char *place;
	struct apache_said said;
	struct buf print;
};

static void forget_said(struct apache_said *s)
{
	apache_facts_release(&s->facts);
	strlist_release(&s->environment);
}

static void memory_free(void *data)
{
	struct memory *m = data;

	if (m == NULL)
		return;
	free(m->place);
	forget_said(&m->said);
	buf_release(&m->print);
	free(m);
}

static void copy_text(char **to, const char *from)
{
	free(*to);
	*to = from != NULL ? xstrdup(from) : NULL;
}

static void copy_list(struct strlist *to, const struct strlist *from)
{
	strlist_release(to);
	*to = (struct strlist){ 0 };
	strlist_add_all(to, from);
}

static void copy_said(struct apache_said *to, const struct apache_said *from)
{
	const struct apache_facts *f = &from->facts;

	copy_text(&to->facts.version, f->version);
	copy_text(&to->facts.server_root, f->server_root);
	copy_text(&to->facts.root_file, f->root_file);
	copy_text(&to->facts.pid_file, f->pid_file);
	copy_text(&to->facts.error_log, f->error_log);
	copy_list(&to->facts.defines, &f->defines);
	copy_list(&to->facts.modules, &f->modules);
	copy_list(&to->facts.includes, &f->includes);
	copy_list(&to->facts.vhosts, &f->vhosts);
	copy_list(&to->environment, &from->environment);
}

/* --- a print of what is on the disk --- */

static void add_print(struct buf *out, const char *path, const void *data, size_t len)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	buf_addf(out, "%s %zu ", path, len);
	if (EVP_Digest(data, len, digest, &size, EVP_sha256(), NULL))
		buf_add(out, digest, size);
}

static void print(struct buf *out, const struct apache_config *c, const struct apache_place *p)
{
	AUTO(free) char *envvars = fs_join(p->server_root, "envvars");
	AUTO(free) char *text = NULL;
	size_t len = 0;

	err_ignore(fs_read_if_exists(&text, &len, envvars, LIMIT_FILE));
	add_print(out, envvars, text != NULL ? text : "", len);
	for (size_t i = 0; i < c->file_count; i++)
		add_print(out, c->files[i]->path, c->files[i]->data, c->files[i]->len);
}

static bool same_print(const struct buf *a, const struct apache_config *c,
		       const struct apache_place *p)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_SERVER_CONF_BYTES);

	print(&b, c, p);
	return buf_same(a, &b);
}

/* --- the memory --- */

static char *name_of(const struct apache_place *p)
{
	AUTO(free) char *words = strlist_join(&p->httpd, " ");

	return str_fmt("%s %s", p->server_root, words);
}

static bool recall(struct apache_said *said, struct buf *last, const struct plugin_env *env,
		   const struct apache_place *p)
{
	AUTO(free) char *place = name_of(p);
	struct plugin_common *common = env->common;

	(void)pthread_mutex_lock(&common->lock);
	const struct memory *m = common->data;
	bool known = m != NULL && streq(m->place, place);

	if (known) {
		copy_said(said, &m->said);
		buf_add(last, m->print.data, m->print.len);
	}
	(void)pthread_mutex_unlock(&common->lock);
	return known;
}

static void keep(const struct plugin_env *env, const struct apache_place *p,
		 const struct apache_said *said, const struct apache_config *c)
{
	struct memory *m = xcalloc(1, sizeof(*m));
	struct plugin_common *common = env->common;

	m->place = name_of(p);
	m->print = BUF_INIT(LIMIT_SERVER_CONF_BYTES);
	copy_said(&m->said, said);
	print(&m->print, c, p);
	(void)pthread_mutex_lock(&common->lock);
	memory_free(common->data);
	common->data = m;
	common->release = memory_free;
	(void)pthread_mutex_unlock(&common->lock);
}

/* --- learning --- */

/* httpd says it itself since 2.4.24. */
static struct err *find_root_file(struct apache_facts *f, const struct apache_place *p)
{
	static const char *const names[] = { "apache2.conf", "httpd.conf", "conf/httpd.conf" };

	for (size_t i = 0; f->root_file == NULL && i < ARRAY_LEN(names); i++) {
		AUTO(free) char *path = fs_join(p->server_root, names[i]);

		if (fs_exists(path))
			f->root_file = MOVE(path);
	}
	if (f->root_file != NULL)
		return NULL;
	return err_new(
		ERR_CONFIG,
		"neither Apache nor %s says which file it reads first; name its directory with --apache-server-root",
		p->server_root);
}

static bool is_in(const char *file, const char *root)
{
	return str_starts(file, root) && file[strlen(root)] == '/';
}

/* One program serves one server root; what cannot be looked at (in a container) is taken for granted. */
static struct err *check_root(const struct apache_facts *f, const struct apache_place *p)
{
	AUTO(free) char *named = p->root_is_named ? realpath(p->server_root, NULL) : NULL;
	AUTO(free) char *own = f->server_root != NULL ? realpath(f->server_root, NULL) : NULL;
	AUTO(free) char *file = realpath(f->root_file, NULL);

	if (named == NULL || file == NULL || is_in(file, named) ||
	    (own != NULL && streq(own, named)))
		return NULL;
	return err_new(
		ERR_MISSING,
		"%s is the program of another Apache, which reads %s and nothing of --apache-server-root %s: name that one's program by "
		"--apache-ctl",
		p->ctl, f->root_file, p->server_root);
}

static struct err *ask(struct apache_said *said, const struct world *w,
		       const struct apache_place *p)
{
	char *version = MOVE(said->facts.version);

	forget_said(said);
	*said = (struct apache_said){ .facts.version = version };
	TRY(apache_facts_ask(&said->facts, w, p));
	TRY(find_root_file(&said->facts, p));
	TRY(check_root(&said->facts, p));
	return apache_place_environment(&said->environment, p, w);
}

static struct err *load(struct apache_config **out, const struct apache_said *said)
{
	return apache_config_load(out, said->facts.root_file, &said->facts, &said->environment);
}

/* NULL: something else is there by now. */
static struct apache_config *read_known(struct apache_said *said, const struct plugin_env *env,
					const struct apache_place *p)
{
	AUTO(buf_release) struct buf last = BUF_INIT(LIMIT_SERVER_CONF_BYTES);
	AUTO(apache_config_free) struct apache_config *c = NULL;

	if (!recall(said, &last, env, p))
		return NULL;
	AUTO(err_free) struct err *e = load(&c, said);

	return e == NULL && same_print(&last, c, p) ? MOVE(c) : NULL;
}

static struct err *ask_and_read(struct apache_config **out, struct apache_said *said,
				const struct plugin_env *env, const struct apache_place *p)
{
	TRY(ask(said, env->world, p));
	TRY(load(out, said));
	keep(env, p, said, *out);
	for (size_t i = 0; i < (*out)->doubts.count; i++)
		ui_emit(env->ui, EVENT_WARNING_TEXT, NO_FIELDS, "%s", (*out)->doubts.items[i]);
	return NULL;
}

struct err *apache_learn(struct apache_config **out, struct apache_said **said,
			 const struct plugin_env *env, const struct apache_place *p)
{
	AUTO(apache_said_free) struct apache_said *fresh = xcalloc(1, sizeof(*fresh));
	struct apache_config *c = read_known(fresh, env, p);

	if (c == NULL)
		TRY(ask_and_read(&c, fresh, env, p));
	*out = c;
	*said = MOVE(fresh);
	return NULL;
}

void apache_said_free(struct apache_said *s)
{
	if (s == NULL)
		return;
	forget_said(s);
	free(s);
}
