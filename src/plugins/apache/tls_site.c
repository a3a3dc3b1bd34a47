/* The TLS host beside a plain one (certbot.md 16.4). */
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "plugins/apache/edit.h"
#include "plugins/apache/line.h"
#include "plugins/apache/put_out.h"
#include "plugins/apache/site.h"

#define EXTENSION ".conf"

/* a.conf becomes a-le-ssl.conf, beside it or in --apache-vhost-root; the second one a-2-le-ssl.conf. */
static char *nth_path(const struct apache_sites *s, const char *plain, unsigned n)
{
	const struct options *o = s->env->opt;
	AUTO(free)
	char *dir = o->apache_vhost_root != NULL ? xstrdup(o->apache_vhost_root) : fs_parent(plain);
	const char *name = strrchr(plain, '/') + 1;
	size_t len = strlen(name) - (str_ends(name, EXTENSION) ? strlen(EXTENSION) : 0);
	AUTO(free) char *number = n > 1 ? str_fmt("-%u", n) : xstrdup("");
	AUTO(free)
	char *file = str_fmt("%.*s%s%s", (int)len, name, number, o->apache_le_vhost_ext);

	return fs_join(dir, file);
}

char *apache_tls_path(const struct apache_sites *s, const char *plain)
{
	char *path = nth_path(s, plain, 1);

	for (unsigned n = 2; apache_site_is_left(s, path); n++) {
		free(path);
		path = nth_path(s, plain, n);
	}
	return path;
}

static void tell_left(const struct apache_sites *s, const char *plain, const char *taken)
{
	AUTO(free) char *first = nth_path(s, plain, 1);

	if (!streq(first, taken))
		ui_emit(s->env->ui, EVENT_NOTICE_TEXT, NO_FIELDS,
			"%s is there, but not enabled: its hosts stay off, and the HTTPS hosts of %s are in %s",
			first, plain, taken);
}

/* --- the copy --- */

static void add_children(struct buf *b, const struct apache_node *n);

static void add_lines(struct buf *b, const struct apache_node *n)
{
	buf_add(b, n->head.data, n->head.len);
	add_children(b, n);
	buf_add(b, n->tail.data, n->tail.len);
}

static void add_children(struct buf *b, const struct apache_node *n)
{
	for (const struct apache_node *child = n->first; child != NULL; child = child->next)
		add_lines(b, child);
}

/* "${IP}" of "${IP}:80" and of "${IP}:${PORT}"; NULL: without a variable, or the port may be in its value. */
static char *variable_host(const char *word)
{
	const char *colon = apache_port_colon(word);

	if (strstr(word, "${") == NULL || colon == NULL)
		return NULL;
	return str_starts(colon, ":${") || strchr(colon, '}') == NULL
		       ? xstrndup(word, (size_t)(colon - word))
		       : NULL;
}

/* A host at one address alone would take all its requests from the TLS hosts that are at every address. */
const char *apache_tls_place(const struct apache_sites *s, const char *host)
{
	const struct apache_vhost *all = apache_first_at(s->config, "*", s->https_port);
	bool shared = apache_first_at(s->config, host, s->https_port) == NULL && all != NULL &&
		      apache_speaks_tls(s->config, all);

	return shared ? "*" : host;
}

/* The n-th word of its section is the n-th address, which has values for variables. */
static char *other_port(const struct apache_sites *s, const struct apache_vhost *plain)
{
	const char *rest = plain->node->args;
	AUTO(strlist_release) struct strlist words = { 0 };

	for (size_t i = 0; i < plain->addresses.count; i++) {
		AUTO(free) char *word = apache_word(&rest);
		AUTO(free) char *written = word != NULL ? variable_host(word) : NULL;
		const char *host = plain->addresses.items[i].host, *place = apache_tls_place(s, host);
		AUTO(free)
		char *address = str_fmt("%s:%u", written != NULL && place == host ? written : place,
					s->https_port);

		(void)strlist_add_unique(&words, address);
	}
	return strlist_join(&words, " ");
}

