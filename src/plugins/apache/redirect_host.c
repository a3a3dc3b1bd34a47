/*
 * A host for plain HTTP beside a TLS host that has none (certbot.md 16.6). It is there for the names that are redirected: requests for
 * others go where they went, so it is never the first host at an address that others share.
 */
#include <limits.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "plugins/apache/edit.h"
#include "plugins/apache/install.h"
#include "plugins/apache/line.h"
#include "plugins/apache/order.h"

#define FILE_NAME "le-redirect"
#define EXTENSION ".conf"

struct redirect_host {
	struct apache_sites *sites;
	const struct apache_vhost *tls;
	struct apache_addresses addresses;
	char *path;
};

static void release(struct redirect_host *h)
{
	apache_addresses_release(&h->addresses);
	free(h->path);
}

AUTO_RELEASE(struct redirect_host, release)

/* --- its file --- */

static char *file_name(const char *server_name)
{
	const char *name = server_name != NULL ? server_name : "";
	bool fits = *name != '\0' && strchr(name, '/') == NULL &&
		    strlen(name) + strlen(FILE_NAME "-" EXTENSION) <= NAME_MAX;

	return fits ? str_fmt(FILE_NAME "-%s" EXTENSION, name) : xstrdup(FILE_NAME EXTENSION);
}

/* Where this server has its sites: that of its system may be another server's. */
static char *sites_dir(const struct apache_sites *s, const struct apache_vhost *tls)
{
	const char *root = s->place->vhost_root;

	if (s->env->opt->apache_vhost_root != NULL)
		return xstrdup(s->env->opt->apache_vhost_root);
	if (root != NULL && apache_is_below(root, s->place->server_root) && fs_is_dir(root))
		return xstrdup(root);
	return fs_parent(tls->file->path);
}

/* --- its addresses --- */

/* A host at one address alone would take all its requests from those that are at every address. */
static struct err *choose_addresses(struct redirect_host *h)
{
	const struct apache_sites *s = h->sites;
	AUTO(strlist_release) struct strlist hosts = { 0 };

	for (size_t i = 0; i < h->tls->addresses.count; i++) {
		const char *host = h->tls->addresses.items[i].host;
		bool shared = apache_first_at(s->config, host, s->http_port) == NULL &&
			      apache_first_at(s->config, "*", s->http_port) != NULL;

		(void)strlist_add_unique(&hosts, shared ? "*" : host);
	}
	for (size_t i = 0; i < hosts.count; i++) {
		AUTO(free) char *text = str_fmt("%s:%u", hosts.items[i], s->http_port);

		TRY(apache_address_add(&h->addresses, text));
	}
	return NULL;
}

/* --- its place behind others --- */

/* The host that would no longer be the first at its address; NULL: there is none. */
static const struct apache_vhost *displaced(const struct redirect_host *h, const char *dir)
{
	AUTO(free) char *path = fs_join(dir, strrchr(h->path, '/') + 1);

	for (size_t i = 0; i < h->addresses.count; i++) {
		const struct apache_vhost *v = apache_first_at(
			h->sites->config, h->addresses.items[i].host, h->sites->http_port);

		if (v != NULL && !apache_follows(h->sites->config, v, dir, path))
			return v;
	}
	return NULL;
}

static struct err *have_it_read(const struct redirect_host *h)
{
	AUTO(free) char *dir = apache_site_dir(h->sites, h->path), *beside = fs_parent(h->path);
	const struct apache_vhost *other = dir != NULL ? displaced(h, dir) : NULL;

	if (other == NULL)
		return apache_site_enable(h->sites, h->path);
	if (!streq(dir, beside))
		return apache_site_include(h->sites, h->path);
	return err_new(
		ERR_CONFIG,
		"a virtual host for the redirect, %s, would be read before %s, and take the requests from it that are for "
		"no host's name: write a <VirtualHost> with this name for port %u yourself, or name another directory "
		"by --apache-vhost-root",
		h->path, other->shown, h->sites->http_port);
}

/* --- the whole --- */

static void add_name(struct buf *b, const char *directive, const char *name)
{
	AUTO(free) char *quoted = apache_quoted(name, false);

	buf_addf(b, "\t%s %s\n", directive, quoted);
}

/* A wildcard is no ServerName. */
static char *section_of(const struct redirect_host *h, const char *name)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(64));
	bool wildcard = str_starts(name, "*.");

	buf_adds(&b, "<VirtualHost");
	for (size_t i = 0; i < h->addresses.count; i++)
		buf_addf(&b, " %s:%u", h->addresses.items[i].host, h->addresses.items[i].port);
	buf_adds(&b, ">\n");
	if (!wildcard || h->tls->name != NULL)
		add_name(&b, "ServerName", wildcard ? h->tls->name : name);
	if (wildcard)
		add_name(&b, "ServerAlias", name);
	buf_adds(&b, "\tServerSignature Off\n</VirtualHost>\n");
	return buf_detach(&b);
}

static struct apache_vhost *host_in(const struct redirect_host *h)
{
	const struct apache_config *c = h->sites->config;

	for (size_t i = 0; i < c->vhost_count; i++)
		if (streq(c->vhosts[i]->file->path, h->path) && !apache_vhost_is_tls(c->vhosts[i]))
			return c->vhosts[i];
	return NULL;
}

/* The host of another name of the same site. */
static struct err *also_for(struct apache_vhost *v, const char *name)
{
	AUTO(free) char *line = str_fmt("ServerAlias %s\n", name);

	strlist_add(&v->aliases, name);
	return apache_add_first(v->file, v->node, line);
}

static struct apache_vhost *new_host(struct redirect_host *h, struct apache_file *f,
				     const char *name)
{
	struct apache_vhost *v = apache_vhost_new();

	v->file = f;
	v->node = f->root->last;
	v->shown = str_fmt("%s:1", f->path);
	if (str_starts(name, "*."))
		strlist_add(&v->aliases, name);
	else
		v->name = xstrdup(name);
	v->addresses = h->addresses;
	h->addresses = (struct apache_addresses){ 0 };
	apache_config_keep(h->sites->config, v);
	return v;
}

static struct err *make(struct apache_vhost **out, struct redirect_host *h, const char *name)
{
	struct apache_file *f = NULL;
	bool included = false;

	TRY(choose_addresses(h));
	TRY(apache_prepare_plain(h->sites));
	TRY(apache_site_file(&f, &included, h->sites, h->path));
	AUTO(free) char *text = section_of(h, name);

	while (!included &&
	       f->root->first != NULL) /* Certbot makes such files without enabling them */
		apache_remove(f, f->root->first);
	if (f->len == 0)
		f->eol = h->tls->file->eol;
	TRY(apache_add_last(f, f->root, text));
	if (!included)
		TRY(have_it_read(h));
	change_note(h->sites->change,
		    "Created a port %u vhost, %s, for redirection to ssl vhost %s",
		    h->sites->http_port, h->path, h->tls->file->path);
	*out = new_host(h, f, name);
	return NULL;
}

struct err *apache_make_plain(struct apache_vhost **out, struct apache_sites *s, const char *name)
{
	AUTO(release) struct redirect_host h = { .sites = s };
	struct apache_vhost *tls = NULL;

	TRY(apache_pick_tls(&tls, s, name));
	AUTO(free) char *dir = sites_dir(s, tls), *file = file_name(tls->name);

	h.tls = tls;
	h.path = fs_join(dir, file);
	*out = host_in(&h);
	return *out != NULL ? also_for(*out, name) : make(out, &h, name);
}
