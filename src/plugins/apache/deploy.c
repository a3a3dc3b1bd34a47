#include "plugins/apache/install.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/apache/choice.h"
#include "plugins/apache/edit.h"
#include "plugins/apache/line.h"
#include "plugins/apache/occurrence.h"

static char *first_word(const struct apache_node *n)
{
	const char *rest = n->args;

	return apache_word(&rest);
}

/* --- whose line it is --- */

static bool is_below_root(const struct apache_sites *s, const struct apache_file *f)
{
	AUTO(free) char *root = realpath(s->place->server_root, NULL);

	return root != NULL && str_starts(f->path, root) && f->path[strlen(root)] == '/';
}

/* Why a line that a host includes is not to be changed for it; NULL: it is its own. */
static const char *strangeness(const struct apache_sites *s, const struct apache_occurrence *o)
{
	if (o->of_macro)
		return "whatever uses this macro would change";
	if (o->included && o->file->shared)
		return "others include it too";
	if (o->included && !is_below_root(s, o->file))
		return "it is not below the server root";
	return NULL;
}

static bool is_own(const struct apache_sites *s, const struct apache_occurrence *o)
{
	return strangeness(s, o) == NULL;
}

/* --- directives of which one counts --- */

/* Those of the host, its conditions and its own included files but `kept`. */
static void remove_all_but(const struct apache_sites *s, struct apache_vhost *v, const char *name,
			   const struct apache_node *kept)
{
	AUTO(apache_occurrences_release) struct apache_occurrences l = { 0 };

	apache_occurrences_find(&l, v, name, APACHE_OF_HOST);
	for (size_t i = 0; i < l.count; i++)
		if (l.items[i].node != kept && is_own(s, &l.items[i]))
			apache_remove(l.items[i].file, l.items[i].node);
}

static struct err *add_directive(struct apache_vhost *v, const char *name, const char *value)
{
	AUTO(free) char *quoted = apache_quoted(value, false);
	AUTO(free) char *line = str_fmt("%s %s\n", name, quoted);

	return apache_add_last(v->file, v->node, line);
}

static struct err *set_directive(const struct apache_sites *s, struct apache_vhost *v,
				 const char *name, const char *value)
{
	AUTO(apache_occurrences_release) struct apache_occurrences l = { 0 };

	apache_occurrences_find(&l, v, name, APACHE_OF_HOST);
	const struct apache_occurrence *last = apache_occurrences_last(&l);

	if (last == NULL || !is_own(s, last))
		return add_directive(v, name, value);
	AUTO(free) char *old = first_word(last->node);

	if (old == NULL || !streq(old, value))
		apache_set_value(last->file, last->node, value);
	remove_all_but(s, v, name, last->node);
	return NULL;
}

/* --- certificate and key --- */

#define CERTIFICATE "SSLCertificateFile"
#define KEY "SSLCertificateKeyFile"

struct pair {
	struct apache_occurrences certificates, keys;
};

static void pair_release(struct pair *p)
{
	apache_occurrences_release(&p->certificates);
	apache_occurrences_release(&p->keys);
}

AUTO_RELEASE(struct pair, pair_release)

static void find_pair(struct pair *out, const struct apache_vhost *v)
{
	apache_occurrences_find(&out->certificates, v, CERTIFICATE, APACHE_OF_HOST);
	apache_occurrences_find(&out->keys, v, KEY, APACHE_OF_HOST);
}

/* A certificate or key that counts now and that others have too; NULL: there is none. */
static const struct apache_occurrence *foreign(const struct apache_sites *s, const struct pair *p)
{
	const struct apache_occurrence *last[] = { apache_occurrences_last(&p->certificates),
						   apache_occurrences_last(&p->keys) };

	for (size_t i = 0; i < ARRAY_LEN(last); i++)
		if (last[i] != NULL && !is_own(s, last[i]))
			return last[i];
	return NULL;
}

static void tell_left(const struct apache_sites *s, const struct apache_vhost *v,
		      const struct apache_occurrence *o)
{
	ui_emit(s->env->ui, EVENT_NOTICE_TEXT, NO_FIELDS,
		"%s line %u: this %s stays as it is, since %s; the virtual host at %s has lines of its own behind it now",
		o->file->path, o->node->line, o->node->name, strangeness(s, o), v->shown);
}

/* mod_ssl takes the n-th key for the n-th certificate, and one without a key for a file that holds both. */
static struct err *add_missing_keys(struct apache_vhost *v)
{
	AUTO(pair_release) struct pair left = { 0 };

