/* Certificates and keys of a host: lines that stand more than once, in files that others include too (certbot.md 16.5). */
#include "plugins/apache/pair.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "plugins/apache/edit.h"
#include "plugins/apache/line.h"
#include "plugins/apache/occurrence.h"
#include "srv/key_family.h"

#define CERTIFICATE "SSLCertificateFile"
#define KEY "SSLCertificateKeyFile"
#define CHAIN "SSLCertificateChainFile"

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

/* Those that are the host's own, but `kept`. */
static void remove_own(const struct apache_sites *s, const struct apache_occurrences *l,
		       const struct apache_node *kept)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].node != kept && is_own(s, &l->items[i]))
			apache_remove(l->items[i].file, l->items[i].node);
}

static struct err *add_directive(struct apache_vhost *v, const char *name, const char *value)
{
	AUTO(free) char *quoted = apache_quoted(value, false);
	AUTO(free) char *line = str_fmt("%s %s\n", name, quoted);

	return apache_add_last(v->file, v->node, line);
}

/* Of these lines the last one is left, with this value. */
static struct err *unite(const struct apache_sites *s, struct apache_vhost *v,
			 const struct apache_occurrences *l, const char *name, const char *value)
{
	const struct apache_occurrence *last = apache_occurrences_last(l);

	if (last == NULL || !is_own(s, last))
		return add_directive(v, name, value);
	AUTO(free) char *old = first_word(last->node);

	if (old == NULL || !streq(old, value))
		apache_set_value(last->file, last->node, value);
	remove_own(s, l, last->node);
	return NULL;
}

struct err *apache_set_directive(const struct apache_sites *s, struct apache_vhost *v,
				 const char *name, const char *value)
{
	AUTO(apache_occurrences_release) struct apache_occurrences l = { 0 };

	apache_occurrences_find(&l, v, name, APACHE_OF_HOST);
	return unite(s, v, &l, name, value);
}

/* --- kinds of keys --- */

/* As it is written: the value of a variable is httpd's to know. */
static const char *kind_at(const struct apache_sites *s, const struct apache_occurrence *o)
{
	AUTO(free) char *word = first_word(o->node);
	AUTO(free)
	char *path = word == NULL || *word == '/' ? MOVE(word)
						  : fs_join(s->place->server_root, word);

	return path != NULL ? key_family_of(path) : NULL;
}

static bool same_kind(const char *a, const char *b)
{
	return a != NULL && b != NULL && streq(a, b);
}

bool apache_certificate_counts(const struct apache_vhost *v, size_t n)
{
	const struct strlist *l = &v->certificates;
	const char *kind = n + 1 < l->count ? key_family_of(l->items[n]) : NULL;

	for (size_t i = n + 1; i < l->count; i++)
		if (kind == NULL || same_kind(key_family_of(l->items[i]), kind))
			return false;
	return true;
}

/* --- certificate and key --- */

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

/* Does the host have a certificate of this kind beside one of another? */
static bool is_mixed(const struct apache_sites *s, const struct pair *p, const char *kind)
{
	size_t same = 0, others = 0;

	for (size_t i = 0; i < p->certificates.count && kind != NULL; i++) {
		const char *there = kind_at(s, &p->certificates.items[i]);

		same += same_kind(there, kind);
		others += there != NULL && !streq(there, kind);
	}
	return same > 0 && others > 0;
}

static void keep(struct apache_occurrences *l, size_t *kept, size_t i)
{
	if (i < l->count)
		l->items[(*kept)++] = l->items[i];
}

static void leave_others(const struct apache_sites *s, struct pair *p, const char *kind)
{
	size_t certificates = 0, keys = 0;

	for (size_t i = 0; i < p->certificates.count; i++) {
		if (!same_kind(kind_at(s, &p->certificates.items[i]), kind))
			continue;
		keep(&p->certificates, &certificates, i);
		keep(&p->keys, &keys, i);
	}
	p->certificates.count = certificates;
	p->keys.count = keys;
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

/* Behind what is included, so that they count. */
static struct err *add_pair(const struct apache_sites *s, struct apache_vhost *v,
			    const struct pair *instead, const struct deployment *files)
{
	remove_own(s, &instead->certificates, NULL);
	remove_own(s, &instead->keys, NULL);
	TRY(add_missing_keys(v));
	TRY(add_directive(v, CERTIFICATE, files->fullchain));
	return add_directive(v, KEY, files->key);
}

static struct err *replace(const struct apache_sites *s, struct apache_vhost *v,
			   const struct pair *now, const struct deployment *files)
{
	const struct apache_occurrence *o = foreign(s, now);

	if (o == NULL) {
		TRY(unite(s, v, &now->certificates, CERTIFICATE, files->fullchain));
		return unite(s, v, &now->keys, KEY, files->key);
	}
	tell_left(s, v, o);
	return add_pair(s, v, now, files);
}

static void note_shown(struct apache_vhost *v, const char *kind, const char *fullchain)
{
	AUTO(strlist_release) struct strlist before = v->certificates;

	v->certificates = (struct strlist){ 0 };
	for (size_t i = 0; i < before.count && kind != NULL; i++) {
		const char *there = key_family_of(before.items[i]);

		if (there != NULL && !streq(there, kind))
			strlist_add(&v->certificates, before.items[i]);
	}
	strlist_add(&v->certificates, fullchain);
}

/* A file that is read twice has its hosts twice. */
static void note_all_shown(const struct apache_sites *s, const struct apache_vhost *changed,
			   const char *kind, const char *fullchain)
{
	for (size_t i = 0; i < s->config->vhost_count; i++)
		if (s->config->vhosts[i]->node == changed->node)
			note_shown(s->config->vhosts[i], kind, fullchain);
}

/* One of the other kind keeps its lines: clients that take only that are served as before. */
static struct err *replace_kind(const struct apache_sites *s, struct apache_vhost *v,
				const struct deployment *files, const char *kind)
{
	AUTO(pair_release) struct pair now = { 0 };

	TRY(add_missing_keys(v));
	find_pair(&now, v);
	leave_others(s, &now, kind);
	note_all_shown(s, v, kind, files->fullchain);
	return replace(s, v, &now, files);
}

struct err *apache_set_pair(const struct apache_sites *s, struct apache_vhost *v,
			    const struct deployment *files)
{
	AUTO(pair_release) struct pair now = { 0 };
	AUTO(apache_occurrences_release) struct apache_occurrences chains = { 0 };

	find_pair(&now, v);
	const char *kind = now.certificates.count > 1 ? key_family_of(files->fullchain) : NULL;

	if (is_mixed(s, &now, kind))
		return replace_kind(s, v, files, kind);
	note_all_shown(s, v, NULL, files->fullchain);
	TRY(replace(s, v, &now, files));
	apache_occurrences_find(&chains, v, CHAIN, APACHE_OF_HOST);
	remove_own(s, &chains, NULL);
	return NULL;
}
