/* Which virtual host is meant (certbot.md 16.4). */
#include "plugins/apache/site.h"
#include "srv/vouch.h"

/* Of more weight than how well the name fits: where the host is heard. */
enum place_score { PLAIN_ELSEWHERE = 0, TLS_ELSEWHERE = 4, PLAIN_ON_PORT = 8, TLS_ON_PORT = 12 };

/* What another program passes connections on to is as good as the port itself. */
static unsigned place_score(const struct apache_sites *s, const struct apache_vhost *v)
{
	if (apache_vhost_is_tls(v))
		return s->front != NULL || apache_addresses_have_port(&v->addresses, s->https_port)
			     ? TLS_ON_PORT
			     : TLS_ELSEWHERE;
	return apache_addresses_have_port(&v->addresses, s->http_port) ? PLAIN_ON_PORT
								       : PLAIN_ELSEWHERE;
}

struct apache_vhost *apache_best(const struct apache_sites *s, const char *name,
				 enum apache_kinds kinds)
{
	struct apache_vhost *found = NULL;
	unsigned top = 0;

	for (size_t i = 0; i < s->config->vhost_count; i++) {
		struct apache_vhost *v = s->config->vhosts[i];
		bool wanted = !v->of_macro && (kinds == APACHE_ALL || apache_vhost_is_tls(v));
		unsigned fit = wanted ? apache_vhost_fit(v, name) : 0;
		unsigned points = fit > 0 ? fit + place_score(s, v) : 0;

		if (points > top) {
			top = points;
			found = v;
		}
	}
	return found;
}

static char *label(const struct apache_vhost *v)
{
	return str_fmt("%s (%s%s)", v->name != NULL ? v->name : "without a name", v->shown,
		       apache_vhost_is_tls(v) ? ", HTTPS" : "");
}

static bool is_sensible(const struct apache_vhost *v)
{
	return !v->of_macro;
}

/* A plain host that was picked may have its TLS host already. */
static struct apache_vhost *tls_beside(const struct apache_sites *s, struct apache_vhost *v)
{
	struct apache_vhost *found = v->name != NULL ? apache_best(s, v->name, APACHE_ALL) : NULL;

	return found != NULL && apache_vhost_is_tls(found) ? found : v;
}

/* Certbot lets nobody choose a host that has its TLS host already: what that shows would be for another name from then on. */
static struct err *check_free(const struct apache_sites *s, const struct apache_vhost *chosen,
			      const struct apache_vhost *tls, const char *name)
{
	if (tls == chosen || s->certified == NULL || names_hold(s->certified, chosen->name))
		return NULL;
	return err_new(
		ERR_CONFIG,
		"%s would conflict with other HTTPS VirtualHosts there: that of %s is at %s, and %s would lose its certificate to %s. "
		"Choose another one, give %s a <VirtualHost> of its own, or get one certificate for both (-d %s -d %s --expand)",
		name, chosen->name, tls->shown, chosen->name, name, name, chosen->name, name);
}

static struct err *ask(struct apache_vhost **out, const struct apache_sites *s, const char *name)
{
	AUTO(free)
	char *text = str_fmt(
		"No virtual host of Apache has the name %s. Which one shall get the certificate?",
		name);
	AUTO(strlist_release) struct strlist labels = { 0 };
	const struct question q = { .text = text, .flag = "--domain", .safe = true };
	size_t choice = 0, at = 0;

	for (size_t i = 0; i < s->config->vhost_count; i++)
		if (is_sensible(s->config->vhosts[i]))
			strlist_take(&labels, label(s->config->vhosts[i]));
	TRY(prompt_menu(s->env->ui, &choice, &q, &labels, -1));
	if (choice == PROMPT_CANCELLED)
		return err_new(ERR_CONFIG, "no virtual host was chosen for %s", name);
	for (size_t i = 0; i < s->config->vhost_count; i++) {
		struct apache_vhost *v = s->config->vhosts[i];

		if (!is_sensible(v) || at++ != choice)
			continue;
		*out = tls_beside(s, v);
		return check_free(s, v, *out, name);
	}
	return NULL;
}

static bool is_copy(const struct apache_sites *s, const struct apache_pair *p)
{
	AUTO(free) char *path = apache_tls_path(s, p->plain->file->path);

	return streq(path, p->tls->file->path);
}

bool apache_only_site(struct apache_pair *out, const struct apache_sites *s)
{
	*out = (struct apache_pair){ 0 };
	for (size_t i = 0; i < s->config->vhost_count; i++) {
		struct apache_vhost *v = s->config->vhosts[i];
		struct apache_vhost **place = apache_vhost_is_tls(v) ? &out->tls : &out->plain;

		if (!is_sensible(v))
			continue;
		if (*place != NULL)
			return false;
		*place = v;
	}
	if (out->plain != NULL && out->tls != NULL)
		return is_copy(s, out);
	return out->plain != NULL || out->tls != NULL;
}

/* An edit of a macro's body would be one of all its uses. */
struct err *apache_refuse_macro(const struct apache_config *c, const char *name, bool plain)
{
	for (size_t i = 0; i < c->vhost_count; i++) {
		const struct apache_vhost *v = c->vhosts[i];

		if (v->of_macro && apache_vhost_fit(v, name) > 0 &&
		    !(plain && apache_vhost_is_tls(v)))
			return err_new(
				ERR_CONFIG,
				"%s line %u: the virtual host of %s comes from this <Macro>, which signet does not edit, "
				"since all that use it would change: write this host out in place of its `Use`, or %s",
				v->file->path, v->node->line, name,
				plain ? "have the macro redirect to HTTPS itself"
				      : "get the certificate by certonly and name its files in the macro yourself");
	}
	return NULL;
}

struct err *apache_pick(struct apache_vhost **out, const struct apache_sites *s, const char *name)
{
	struct apache_vhost *found = apache_best(s, name, APACHE_ALL);
	struct apache_pair only = { 0 };

	*out = NULL;
	if (found == NULL)
		TRY(apache_refuse_macro(s->config, name, false));
	if (found == NULL && apache_only_site(&only, s))
		found = only.tls != NULL ? only.tls : only.plain;
	if (found == NULL && s->config->vhost_count > 0 && prompt_possible(s->env->ui, true))
		return ask(out, s, name);
	*out = found;
	if (found != NULL)
		return NULL;
	return err_new(
		ERR_CONFIG,
		"no virtual host of Apache has the name %s: add `ServerName %s` or `ServerAlias %s` to the right "
		"<VirtualHost>, or get the certificate without installing it by certonly",
		name, name, name);
}

/* --- wildcards --- */

static void add_covered(struct sites *out, struct apache_vhost *v, const char *name)
{
	struct site *site = v != NULL ? sites_get(out, v) : NULL;

	if (site == NULL)
		return;
	(void)strlist_add_unique(&site->names, name);
	site->tls = apache_vhost_is_tls(v);
	if (site->shown == NULL)
		site->shown = label(v);
}

void apache_covered(struct sites *out, const struct apache_sites *s, const char *wildcard)
{
	for (size_t i = 0; i < s->config->vhost_count; i++) {
		const struct apache_vhost *v = s->config->vhosts[i];

		if (v->name != NULL && wildcard_covers(wildcard, v->name))
			add_covered(out, apache_best(s, v->name, APACHE_ALL), v->name);
		for (size_t k = 0; k < v->aliases.count; k++) {
			const char *name = v->aliases.items[k];

			if (wildcard_covers(wildcard, name))
				add_covered(out, apache_best(s, name, APACHE_ALL), name);
		}
	}
}