static struct apache_node *child_called(const struct apache_node *section, const char *name)
{
	struct apache_node *n = section->first;

	while (n != NULL && !apache_is(n, name))
		n = n->next;
	return n;
}

/* Is ${NAME} of this Define in the text? */
static bool is_used(const struct apache_node *define, const char *text)
{
	const char *rest = define->args;
	AUTO(free) char *name = apache_word(&rest);
	AUTO(free) char *use = str_fmt("${%s}", name != NULL ? name : "");

	return strstr(text, use) != NULL;
}

/* What the file defines for its host: the copy may be read first, and what is defined once more has the same value. */
static char *defines_for(const struct apache_node *plain, const char *text)
{
	char *lines = xstrdup("");

	for (const struct apache_node *at = plain; at != NULL;
	     at = at->prev != NULL ? at->prev : at->parent) {
		AUTO(free) char *all = str_fmt("%s%s", lines, text);

		if (!apache_is(at, "Define") || !is_used(at, all))
			continue;
		AUTO(free) char *later = lines;

		lines = str_fmt("Define %s\n%s", at->args, later);
	}
	return lines;
}

/* address: what its head will have in the place of the plain host's. */
static char *copied_text(const struct apache_node *plain, const char *address)
{
	AUTO(buf_release)
	struct buf b = BUF_INIT(2 * LIMIT_SERVER_CONF_FILE),
		   used = BUF_INIT(LIMIT_SERVER_CONF_FILE);

	buf_addf(&used, "%s\n", address);
	add_children(&used, plain);
	AUTO(free) char *defines = defines_for(plain, buf_str(&used));

	buf_adds(&b, "<IfModule mod_ssl.c>\n");
	buf_adds(&b, defines);
	add_lines(&b, plain);
	buf_adds(&b, str_ends(buf_str(&b), "\n") ? "" : "\n");
	buf_adds(&b, "</IfModule>\n");
	return buf_detach(&b);
}

/* --- the whole --- */

static struct apache_vhost *copied_host(struct apache_sites *s, const struct apache_vhost *plain,
					struct apache_file *f, struct apache_node *node)
{
	struct apache_vhost *v = apache_vhost_new();

	v->file = f;
	v->node = node;
	v->shown = xstrdup(f->path);
	v->name = plain->name != NULL ? xstrdup(plain->name) : NULL;
	strlist_add_all(&v->aliases, &plain->aliases);
	v->rewrite = plain->rewrite;
	v->ssl = plain->ssl == APACHE_OFF ? APACHE_OFF : APACHE_ON;
	for (size_t i = 0; i < plain->addresses.count; i++) {
		const char *host = apache_tls_place(s, plain->addresses.items[i].host);
		AUTO(free) char *text = str_fmt("%s:%u", host, s->https_port);

		if (!apache_vhost_is_at(v, host, s->https_port))
			err_ignore(apache_address_add(&v->addresses, text));
	}
	apache_config_keep(s->config, v);
	return v;
}

static struct err *make_tls(struct apache_vhost **out, struct apache_sites *s,
			    const struct apache_vhost *plain)
{
	AUTO(free) char *path = apache_tls_path(s, plain->file->path);
	AUTO(free) char *address = other_port(s, plain);
	AUTO(free) char *text = copied_text(plain->node, address);
	struct apache_file *f = NULL;
	bool included = false;

	TRY(apache_site_file(&f, &included, s, path));
	if (!included)
		tell_left(s, plain->file->path, path);
	if (f->created && f->like == NULL)
		f->like = xstrdup(plain->file->path);
	if (f->len == 0)
		f->eol = plain->file->eol;
	TRY(apache_add_last(f, f->root, text));
	struct apache_node *host = child_called(f->root->last, "VirtualHost");

	if (host == NULL)
		return err_new(ERR_INTERNAL, "%s: the copy of %s has no <VirtualHost>", path,
			       plain->shown);
	apache_set_args(f, host, address);
	apache_put_out(s->change, f, host, plain);
	if (!included)
		TRY(apache_enable_behind(s, plain, path));
	*out = copied_host(s, plain, f, host);
	return NULL;
}