	find_pair(&left, v);
	for (size_t i = left.keys.count; i < left.certificates.count; i++) {
		AUTO(free) char *file = first_word(left.certificates.items[i].node);

		TRY(add_directive(v, KEY, file != NULL ? file : ""));
	}
	return NULL;
}

/* Behind what is included, so that they count. */
static struct err *add_pair(const struct apache_sites *s, struct apache_vhost *v,
			    const struct deployment *files)
{
	remove_all_but(s, v, CERTIFICATE, NULL);
	remove_all_but(s, v, KEY, NULL);
	TRY(add_missing_keys(v));
	TRY(add_directive(v, CERTIFICATE, files->fullchain));
	return add_directive(v, KEY, files->key);
}

/* A file that is read twice has its hosts twice. */
static void note_certificate(const struct apache_sites *s, const struct apache_vhost *changed,
			     const char *fullchain)
{
	for (size_t i = 0; i < s->config->vhost_count; i++) {
		struct apache_vhost *v = s->config->vhosts[i];

		if (v->node != changed->node)
			continue;
		free(v->certificate);
		v->certificate = xstrdup(fullchain);
	}
}

static struct err *set_pair(const struct apache_sites *s, struct apache_vhost *v,
			    const struct deployment *files)
{
	AUTO(pair_release) struct pair now = { 0 };

	find_pair(&now, v);
	const struct apache_occurrence *o = foreign(s, &now);

	note_certificate(s, v, files->fullchain);
	if (o == NULL) {
		TRY(set_directive(s, v, CERTIFICATE, files->fullchain));
		return set_directive(s, v, KEY, files->key);
	}
	tell_left(s, v, o);
	return add_pair(s, v, files);
}

/* --- options --- */

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

/* Who has written such a line has a style of their own. */
static bool has_options(const struct apache_vhost *v)
{
	static const char *const names[] = { "SSLProtocol", "SSLCipherSuite", "SSLHonorCipherOrder",
					     "SSLSessionTickets", "SSLOpenSSLConfCmd" };
	AUTO(apache_occurrences_release) struct apache_occurrences l = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		apache_occurrences_find(&l, v, names[i], APACHE_OF_HOST);
	return l.count > 0;
}

static struct err *switch_on(const struct apache_sites *s, struct apache_vhost *v)
{
	if (v->ssl != APACHE_ON)
		TRY(set_directive(s, v, "SSLEngine", "on"));
	v->ssl = APACHE_ON;
	return NULL;
}

static struct err *include_options(struct apache_sites *s, struct apache_vhost *v)
{
	AUTO(free) char *path = kept_file_path(&apache_options_file, s->env->opt);
	AUTO(free) char *quoted = apache_quoted(path, false);
	AUTO(free) char *line = str_fmt("Include %s\n", quoted);

	if (!includes(v->node, path) && has_options(v))
		return switch_on(s, v);
	TRY(apache_options_create(s));
	if (!includes(v->node, path))
		TRY(apache_add_last(v->file, v->node, line));
	if (v->ssl == APACHE_OFF)
		return switch_on(s, v);
	v->ssl = APACHE_ON;
	return NULL;
}

/* --- deploying --- */

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

static struct err *deploy_to(struct apache_sites *s, struct apache_vhost *v, const char *name,
			     const struct deployment *files)
{
	if (apache_is_half_tls(s, v))
		TRY(apache_split_tls(&v, s, v));
	else if (!apache_vhost_is_tls(v))
		TRY(apache_make_tls(&v, s, v));
	TRY(have_name(v, name));
	TRY(set_pair(s, v, files));
	remove_all_but(s, v, "SSLCertificateChainFile", NULL);
	return include_options(s, v);
}

struct err *apache_deploy(struct apache_sites *s, const char *name, const struct deployment *files)
{
	AUTO(apache_choice_release) struct apache_choice hosts = { 0 };
	struct apache_vhost *v = NULL;

	TRY(apache_prepare_tls(s));
	TRY(apache_pick(&v, s, name));
	apache_choose_alike(&hosts, s->config, v, name,
			    apache_vhost_is_tls(v) ? s->https_port : s->http_port);
	for (size_t i = 0; i < hosts.count; i++)
		TRY(deploy_to(s, hosts.items[i], name, files));
	return NULL;
}

/* --- where it is served --- */

static struct err *add_endpoints(const struct apache_vhost *v, const char *name,
				 struct endpoints *out)
{
	for (size_t i = 0; i < v->addresses.count; i++) {
		const struct apache_address *a = &v->addresses.items[i];

		if (a->port != 0)
			TRY(endpoints_add(out, name, a->host, a->port, v->certificate));
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
