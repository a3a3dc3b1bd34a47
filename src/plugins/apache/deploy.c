#include "plugins/apache/install.h"

#include <string.h>

#include "plugins/apache/edit.h"
#include "plugins/apache/line.h"

/* The directive of the host itself, or of a condition in it; the last one counts. */
static struct apache_node *last_called(const struct apache_node *section, const char *name)
{
	struct apache_node *found = NULL;

	for (struct apache_node *n = section->first; n != NULL; n = n->next) {
		if (n->kind == APACHE_DIRECTIVE && apache_is(n, name))
			found = n;
		else if (n->kind == APACHE_SECTION && str_starts(n->name, "If") &&
			 last_called(n, name) != NULL)
			found = last_called(n, name);
	}
	return found;
}

static void remove_all_but(struct apache_file *f, struct apache_node *host, const char *name,
			   const struct apache_node *kept)
{
	struct apache_node *n = host->first;

	while (n != NULL) {
		struct apache_node *removed = n;

		n = n->next;
		if (removed->kind == APACHE_DIRECTIVE && apache_is(removed, name) &&
		    removed != kept)
			apache_remove(f, removed);
	}
}

static struct err *set_directive(struct apache_vhost *v, const char *name, const char *value)
{
	struct apache_node *n = last_called(v->node, name);
	AUTO(free) char *quoted = apache_quoted(value, false);
	AUTO(free) char *line = str_fmt("%s %s\n", name, quoted);

	if (n == NULL)
		return apache_add_last(v->file, v->node, line);
	const char *rest = n->args;
	AUTO(free) char *old = apache_word(&rest);

	if (old == NULL || !streq(old, value))
		apache_set_value(v->file, n, value);
	remove_all_but(v->file, v->node, name, n);
	return NULL;
}

static bool includes(const struct apache_node *host, const char *path)
{
	for (const struct apache_node *n = host->first; n != NULL; n = n->next) {
		const char *rest = n->args;
		AUTO(free) char *word = apache_is(n, "Include") ? apache_word(&rest) : NULL;

		if (word != NULL && streq(word, path))
			return true;
	}
	return false;
}

static struct err *include_options(struct apache_sites *s, struct apache_vhost *v)
{
	AUTO(free) char *path = kept_file_path(&apache_options_file, s->env->opt);
	AUTO(free) char *quoted = apache_quoted(path, false);
	AUTO(free) char *line = str_fmt("Include %s\n", quoted);

	if (!includes(v->node, path))
		TRY(apache_add_last(v->file, v->node, line));
	if (v->ssl == APACHE_OFF)
		return set_directive(v, "SSLEngine", "on");
	v->ssl = APACHE_ON;
	return NULL;
}

/* A host that was picked though it does not have the name gets it. */
static struct err *have_name(struct apache_vhost *v, const char *name)
{
	AUTO(free)
	char *line = str_fmt("%s %s\n", v->name == NULL ? "ServerName" : "ServerAlias", name);

	if (apache_vhost_fit(v, name) > 0)
		return NULL;
	TRY(apache_add_last(v->file, v->node, line));
	if (v->name == NULL)
		v->name = xstrdup(name);
	else
		strlist_add(&v->aliases, name);
	return NULL;
}

struct err *apache_deploy(struct apache_sites *s, const char *name, const struct deployment *files)
{
	struct apache_vhost *v = NULL;

	TRY(apache_pick(&v, s, name));
	TRY(apache_prepare_tls(s));
	if (!apache_vhost_is_tls(v))
		TRY(apache_make_tls(&v, s, v));
	TRY(have_name(v, name));
	TRY(set_directive(v, "SSLCertificateFile", files->fullchain));
	TRY(set_directive(v, "SSLCertificateKeyFile", files->key));
	remove_all_but(v->file, v->node, "SSLCertificateChainFile", NULL);
	TRY(include_options(s, v));
	return apache_options_create(s);
}

/* --- where it is served --- */

static struct err *add_endpoints(const struct apache_vhost *v, const char *name,
				 struct endpoints *out)
{
	const struct apache_node *n = last_called(v->node, "SSLCertificateFile");
	const char *rest = n != NULL ? n->args : "";
	AUTO(free) char *fullchain = apache_word(&rest);

	for (size_t i = 0; i < v->addresses.count; i++) {
		const struct apache_address *a = &v->addresses.items[i];

		if (a->port != 0)
			TRY(endpoints_add(out, name, a->host, a->port, fullchain));
	}
	return NULL;
}

struct err *apache_endpoints(const struct apache_config *c, const char *name, struct endpoints *out)
{
	for (size_t i = 0; i < c->vhost_count; i++)
		if (apache_vhost_is_tls(c->vhosts[i]) && apache_vhost_fit(c->vhosts[i], name) > 0)
			TRY(add_endpoints(c->vhosts[i], name, out));
	return NULL;
}
