#include "plugins/apache/install.h"

#include <assert.h>
#include <string.h>

#include "plugins/apache/edit.h"
#include "plugins/apache/line.h"
#include "plugins/hsts_kept.h"

#define CSP "Content-Security-Policy"
#define STAPLING_CACHE "shmcb:/var/run/apache2/stapling_cache(128000)"

struct err *apache_pick_tls(struct apache_vhost **out, const struct apache_sites *s,
			    const char *name)
{
	*out = apache_best(s, name, APACHE_TLS_ONLY);
	if (*out == NULL)
		TRY(apache_pick(out, s, name));
	if (apache_vhost_is_tls(*out))
		return NULL;
	return err_new(
		ERR_CONFIG,
		"no virtual host of Apache serves %s by HTTPS: deploy its certificate first (`signet install`)",
		name);
}

/* --- headers and stapling --- */

/* Header [always|onsuccess] set|append|... NAME ...: whatever is said of the header is a person's decision. */
static bool is_about(const struct apache_node *n, const char *header)
{
	const char *rest = n->args;

	for (size_t i = 0; i < 3; i++) {
		AUTO(free) char *word = apache_word(&rest);

		if (word != NULL && streq_nocase(word, header))
			return true;
	}
	return false;
}

bool apache_find_header(struct apache_occurrence *out, const struct apache_vhost *v,
			const char *name)
{
	AUTO(apache_occurrences_release) struct apache_occurrences l = { 0 };

	apache_occurrences_find(&l, v, "Header", APACHE_ANYWHERE);
	for (size_t i = 0; i < l.count; i++)
		if (is_about(l.items[i].node, name)) {
			*out = l.items[i];
			return true;
		}
	return false;
}

static struct err *header(struct apache_sites *s, const char *name, const char *which,
			  const char *value)
{
	struct apache_vhost *v = NULL;
	struct apache_occurrence there;
	AUTO(free) char *line = str_fmt("Header always set %s %s\n", which, value);

	TRY(apache_pick_tls(&v, s, name));
	TRY(apache_need_module(s, "headers"));
	if (!apache_find_header(&there, v, which))
		return apache_add_last(v->file, v->node, line);
	if (streq(which, APACHE_HSTS))
		hsts_kept_tell(s->env->ui, name, there.node->args);
	return NULL;
}

static struct err *hsts(struct apache_sites *s, const char *name)
{
	return header(s, name, APACHE_HSTS, "\"max-age=31536000\"");
}

static struct err *uir(struct apache_sites *s, const char *name)
{
	return header(s, name, CSP, "upgrade-insecure-requests");
}

static bool has_cache(const struct apache_config *c)
{
	for (size_t i = 0; i < c->file_count; i++)
		for (const struct apache_node *n = c->files[i]->root; n != NULL;
		     n = apache_next(n, c->files[i]->root))
			if (apache_is(n, "SSLStaplingCache"))
				return true;
	return false;
}

static bool is_stapled(const struct apache_vhost *v)
{
	AUTO(apache_occurrences_release) struct apache_occurrences l = { 0 };

	apache_occurrences_find(&l, v, "SSLUseStapling", APACHE_OF_HOST);
	const struct apache_occurrence *last = apache_occurrences_last(&l);
	const char *rest = last != NULL ? last->node->args : "";
	AUTO(free) char *word = apache_word(&rest);

	return word != NULL && streq_nocase(word, "on");
}

/* The cache belongs to the whole server: it stands in front of the host, in the same <IfModule> or file. */
static struct err *staple(struct apache_sites *s, const char *name)
{
	struct apache_vhost *v = NULL;

	TRY(apache_pick_tls(&v, s, name));
	TRY(apache_need_module(s, "socache_shmcb"));
	if (!has_cache(s->config))
		TRY(apache_add_first(v->file, v->node->parent,
				     "SSLStaplingCache " STAPLING_CACHE "\n"));
	return is_stapled(v) ? NULL : apache_add_last(v->file, v->node, "SSLUseStapling on\n");
}

typedef struct err *(*enhance_fn)(struct apache_sites *s, const char *name);

static const enhance_fn enhancements[] = {
	[ENHANCE_HSTS] = hsts,
	[ENHANCE_REDIRECT] = apache_redirect,
	[ENHANCE_STAPLE] = staple,
	[ENHANCE_UIR] = uir,
};
static_assert(ARRAY_LEN(enhancements) == ENHANCEMENT_COUNT, "each enhancement");

struct err *apache_enhance(struct apache_sites *s, const char *name, enum enhancement what)
{
	return enhancements[what](s, name);
}