/* Of exactly this name, at each of its addresses; one more would never be heard. */
static bool serves(const struct apache_sites *s, const struct apache_vhost *tls,
		   const struct apache_vhost *plain, const char *name)
{
	size_t found = 0;

	if (!apache_vhost_is_tls(tls) || apache_vhost_fit(tls, name) < APACHE_FIT_NAME)
		return false;
	while (found < plain->addresses.count &&
	       apache_vhost_is_at(tls, apache_tls_place(s, plain->addresses.items[found].host),
				  s->https_port))
		found++;
	return found > 0 && found == plain->addresses.count;
}

/* As with one host for IPv4 and one for IPv6. */
static void tell_twin(const struct apache_sites *s, const struct apache_vhost *tls,
		      const struct apache_vhost *plain, const char *name)
{
	ui_emit(s->env->ui, EVENT_NOTICE_TEXT, NO_FIELDS,
		"%s gets no TLS host of its own: at its addresses https://%s shows what %s has, as other TLS hosts are at all addresses",
		plain->shown, name, tls->shown);
}

struct err *apache_have_tls(struct apache_vhost **out, struct apache_sites *s,
			    const struct apache_vhost *plain, const char *name)
{
	for (size_t i = 0; i < s->config->vhost_count; i++)
		if (serves(s, s->config->vhosts[i], plain, name)) {
			*out = s->config->vhosts[i];
			tell_twin(s, *out, plain, name);
			return NULL;
		}
	return make_tls(out, s, plain);
}

/* --- a host that is both --- */

static bool is_tls_port(const struct apache_sites *s, unsigned port)
{
	return port == 443 || port == s->https_port;
}

bool apache_is_half_tls(const struct apache_sites *s, const struct apache_vhost *v)
{
	enum apache_switch ssl = v->ssl != APACHE_UNSET ? v->ssl : s->config->main->ssl;
	size_t tls = 0;

	for (size_t i = 0; i < v->addresses.count; i++)
		tls += is_tls_port(s, v->addresses.items[i].port);
	return ssl != APACHE_ON && tls > 0 && tls < v->addresses.count;
}

/* The words of its section that are, or are not, addresses of HTTPS: the n-th word is the n-th address. */
static char *words_of(const struct apache_sites *s, const struct apache_vhost *v, bool tls)
{
	AUTO(strlist_release) struct strlist words = { 0 };
	const char *rest = v->node->args;

	for (size_t i = 0; i < v->addresses.count; i++) {
		char *word = apache_word(&rest);

		if (word != NULL && is_tls_port(s, v->addresses.items[i].port) == tls)
			strlist_take(&words, word);
		else
			free(word);
	}
	return strlist_join(&words, " ");
}

/* The addresses of HTTPS go from one to the other. */
static void part(const struct apache_sites *s, struct apache_addresses *from,
		 struct apache_addresses *tls)
{
	size_t kept = 0;

	tls->items = xcalloc(from->count, sizeof(*tls->items));
	for (size_t i = 0; i < from->count; i++)
		if (is_tls_port(s, from->items[i].port))
			tls->items[tls->count++] = from->items[i];
		else
			from->items[kept++] = from->items[i];
	from->count = kept;
}

struct err *apache_split_tls(struct apache_vhost **out, struct apache_sites *s,
			     struct apache_vhost *both)
{
	AUTO(free) char *tls = words_of(s, both, true);
	AUTO(free) char *plain = words_of(s, both, false);
	AUTO(apache_addresses_release) struct apache_addresses at = { 0 };

	part(s, &both->addresses, &at);
	apache_set_args(both->file, both->node, plain);
	TRY(make_tls(out, s, both));
	apache_set_args((*out)->file, (*out)->node, tls);
	apache_addresses_release(&(*out)->addresses);
	(*out)->addresses = at;
	at = (struct apache_addresses){ 0 };
	return NULL;
}
